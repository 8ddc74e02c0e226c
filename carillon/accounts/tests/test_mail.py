"""Mail leaves by a real SMTP server, waits for one that is away, and stays readable where there is none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from carillon.accounts import mail
from carillon.accounts.mail import deliver, notify_admins, send, send_waiting, server
from carillon.accounts.models import Mail
from carillon.demo import people
from carillon.demo.world import World
from carillon.jobs.worker import Worker


class Postman:
    """An SMTP server's handler: keeps what arrives, or answers with `refusal`."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusal = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # aiosmtpd's name
        if self.refusal:
            return self.refusal
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    """A mail server on a free port, named by the setting."""
    handler = Postman()
    port = _free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    settings.MAIL_FROM = "Carillon <noreply@carillon.example>"
    yield handler
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _work() -> None:
    """Run every job that is ready, as the worker does."""
    worker = Worker()
    while job := worker.take():
        worker.work(job)


@pytest.fixture
def boss(world: World) -> str:
    """The administrator has an address."""
    user = world.user(people.ADMIN)
    user.email = "greet@bkm.example"
    user.save()
    return user.email


@pytest.mark.django_db(transaction=True)
def test_administrators_are_told_by_mail(world: World, boss: str, postman: Postman) -> None:
    mails = notify_admins(world.organization, "Emergency call:\n112", "An Peeters called 112 – from Brussels.")
    assert [each.to for each in mails] == [boss]
    _work()
    (letter,) = postman.letters
    assert letter["To"] == boss
    assert letter["Subject"] == "Emergency call: 112"
    assert letter["Message-ID"] == mails[0].message_id
    assert letter["From"] == "Carillon <noreply@carillon.example>"
    assert "112 – from Brussels" in letter.get_content()
    assert Mail.objects.get().state == "sent"
    _work()
    assert len(postman.letters) == 1


def test_without_mail_server_mail_is_kept(world: World, boss: str, settings: Any) -> None:
    settings.SMTP_URL = ""
    notify_admins(world.organization, "x", "y")
    assert Mail.objects.get().state == "kept"
    assert not DBTaskResult.objects.exists()
    assert send_waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_mails_nobody(world: World, boss: str, postman: Postman) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify_admins(world.organization, "x", "y")
        raise ZeroDivisionError
    _work()
    assert not postman.letters
    assert not Mail.objects.exists()


def test_a_server_that_is_away_gets_the_mail_later(world: World, postman: Postman, settings: Any) -> None:
    there, settings.SMTP_URL = settings.SMTP_URL, f"smtp://127.0.0.1:{_free_port()}"
    letter = send(world.organization, "a@b.example", "x", "y")
    deliver(letter)
    assert (letter.state, letter.attempts) == ("waiting", 1)
    assert "refused" in letter.error.lower()
    settings.SMTP_URL = there
    assert send_waiting() == 0, "not before its pause is over"
    Mail.objects.update(created_at=timezone.now() - timedelta(hours=1), sent_at=timezone.now() - timedelta(hours=1))
    assert send_waiting() == 1
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.error) == ("sent", 2, "")
    assert postman.letters[0]["Message-ID"] == letter.message_id


@pytest.mark.parametrize(("refusal", "state"), [("550 unknown", "failed"), ("451 come back", "waiting")])
def test_a_refusal_is_final_or_not_as_the_server_says(world: World, postman: Postman, refusal: str, state: str) -> None:
    postman.refusal = refusal
    letter = send(world.organization, "a@b.example", "x", "y")
    deliver(letter)
    assert letter.state == state
    assert refusal.split()[1] in letter.error


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on loopback, with an invented password
def test_user_and_password_of_the_setting_are_used(world: World, settings: Any) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    port = _free_port()
    controller = Controller(
        Postman(), hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False, auth_required=True
    )
    controller.start()
    settings.SMTP_URL = f"smtp://me%40x:p%2Fw@127.0.0.1:{port}"
    letter = send(world.organization, "a@b.example", "x", "y")
    deliver(letter)
    controller.stop()
    assert letter.state == "sent", letter.error
    assert seen == [(b"me@x", b"p/w")]


def test_a_wrong_setting_names_itself_and_hides_the_password() -> None:
    with pytest.raises(ImproperlyConfigured, match="CARILLON_SMTP_URL") as error:
        server("http://me:geheim@mail.example")
    assert "geheim" not in str(error.value)
    found = server("smtp+starttls://mail.example")
    assert found
    assert found.port == 587


def test_a_subject_cannot_carry_more_headers(world: World, settings: Any) -> None:
    settings.SMTP_URL = ""
    letter = send(world.organization, "a@b.example", "x\r\nBcc: evil@evil.example", "y")
    assert "Bcc" not in mail.message(letter)
