"""Try it as a page: what may be asked for, what is refused in words, and what is told of one's own trial alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carillon.accounts.models import User
from carillon.calls import trials
from carillon.calls.models import Call, LiveCall, Trial, TrialStep
from carillon.calls.try_form import PHONES
from carillon.calls.try_page import lines_of
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.tests.builders import queries
from carillon.routing.path import Fate
from conftest import SignIn

PAGE, START = reverse("calls:try_it"), reverse("calls:try_start")
MAIN = people.BKM.main_number
NUMBER = {"what": "number", "number": MAIN, "caller": "+32475123456", "when": "now", "phones": "ring"}
THEN = {"when": "then", "date": "2026-11-29", "time": "10:00"}
RING = {"verb": "ring", "who": ["An Peeters", "Chloe Lambert"], "seconds": 20, "outcome": ""}
K = TrialStep.Kind


@pytest.fixture
def admin(world: World, as_user: SignIn) -> Client:
    return as_user(people.ADMIN)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def started(client: Client, **fields: Any) -> Trial:
    answer = client.post(START, NUMBER | fields)
    assert answer.status_code == 200, words(answer)
    told = answer.json()
    trial = Trial.objects.latest("pk")
    assert told == {
        "token": told["token"],
        "steps": reverse("calls:try_steps", args=[trial.pk]),
        "address": "127.0.0.1",
    }
    assert trials.claim(told["token"], "node1", "node1-1.1", timezone.now()) == trial
    trial.refresh_from_db()
    return trial


def refused(client: Client, **fields: Any) -> str:
    answer = client.post(START, NUMBER | fields)
    assert answer.status_code == 422
    assert not Trial.objects.exists()
    return words(answer)


def test_each_field_changes_what_is_tried(admin: Client, world: World) -> None:
    prompt = world.organization.prompts.get(key="welcome")
    plain = started(admin)
    assert (plain.called, plain.caller, plain.at, plain.rings, plain.prompt) == (MAIN, "+32475123456", None, True, None)
    assert started(admin, number="9011").called == "9011"
    heard = started(admin, what="prompt", prompt=prompt.pk)
    assert (heard.prompt, heard.called, heard.rings) == (prompt, "", False)
    assert started(admin, caller="0471 11 22 33").caller == "+32471112233"
    assert started(admin, caller="").caller == ""
    sunday = datetime(2026, 11, 29, 9, tzinfo=UTC)
    assert started(admin, **THEN).at == sunday
    assert started(admin, **THEN | {"date": "2026-11-30"}).at == sunday + timedelta(days=1)
    assert started(admin, **THEN | {"time": "10:30"}).at == sunday + timedelta(minutes=30)
    assert started(admin, **THEN | {"when": "now"}).at is None
    for name, _label in PHONES[1:]:
        trial = started(admin, phones=name)
        assert (trial.rings, trial.fate) == (False, name)


def test_the_clock_is_that_of_the_schedule_asked_for(admin: Client, world: World) -> None:
    world.main.schedule.__class__.objects.filter(pk=world.main.schedule.pk).update(timezone="America/New_York")
    assert started(admin, **THEN).at == datetime(2026, 11, 29, 15, tzinfo=UTC)


def test_a_name_is_as_good_as_a_number(admin: Client) -> None:
    assert started(admin, number="Main number").called == MAIN


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": "+32470555014"}, "Only numbers of your organization can be tried, and nobody here has"),
        ({"number": "112"}, "Emergency and short public numbers cannot be used here"),
        ({"number": people.ARDENNE.main_number}, "Only numbers of your organization can be tried"),
        ({"number": "+3227811599"}, "is a number of your organization that nobody has yet"),
        ({"number": "a b c"}, "a b c"),
        ({"number": ""}, "This field is required"),
        ({"what": "prompt"}, "This field is required"),
        ({"caller": "nobody"}, "This is not a phone number"),
        ({"when": "then"}, "This field is required"),
        (THEN | {"date": "2026-13-29"}, "Type a day as 2027-01-31."),
        ({"phones": "explode"}, "explode"),
        ({"what": "everything"}, "everything"),
    ],
)
def test_what_cannot_be_tried_is_refused_beside_its_field(admin: Client, fields: dict[str, str], sentence: str) -> None:
    assert sentence in refused(admin, **fields)


def test_another_organizations_prompt_is_none_of_the_choices(admin: Client, world: World) -> None:
    foreign = world.other.prompts.get(key="welcome")
    assert "Select a valid choice" in refused(admin, what="prompt", prompt=foreign.pk)


def test_what_was_typed_stays_when_something_is_refused(admin: Client) -> None:
    page = admin.post(START, NUMBER | THEN | {"number": "nobody at all", "phones": "busy"}).content.decode()
    for kept in ('value="nobody at all"', 'value="+32475123456"', 'value="10:00"', '<option value="busy" selected>'):
        assert kept in page
    assert re.search(r'value="then"[^>]*checked', page)


def test_more_than_a_person_makes_in_an_hour_is_refused_in_words(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "MOST_IN_AN_HOUR", 0)
    assert "That were many calls in an hour" in refused(admin)


def test_the_page_opens_with_what_led_to_it(admin: Client, world: World) -> None:
    User.objects.filter(username=people.ADMIN).update(mobile="+32477000111")
    plain = admin.get(PAGE).content.decode()
    assert re.search(r'value="number"[^>]*checked', plain)
    assert 'value="+32477000111"' in plain
    assert '<option value="ring" selected>' in plain
    then = admin.get(PAGE, {"number": "9011", "date": "2026-11-29", "time": "10:00"}).content.decode()
    assert 'value="9011"' in then
    assert re.search(r'value="then"[^>]*checked', then)
    assert '<option value="answered" selected>' in then
    prompt = world.organization.prompts.get(key="welcome")
    heard = admin.get(PAGE, {"prompt": prompt.pk}).content.decode()
    assert re.search(r'value="prompt"[^>]*checked', heard)
    assert f'<option value="{prompt.pk}" selected>' in heard


def test_a_plain_user_may_not_try(as_user: SignIn, world: World) -> None:
    client = as_user(people.PLAIN_USER)
    assert client.get(PAGE).status_code == client.post(START, NUMBER).status_code == 403
    assert not Trial.objects.exists()


# What is told.


def trial_of(username: str, *steps: tuple[K, dict[str, Any]], **fields: Any) -> Trial:
    user = User.objects.get(username=username)
    place = {"node": "node1", "linkedid": "node1-7.7", "claimed_at": timezone.now()} | fields
    trial, _token = trials.ask(user, called=MAIN)
    Trial.objects.filter(pk=trial.pk).update(**place)
    trials.tell(trial, [(timezone.now(), kind, data) for kind, data in steps])
    trial.refresh_from_db()
    return trial


def kept_call(trial: Trial, **fields: Any) -> Call:
    now = timezone.now()
    told = {"called": MAIN, "direction": "inbound", "result": "answered", "started_at": now, "ended_at": now}
    return Call.objects.create(organization=trial.organization, node="node1", linkedid="node1-7.7", **told | fields)


def test_nobody_sees_the_trial_of_a_colleague(admin: Client, as_user: SignIn) -> None:
    address = reverse("calls:try_steps", args=[trial_of(people.ADMIN).pk])
    assert admin.get(address).status_code == 200
    assert as_user(people.SCHEDULES_ADMIN).get(address).status_code == 404
    assert as_user(people.OTHER_ADMIN).get(address).status_code == 404


def test_the_steps_say_who_is_rung_who_talks_and_at_the_end_who_talked(admin: Client) -> None:
    trial = trial_of(people.ADMIN, (K.DECIDED, {"called": MAIN, "steps": []}), (K.BEGAN, RING))
    address = reverse("calls:try_steps", args=[trial.pk])
    rings = words(admin.get(address))
    assert "Ringing for at most 20 s: An Peeters and Chloe Lambert." in rings
    assert "has answered" not in rings
    live = {"started_at": timezone.now(), "since": timezone.now(), "called": MAIN, "direction": "inbound"}
    LiveCall.objects.create(
        organization=trial.organization, node="node1", linkedid="node1-7.7", state="talking", whom="An Peeters", **live
    )
    assert "An Peeters has answered." in words(admin.get(address))
    LiveCall.objects.all().delete()
    trials.tell(
        trial, [(timezone.now(), K.ENDED, {"outcome": "answered"}), (timezone.now(), K.BEGAN, {"verb": "hangup"})]
    )
    trials.end(trial, timezone.now())
    call = kept_call(trial, answered_by="An Peeters")
    answer = admin.get(address)
    assert "An Peeters has answered." in words(answer)
    assert "The call is ended." in words(answer)
    assert reverse("calls:detail", args=[call.pk]) in answer.content.decode()
    assert answer.status_code == 286, "htmx would ask for ever"


def test_somebody_who_answered_is_not_said_of_a_prompt(world: World) -> None:
    play = {"verb": "play", "prompt": "Welcome", "sha256": "", "outcome": ""}
    trial = trial_of(people.ADMIN, (K.BEGAN, play))
    assert [line.outcome for line in lines_of(trial, trial.steps.all(), "An Peeters")] == [""]


def test_nobody_is_rung_is_said_so(world: World) -> None:
    trial = trial_of(people.ADMIN, (K.BEGAN, RING), (K.ENDED, {"outcome": "busy"}), rings=False, fate=Fate.BUSY)
    [line] = lines_of(trial, trial.steps.all(), "")
    assert line.text == "Nobody is rung. For real it would be An Peeters and Chloe Lambert, for at most 20 s."
    assert line.outcome == "busy"


def test_a_trial_that_never_became_a_call_is_asked_for_no_longer(admin: Client) -> None:
    trial = trial_of(people.ADMIN, claimed_at=None, node="", linkedid="")
    address = reverse("calls:try_steps", args=[trial.pk])
    assert admin.get(address).status_code == 200
    Trial.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert admin.get(address).status_code == 286


def test_the_steps_cost_the_same_however_many_there_are(admin: Client) -> None:
    trial = trial_of(people.ADMIN, (K.DECIDED, {"called": MAIN, "steps": []}))
    address = reverse("calls:try_steps", args=[trial.pk])
    admin.get(address)  # says that somebody looks, which is written now and then
    few = queries(admin, address)
    for _each in range(30):
        trials.tell(trial, [(timezone.now(), K.BEGAN, RING), (timezone.now(), K.ENDED, {"outcome": "no_answer"})])
    kept_call(trial)
    assert queries(admin, address) == few == 8
