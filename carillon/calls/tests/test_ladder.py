"""A call as a story: every result, every reason, and what is said where nothing was decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from carillon.accounts.models import Organization
from carillon.calls.ladder import CALLER, CARILLON, MOST_PHONES, Ladder, ladder_of, step_of_way
from carillon.calls.models import Call, DecisionTrace
from carillon.calls.picture import draw
from carillon.calls.tests.builders import NOW, leg, make_call, make_trace, step
from carillon.functions.tests.builders import make_organization

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=3)


@pytest.fixture
def organization() -> Organization:
    return make_organization()


def told(ladder: Ladder) -> list[str]:
    return [moment.text for moment in ladder.moments]


def ladder(call: Call, *traces: DecisionTrace, links: dict[tuple[str, int], str] | None = None) -> Ladder:
    return ladder_of(call, traces, "BE", links or {})


def test_an_answered_call_is_told_in_order(organization: Organization) -> None:
    legs = [leg("An Peeters", LATER, 5, "elsewhere"), leg("Bram", LATER, 30, "answered", answered=5)]
    call = make_call(
        organization, caller_name="Klant", called_name="Main number", legs=legs, answered_by="Bram",
        answered_at=LATER + timedelta(seconds=5), talk_ms=25_000,
        heard=[{"prompt": "Welcome", "sha256": "", "at": (NOW + timedelta(seconds=1)).isoformat()}],
    )  # fmt: skip
    decided = make_trace(
        call,
        step(
            "event_passed", 4, event="1 jan", reason="other_day", repeat="year", start="2021-01-01", stop="2021-01-02"
        ),
        step("event_decided", 5, event="pm", action="open", days="12345", since="13:30", until="18:00"),
        at=NOW + timedelta(milliseconds=20),
        hungup=True,
    )
    story = ladder(call, decided, links={("event_decided", 5): "/schedules/3/"})
    assert told(story) == [
        "Klant, 0470 12 34 56 calls Main number, 02 781 15 01.",
        "Carillon decides for 02 781 15 01.",
        "The caller hears “Welcome”.",
        "The phones of An Peeters and Bram ring.",
        "Bram answers after 5 seconds.",
        "The phone of An Peeters stops: somebody else answered.",
        "The caller hangs up; the call took 1:00.",
    ]
    decision = story.moments[1]
    assert [(reason.text, reason.address, reason.times) for reason in decision.reasons] == [
        ("The event “pm” decides: open.", "/schedules/3/", "Monday to Friday, 13:30 - 18:00")
    ]
    assert decision.passed[0].times == "Every year 2021-01-01 - 2021-01-02"
    assert [reason.text for reason in decision.passed] == ["The event “1 jan” is passed over: another day."]
    assert story.summary == (
        "Klant, 0470 12 34 56 called Main number, 02 781 15 01. Bram answered; they talked for 0:25."
    )
    assert (story.waited, story.talked, story.workers, story.revisions) == ("0:08", "0:25", "worker1", "7")
    assert [(bar.column, bar.tone) for bar in story.bars] == [(2, "rings"), (3, "rings"), (3, "talks"), (0, "talks")]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("busy", "Bram is busy."),
        ("declined", "Bram declines the call."),
        ("unreachable", "The phone of Bram cannot be reached."),
        ("cancelled", "The phone of Bram stops ringing after 1 second."),
        ("no_answer", "Bram does not answer for 1 second."),
    ],
)
def test_each_end_of_a_phone_has_its_sentence(organization: Organization, result: str, words: str) -> None:
    call = make_call(organization, result="no_answer", legs=[leg("Bram", NOW, 1, result)])
    assert words in told(ladder(call))


@pytest.mark.parametrize("result", [value for value in Call.Result.values if value != "answered"])
def test_each_result_has_its_summary(organization: Organization, result: str) -> None:
    story = ladder(make_call(organization, result=result))
    assert story.summary.startswith("0470 12 34 56 called 02 781 15 01")
    assert story.state.word


@pytest.mark.parametrize(
    ("decided_by", "words", "mark"),
    [
        ("dialplan", "nothing was decided", "Emergency call"),
        ("fallback", "Call control was away", "Fallback"),
        ("callcontrol", "were not kept", ""),
    ],
)
def test_a_call_without_decision_says_so(organization: Organization, decided_by: str, words: str, mark: str) -> None:
    story = ladder(make_call(organization, decided_by=decided_by))
    assert words in story.note
    assert [each.word for each in story.marks] == ([mark] if mark else [])


def test_a_call_that_the_fallback_took_over_shows_what_was_decided_before(organization: Organization) -> None:
    call = make_call(organization, decided_by="fallback")
    story = ladder(call, make_trace(call, step("no_members")))
    assert "did not bring this call to its end" in story.note
    assert "Carillon decides for 02 781 15 01." in told(story)


def test_who_hung_up_is_told_where_it_is_known(organization: Organization) -> None:
    call = make_call(organization, answered_by="Bram")
    assert told(ladder(call, make_trace(call, hungup=False)))[-1] == "Bram hangs up; the call took 1:00."
    assert told(ladder(call))[-1] == "The call ends; it took 1:00."


def test_a_kind_of_step_that_is_gone_is_told_as_it_was(organization: Organization) -> None:
    call = make_call(organization)
    story = ladder(call, make_trace(call, step("moon_phase"), step("event_decided", 1)))
    assert [reason.text for reason in story.moments[1].reasons] == ["moon phase", "event decided"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"verb": "play", "prompt": "Hello", "outcome": "then"}, "“Hello” is played."),
        ({"verb": "play", "prompt": "Hello", "outcome": ""}, "“Hello” is played until the caller hangs up."),
        (
            {"verb": "ring", "who": ["An", "+32470123456"], "seconds": 20, "outcome": "busy"},
            "An and 0470 12 34 56 ring for at most 20 s: busy.",
        ),
        (
            {"verb": "call_out", "number": "+32470123456", "outcome": "answered"},
            "The call goes out to 0470 12 34 56: answered.",
        ),
        ({"verb": "go_to", "number": "9011", "outcome": ""}, "The call goes on at 9011."),
        ({"verb": "hangup", "cause": "normal", "outcome": ""}, "The call is ended."),
    ],
)
def test_each_verb_of_the_way_has_its_sentence(row: dict[str, Any], sentence: str) -> None:
    assert step_of_way(row, "BE") == sentence


def test_the_picture_runs_downwards_and_everything_lies_in_it(organization: Organization) -> None:
    names = [f"Phone {n}" for n in range(MOST_PHONES + 3)]
    legs = [leg(name, LATER, 20, "no_answer") for name in names]
    call = make_call(organization, LATER - timedelta(hours=1), result="no_answer", legs=legs, ended_at=LATER)
    story = ladder(call)
    picture = draw(story)
    assert story.hidden_phones == 3
    assert len(story.columns) == MOST_PHONES + 2
    assert "Phone 10" in " ".join(told(story))
    ys = [shaft.y for shaft in picture.shafts]
    assert ys == sorted(ys)
    assert max(ys) < picture.height
    assert all(box.y + box.height <= picture.height for box in picture.boxes)
    assert max(column.x for column in picture.columns) < picture.width
    assert [column.is_carillon for column in picture.columns][: CARILLON + 1] == [False, True]
    assert picture.columns[CALLER].whole == "0470 12 34 56"


def test_a_call_of_nobody_known_is_told_as_well(organization: Organization) -> None:
    call = make_call(organization, caller="", called="999", result="refused")
    assert told(ladder(call))[0] == "withheld calls 999."
    assert draw(ladder(call)).columns[CALLER].title == "withheld"
