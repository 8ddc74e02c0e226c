"""Mail: a row first, sent by a job; without a mail server the row is the outbox."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from carillon.accounts.models import Mail, Organization
from carillon.jobs.retry import wait_before

State = Mail.State
#: With the pauses of jobs/retry.py about a day.
TRIES = 30
TIMEOUT_SECONDS = 20
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, as CARILLON_SMTP_URL names it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def server(url: str) -> Server | None:
    """Read CARILLON_SMTP_URL; empty is None, anything else that is not a mail server stops with the setting's name."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        accepted = "smtp://user:password@host:25, smtps://host:465 or smtp+starttls://host:587"
        raise ImproperlyConfigured(f"CARILLON_SMTP_URL is not understood; it accepts {accepted}")
    port = parts.port or PORTS[parts.scheme]
    return Server(parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def send(organization: Organization, to: str, subject: str, text: str) -> Mail:
    """Keep a mail and let a worker send it, in the caller's transaction: no commit, no mail."""
    host = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    mail = Mail.objects.create(
        organization=organization,
        to=to,
        subject=_one_line(subject)[:200],
        text=text,
        message_id=make_msgid(domain=host),
        state=State.WAITING if settings.SMTP_URL else State.KEPT,
    )
    if settings.SMTP_URL:
        send_mail.enqueue(mail.pk)
    return mail


def notify_admins(organization: Organization, subject: str, text: str) -> list[Mail]:
    """Mail to every active administrator of the organization that has an address."""
    people = organization.users.filter(is_admin=True, is_active=True).exclude(email="").order_by("pk")
    with transaction.atomic():
        return [send(organization, person.email, subject, text) for person in people]


@task()
def send_mail(pk: int) -> None:
    """Job: send one mail, if it still waits. What fails for now is tried again by send_waiting()."""
    mail = Mail.objects.filter(pk=pk, state=State.WAITING).first()
    if mail is not None:
        deliver(mail)


def send_waiting() -> int:
    """Periodic: try the mails again whose pause is over; at most 50 a turn."""
    now, sent = timezone.now(), 0
    if not settings.SMTP_URL:
        return 0
    for mail in Mail.objects.filter(state=State.WAITING, created_at__lt=now - timedelta(minutes=1)).order_by("pk")[:50]:
        tried_at = mail.sent_at or mail.created_at
        if mail.attempts == 0 or tried_at + wait_before(mail.attempts + 1) <= now:
            deliver(mail)
            sent += mail.state == State.SENT
    return sent


def deliver(mail: Mail) -> None:
    """Hand a mail to the server and note how that went. `sent_at` of a waiting mail is its last try."""
    where = server(settings.SMTP_URL)
    if where is None:
        Mail.objects.filter(pk=mail.pk, state=State.WAITING).update(state=State.KEPT)
        return
    mail.attempts += 1
    mail.sent_at = timezone.now()
    try:
        _hand_over(where, message(mail))
    except (OSError, smtplib.SMTPException) as error:
        final = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) and _is_final(error)
        mail.state = State.FAILED if final or mail.attempts >= TRIES else State.WAITING
        mail.error = _one_line(f"{type(error).__name__}: {error}")[:300]
    else:
        mail.state, mail.error = State.SENT, ""
    mail.save(update_fields=["state", "attempts", "error", "sent_at"])


def _is_final(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> bool:
    """5xx of RFC 5321: the server will never take it. A wrong password may be corrected, so it is not final."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return error.smtp_code >= 500


def message(mail: Mail) -> EmailMessage:
    """Return the mail as it goes out; its Message-ID is fixed, so a second copy is recognized as one."""
    letter = EmailMessage()
    letter["From"] = settings.MAIL_FROM
    letter["To"] = mail.to
    letter["Subject"] = mail.subject
    letter["Date"] = format_datetime(mail.created_at)
    letter["Message-ID"] = mail.message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.text)
    return letter


def _hand_over(where: Server, letter: EmailMessage) -> None:
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if where.scheme == "smtps":
        connection = smtplib.SMTP_SSL(where.host, where.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(where.host, where.port, timeout=TIMEOUT_SECONDS)
    with connection:
        if where.scheme == "smtp+starttls":
            connection.starttls(context=context)
        if where.user:
            connection.login(where.user, where.password)
        connection.send_message(letter)
