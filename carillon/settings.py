"""Every setting is decided here, once, from the environment; a wrong value stops the start and names itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from carillon.keys import load_or_make_key
from carillon.prompts import engine

env = Env()

PROJECT = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

#: Folder of everything that is kept: database, prompts, keys, logs, the engine's configuration.
DATA = Path(env.str("CARILLON_DATA", str(PROJECT / "data"))).resolve()
#: The node that this machine is; calls, registrations and generated configuration carry it.
NODE = env.str("CARILLON_NODE", "node1")

SECRET_KEY = load_or_make_key(DATA / "keys" / "django.key")
#: Key of everything that is encrypted at rest (SIP secrets); outside the database.
VAULT_KEY = load_or_make_key(DATA / "keys" / "vault.key")

DEBUG = env.bool("CARILLON_DEBUG", False)
HTTP_PORT = env.int("CARILLON_HTTP_PORT", 8080)
SIP_PORT = env.int("CARILLON_SIP_PORT", 5060)
#: No link is ever built from the Host header, so any name of this machine may be used until the operator says which.
ALLOWED_HOSTS = env.list("CARILLON_HOSTS", ["*"])
#: True where a reverse proxy speaks https; then cookies are only sent over https.
HTTPS = env.bool("CARILLON_HTTPS", False)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "carillon.portal",
    "carillon.jobs",
    "carillon.accounts",
    "carillon.numbers",
    "carillon.prompts",
    "carillon.schedules",
    "carillon.functions",
    "carillon.devices",
    "carillon.users",
    "carillon.calls",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "carillon.portal.permissions.PermissionsPolicyMiddleware",
    "carillon.accounts.middleware.PersonLanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Innermost: it wraps the view, and answers in its place where a kept case would flip.
    "carillon.calls.guard.CaseGuardMiddleware",
]

ROOT_URLCONF = "carillon.urls"
ASGI_APPLICATION = "carillon.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csrf",
                "carillon.menu.frame",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    """One DATABASE_URL; SQLite in the data folder where none is given."""
    default = f"sqlite:///{DATA / 'carillon.sqlite3'}"
    database: dict[str, Any] = env.dj_db_url("DATABASE_URL", default)
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # Measured: deferred transactions fail under load with "database is locked"; immediate ones wait.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
    else:
        database["CONN_MAX_AGE"] = 60
        database["CONN_HEALTH_CHECKS"] = True
        database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
        # Measured: both take a tenth of a second to begin, and no question of the product takes so long without them.
        database["OPTIONS"].setdefault("options", "-c jit=off -c max_parallel_workers_per_gather=0")
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch")), ("fr", _("French")), ("de", _("German"))]
LOCALE_PATHS = [PROJECT / "carillon" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [PROJECT / "build" / "static"] if folder.is_dir()]
STATIC_ROOT = PROJECT / "build" / "collected"
#: Prompts are addressed by the hash of their content, never by a path that changes.
PROMPTS = DATA / "prompts"
PHOTOS = DATA / "photos"

try:
    #: What speaks instead of espeak-ng: a command, taken apart once.
    SPEECH = engine.command(env.str("CARILLON_SPEECH", ""))
except ValueError as error:
    raise ImproperlyConfigured(f"CARILLON_SPEECH is not understood ({error}); it accepts {engine.ACCEPTED}") from None

STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if TESTING:
    # The manifest storage answers every page with an error until the bundle is built and collected.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# Sign-in. Rate limits live in the database: every process sees the same counts.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "carillon.accounts.signin.Adapter"
ACCOUNT_FORMS = {"login": "carillon.accounts.signin.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "30/m/ip,5/5m/key"}
#: Proxies in front of the portal whose X-Forwarded-For is believed; the source of a sign-in is counted by it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("CARILLON_PROXIES", 0)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "carillon.portal.errors.csrf_failure"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 3600 * 24 * 365 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Files that people send: one at a time, and of one that is too large only its begin.
FILE_UPLOAD_HANDLERS = ["carillon.prompts.upload.LimitedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1

# Background jobs: a row is the message. In tests they run only when a test asks for it.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
#: Name of a function and seconds between two runs; one worker claims each run.
PERIODIC_JOBS = {
    "carillon.jobs.reaper.reap": 30,
    "carillon.jobs.reaper.prune": 3600,
    "carillon.accounts.mail.send_waiting": 60,
    "carillon.accounts.housekeeping.clear_sessions": 6 * 3600,
    "carillon.schedules.temporary.clear_ended": 3600,
    "carillon.calls.trials.forget": 6 * 3600,
    "carillon.prompts.making.forget": 6 * 3600,
    "carillon.prompts.housekeeping.sweep": 6 * 3600,
    "carillon.users.index.complete": 3600,
    "carillon.users.photos.forget": 6 * 3600,
}

#: smtp://user:password@host:25, smtps://host:465 or smtp+starttls://host:587; without it mail stays in the outbox.
SMTP_URL = env.str("CARILLON_SMTP_URL", "")
MAIL_FROM = env.str("CARILLON_MAIL_FROM", "carillon@localhost")
