"""A token is worth one call within a minute, told to nobody else, and one person gets only so many."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from carillon.accounts.models import User
from carillon.calls import trials
from carillon.calls.models import Call, Trial
from carillon.demo import people
from carillon.demo.world import World

MINUTE = timedelta(seconds=trials.CLAIM_SECONDS)
LATE = timedelta(seconds=trials.LATE_SECONDS)


@pytest.fixture
def admin(world: World) -> User:
    return world.user(people.ADMIN)


def claimed(token: str, linkedid: str = "node1-1.1", after: timedelta = timedelta()) -> Trial | None:
    return trials.claim(token, "node1", linkedid, timezone.now() + after)


def test_a_token_is_long_random_and_not_kept(admin: User) -> None:
    tokens = {trials.ask(admin, called="9011")[1] for _each in range(20)}
    assert len(tokens) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)
    kept = str(list(Trial.objects.values()))
    assert not [token for token in tokens if token in kept]


def test_a_token_is_worth_one_call(admin: User) -> None:
    trial, token = trials.ask(admin, called="9011")
    assert claimed(token) == trial
    assert claimed(token, "node1-1.2") is None
    assert trials.claim(token, "node2", "node1-1.1", timezone.now()) is None
    # The second worker of the same call goes on where the first one died, also after a minute.
    assert claimed(token, after=MINUTE * 2) == trial


@pytest.mark.parametrize(("after", "is_worth"), [(MINUTE - timedelta(seconds=2), True), (MINUTE, False)])
def test_a_token_is_worth_nothing_after_a_minute(admin: User, after: timedelta, is_worth: bool) -> None:
    _trial, token = trials.ask(admin, called="9011")
    assert (claimed(token, after=after) is not None) == is_worth


def test_an_invented_token_and_that_of_somebody_locked_out_are_worth_nothing(admin: User) -> None:
    trial, token = trials.ask(admin, called="9011")
    assert claimed("0" * 32) is None
    assert claimed(trial.token_sha256) is None
    assert claimed("") is None
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert claimed(token) is None


def test_one_person_gets_so_many_in_an_hour_and_no_more(
    world: World, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "MOST_IN_AN_HOUR", 2)
    for _each in range(2):
        trials.ask(admin, called="9011")
    with pytest.raises(trials.TooManyError):
        trials.ask(admin, called="9011")
    trials.ask(world.user(people.SCHEDULES_ADMIN), called="9011")
    Trial.objects.filter(user=admin).update(created_at=timezone.now() - timedelta(minutes=61))
    trials.ask(admin, called="9011")


def test_what_nobody_looks_at_any_more_is_deleted(admin: User) -> None:
    old, _token = trials.ask(admin, called="9011")
    new, _token = trials.ask(admin, called="9011")
    Trial.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=trials.KEPT_DAYS, minutes=1))
    trials.forget()
    assert list(Trial.objects.all()) == [new]


NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.get_fixed_timezone(0))


@pytest.mark.parametrize(
    ("claimed_at", "ended_at", "call_ended_at", "is_over"),
    [
        (None, None, None, False),
        (NOW, None, None, False),
        (NOW, NOW, None, False),
        (NOW, NOW, NOW, True),
        (NOW, None, NOW, False),
        (NOW, None, NOW - LATE * 2, True),
    ],
)
def test_a_trial_is_over_when_all_is_told_or_nobody_will_tell_it(
    claimed_at: datetime | None, ended_at: datetime | None, call_ended_at: datetime | None, is_over: bool
) -> None:
    trial = Trial(created_at=NOW - MINUTE, claimed_at=claimed_at, ended_at=ended_at)
    call = Call(ended_at=call_ended_at) if call_ended_at else None
    assert trials.is_over(trial, call, NOW) == is_over


def test_a_token_that_was_not_used_in_time_is_waited_for_no_longer() -> None:
    assert trials.is_over(Trial(created_at=NOW - MINUTE - LATE * 2), None, NOW)
