"""Every setting is decided here, once, from the environment; a wrong value stops the start and names itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from environs import Env

from carillon.keys import load_or_make_key

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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
