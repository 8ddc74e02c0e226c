"""A prompt recorded by telephone, on the portal's side: whose number it may be, the page, its limits and its ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from carillon.accounts.models import User
from carillon.callcontrol.call_back import spoken
from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import announcements, call_backs, making
from carillon.prompts.call_page import FAILURES
from carillon.prompts.files import path_of
from carillon.prompts.models import Announcement, CallBack, PromptMaking
from carillon.prompts.sound import alaw, from_alaw
from carillon.prompts.tests.test_convert import power
from conftest import SignIn

NEW = reverse("prompts:new")
State = CallBack.State
TONE = alaw([0.5 if n % 8 < 4 else -0.5 for n in range(8000)])


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.PROMPTS = tmp_path
    return tmp_path


@pytest.fixture
def an(world: World) -> User:
    """An has a desk phone, a direct number and a mobile phone."""
    User.objects.filter(first_name="An").update(mobile="+32470990101")
    return world.organization.users.get(first_name="An")


def send(client: Client, phone: str, **fields: str) -> str:
    """Press Initialize call; the page, or where it leads."""
    typed = {"name": "Bell shop", "description": "We are at the fair.", "source": "call", "phone": phone}
    answer = client.post(f"{NEW}?next=/schedules/", typed | {"text": "kept", "language": "en"} | fields)
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def page(client: Client, row: CallBack) -> str:
    return client.get(reverse("prompts:making", args=[row.making_id])).content.decode()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("9101", "9101"),
        ("02 781 16 01", "+3227811601"),
        ("+32 2 781.16.01", "+3227811601"),
        ("0470 99 01 01", "+32470990101"),
        ("an peeters", "9101"),
    ],
)
def test_a_users_number_in_any_spelling_is_called(
    world: World, an: User, as_user: SignIn, typed: str, number: str
) -> None:
    location = send(as_user(people.SCHEDULES_ADMIN), typed)
    row = CallBack.objects.get()
    assert location == f"/prompts/making/{row.making_id}/?next=%2Fschedules%2F"
    assert (row.number, row.callee, row.state, row.node) == (number, an, State.WAITING, world.organization.home_node)
    assert len(row.token) == 32
    assert (row.making.state, row.making.how, row.making.name) == ("calling", "call", "Bell shop")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the phone number of a user."),
        ("+32478112233", "No user has this number."),
        ("9011", "No user has this number."),
        ("112", "No user has this number."),
        ("1 OR 1=1", "Nobody is called"),
        ("Channel: Local/1@pbx", "Nobody is called"),
        ("9" * 121, "at most 120 characters"),
        ("Farid Benali", "has no phone that could ring"),
    ],
)
def test_what_is_no_users_phone_is_told_beside_the_field(
    world: World, an: User, as_user: SignIn, typed: str, sentence: str
) -> None:
    world.organization.users.get(first_name="Farid").sip_devices.all().delete()
    said = send(as_user(people.ADMIN), typed)
    assert sentence in said.partition('id="id_phone_error"')[2][:400]
    assert "We are at the fair." in said
    assert not PromptMaking.objects.exists()


def test_another_organizations_people_are_not_called(world: World, as_user: SignIn) -> None:
    stranger = world.other.numbers.filter(personal_line__isnull=False, kind="e164")[0].value
    User.objects.filter(organization=world.other).update(mobile="")
    User.objects.filter(pk=world.other.users.all()[0].pk).update(mobile="+32470111222")
    client = as_user(people.ADMIN)
    for number in (stranger, "+32470111222"):
        assert "No user has this number." in send(client, number)


def test_the_own_extension_is_offered_and_of_mobile_phones_only_the_own_one(
    world: World, an: User, as_user: SignIn
) -> None:
    User.objects.filter(pk=an.pk).update(is_admin=True)
    client = as_user(an.username)
    assert 'value="9101"' in client.get(NEW).content.decode()
    offered = client.get(reverse("prompts:phones"), {"phone": "e"}).content.decode()
    assert "+32470990101" in offered
    assert "9102" in offered
    farids = world.organization.users.get(first_name="Farid").mobile
    assert farids
    assert farids not in offered
    assert "Main number" not in client.get(reverse("prompts:phones"), {"phone": "Main"}).content.decode()


def waiting(as_user: SignIn, number: str = "9101") -> tuple[Client, CallBack]:
    client = as_user(people.ADMIN)
    send(client, number)
    return client, CallBack.objects.latest("pk")


def set_state(row: CallBack, state: str, error: str = "", seconds: float = 0) -> None:
    CallBack.objects.filter(pk=row.pk).update(
        state=state, error=error, changed_at=timezone.now() - timedelta(seconds=seconds)
    )


def test_the_page_shows_each_state_and_says_nothing_while_nothing_changes(world: World, as_user: SignIn) -> None:
    client, row = waiting(as_user)
    address = reverse("prompts:making", args=[row.making_id])
    steps = {
        State.WAITING: "Calling 9101",
        State.DIALLING: "Calling 9101",
        State.ANSWERED: "Answered",
        State.RECORDING: "Recording",
        State.LISTENING: "Listening",
    }
    # What is to be read aloud stands there, too.
    assert "We are at the fair.</blockquote>" in page(client, row)
    for state, title in steps.items():
        set_state(row, state)
        now = client.get(address).content.decode().partition('aria-current="step"')[2]
        assert title in now[:600]
        htmx = {"HX-Request": "true", "HX-Target": "calling"}
        assert client.get(address, {"state": state}, headers=htmx).status_code == 204
        assert title in client.get(address, {"state": "else"}, headers=htmx).content.decode()


@pytest.mark.parametrize("error", sorted(FAILURES))
def test_each_failure_has_its_sentence_and_a_way_on(world: World, as_user: SignIn, error: str) -> None:
    client, row = waiting(as_user)
    set_state(row, State.FAILED, error)
    sentence = str(FAILURES[error]) % {"name": row.callee}
    said = page(client, row)
    assert sentence.partition("'")[0] in said
    assert "Call again" in said
    answer = client.get(reverse("prompts:making", args=[row.making_id]), headers={"HX-Request": "true"})
    assert "HX-Redirect" in answer.headers
    change = client.get(reverse("prompts:making", args=[row.making_id]), {"again": "1"}).content.decode()
    for kept in ('value="Bell shop"', "We are at the fair.", 'value="9101"', 'value="call" '):
        assert kept in change


def test_call_again_calls_with_all_that_was_typed(world: World, as_user: SignIn) -> None:
    client, row = waiting(as_user)
    set_state(row, State.FAILED, "busy")
    answer = client.post(reverse("prompts:call_again", args=[row.making_id]))
    new = CallBack.objects.latest("pk")
    assert answer["Location"].startswith(f"/prompts/making/{new.making_id}/")
    assert new.making_id != row.making_id
    assert new.token != row.token
    assert (new.number, new.state, new.making.name, new.making.description) == (
        "9101", State.WAITING, "Bell shop", "We are at the fair.",
    )  # fmt: skip
    # While it goes on there is no second one.
    client.post(reverse("prompts:call_again", args=[row.making_id]))
    assert CallBack.objects.count() == 2


def test_one_call_at_a_time_and_not_without_end(world: World, as_user: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client, row = waiting(as_user)
    assert "A call for you is going on already." in send(client, "9102", name="Other")
    assert CallBack.objects.count() == 1
    set_state(row, State.FAILED, "busy")
    monkeypatch.setattr(call_backs, "MOST_IN_AN_HOUR", 2)
    assert send(client, "9102", name="Other").startswith("/prompts/making/")
    set_state(CallBack.objects.latest("pk"), State.FAILED, "busy")
    assert "Too many calls in an hour." in send(client, "9102", name="Third")
    PromptMaking.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert send(client, "9102", name="Third").startswith("/prompts/making/")


@pytest.mark.parametrize(
    ("state", "seconds", "error"),
    [
        (State.WAITING, 11, "away"),
        (State.DIALLING, 61, "broken"),
        (State.ANSWERED, 181, "broken"),
        (State.RECORDING, 901, "broken"),
        (State.LISTENING, 901, "broken"),
    ],
)
def test_what_lasts_too_long_has_failed(
    world: World, as_user: SignIn, state: State, seconds: float, error: str
) -> None:
    client, row = waiting(as_user)
    set_state(row, state, seconds=seconds - 5)
    assert "Hang up" in page(client, row)
    set_state(row, state, seconds=seconds)
    assert "Call again" in page(client, row)
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, error)
    assert not call_backs.claim(row, timezone.now())
    assert send(client, "9102", name="Other").startswith("/prompts/making/")


def test_hang_up_before_and_during_the_call(world: World, as_user: SignIn) -> None:
    client, row = waiting(as_user)
    cancel = reverse("prompts:call_cancel", args=[row.making_id])
    client.post(cancel)
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, "cancelled")
    set_state(row, State.RECORDING)
    client.post(cancel)
    row.refresh_from_db()
    # Call control hangs up and says so.
    assert (row.state, row.error) == (State.RECORDING, call_backs.CANCELLING)
    assert list(call_backs.going_on(row.node)) == [row]
    set_state(row, State.KEPT)
    client.post(cancel)
    row.refresh_from_db()
    assert (row.state, row.error) == (State.KEPT, "")


def test_a_call_is_claimed_once_and_only_in_time(world: World, as_user: SignIn) -> None:
    _client, row = waiting(as_user)
    now = timezone.now()
    assert call_backs.find(row.token, row.node) is None
    assert call_backs.claim(row, now)
    assert not call_backs.claim(row, now)
    found = call_backs.find(row.token, row.node)
    assert found == row
    assert call_backs.find(row.token, "another node") is None
    set_state(row, State.WAITING, seconds=11)
    assert not call_backs.claim(row, now)


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_becomes_the_prompt_and_what_ended_is_not_kept(world: World, as_user: SignIn, store: Path) -> None:
    client, row = waiting(as_user)
    set_state(row, State.LISTENING)
    assert call_backs.keep(row.token, TONE)
    assert not call_backs.keep(row.token, TONE)
    assert len(list((store / "incoming").iterdir())) == 1
    making.make.func(row.making_id)
    prompt = world.organization.prompts.get(name="Bell shop")
    heard = path_of(prompt.audio.get().sha256).read_bytes()
    assert power(list(from_alaw(heard)), 1000) > 0.05
    assert abs(len(heard) - len(TONE)) < 400
    version = prompt.versions.get()
    assert (version.how, version.source, version.made_by_name) == ("call", "9101", str(row.making.user))
    answer = client.get(reverse("prompts:making", args=[row.making_id]))
    assert answer["Location"].startswith(reverse("prompts:detail", args=[prompt.pk]))
    assert list((store / "incoming").iterdir()) == []


def test_the_part_that_looks_each_second_makes_way_for_the_whole_page(world: World, as_user: SignIn) -> None:
    client, row = waiting(as_user)
    PromptMaking.objects.update(state="waiting")
    address = reverse("prompts:making", args=[row.making_id])
    answer = client.get(address, headers={"HX-Request": "true", "HX-Target": "calling"})
    assert "HX-Redirect" in answer.headers


def test_a_plain_user_calls_nobody(world: World, as_user: SignIn) -> None:
    _client, row = waiting(as_user)
    stranger = as_user(world.organization.users.get(first_name="Bram").username)
    for name in ("prompts:call_cancel", "prompts:call_again"):
        assert stranger.post(reverse(name, args=[row.making_id])).status_code == 403
    assert stranger.get(reverse("prompts:phones")).status_code == 403


def test_a_leader_asks_one_question_while_nobody_waits(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert list(call_backs.going_on("node1")) == []


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    lines: list[tuple[str, str]] = []

    def say(_espeak: object, voice: str, words: str) -> bytes:
        lines.append((voice, words))
        return TONE[: 80 + len(lines)]

    monkeypatch.setattr("carillon.prompts.speech.say", say)
    yield lines


def test_instructions_are_spoken_once_in_four_languages(
    world: World, as_user: SignIn, said: list[tuple[str, str]], store: Path
) -> None:
    announcements.speak_missing(tuple, store)
    announcements.speak_missing(tuple, store)
    assert len(said) == len(announcements.WORDS) * 4 == Announcement.objects.count()
    _client, row = waiting(as_user)
    User.objects.filter(pk=row.callee_id).update(language="fr")
    row = CallBack.objects.select_related("callee", "making__organization").get(pk=row.pk)
    french = Announcement.objects.get(key=announcements.MENU, language="fr").sha256
    assert announcements.sounds_for(row)[announcements.MENU] == french
    Announcement.objects.filter(language="fr").delete()
    english = Announcement.objects.get(key=announcements.MENU, language="en").sha256
    assert announcements.sounds_for(row)[announcements.MENU] == english


def test_silence_around_what_was_said_is_cut_and_silence_alone_is_nothing() -> None:
    silence = b"\xd5" * 16000
    assert spoken(silence) == b""
    assert spoken(b"") == b""
    assert spoken(silence + TONE[:300] + silence) == b""
    kept = spoken(silence + TONE + silence)
    assert len(TONE) < len(kept) <= len(TONE) + 3200
    assert kept[1600 : 1600 + len(TONE)] == TONE
