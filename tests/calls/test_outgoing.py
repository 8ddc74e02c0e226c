"""Calls from phones: to colleagues, to numbers outside in every spelling, to what is closed, and for help."""

from __future__ import annotations

import asyncio

import pytest

from carillon.demo import people
from tests.calls.call import Call
from tests.calls.phone import answers, busy, unknown_number
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("ways_agree"),
]
BRAMS_NUMBER = "+3227811602"


async def outside(world: World, number: str) -> Call:
    """Wait until the carrier is asked for this number."""
    for _ in range(100):
        for call in world.carrier.calls:
            if not call.entry.outgoing and call.number == number:
                return call
        await asyncio.sleep(0.05)
    raise AssertionError(f"the carrier was not asked for {number}; it was for {asked(world)[-5:]}")


def asked(world: World) -> list[str]:
    """The numbers that the carrier was asked for."""
    return [entry.number for entry in world.carrier.journal if not entry.outgoing]


async def test_colleagues_are_called_by_extension_and_see_who_calls(world: World) -> None:
    world.plan("9101", Bram=answers(0.2))
    call = world.phones["An"].call("9102")
    leg = await world.leg("Bram", "9101")
    await call.talks_with(leg)
    assert leg.entry.display == "An Peeters"
    await call.hang_up()
    log = await world.log("9101", call=call)
    assert (log.row.direction, log.row.caller_user and str(log.row.caller_user)) == ("internal", "An Peeters")
    assert (log.row.answered_by, log.workers) == ("Bram Janssens", ("worker1",))


async def test_an_extension_that_nobody_has_says_so(world: World) -> None:
    entry = await world.phones["An"].call("9199").ended()
    assert entry.heard_names == ["wrong_nr"]


async def test_a_busy_colleague_and_one_without_phone_are_told_apart(world: World) -> None:
    world.plan("9102", Greet=busy)
    entry = await world.phones["Bram"].call("9107").ended()
    assert entry.heard_names == ["busy_greeting"]
    await world.phones["Jonas"].unregister()
    entry = await world.phones["Bram"].call("9110").ended()
    await world.phones["Jonas"].register()
    assert entry.heard_names == ["user_unavailable"]


async def test_a_persons_published_number_and_forward(world: World) -> None:
    await world.forward("Steven", "0470 99 00 03")
    world.plan("+32470990003", outside=answers())
    call = world.inbound("+3227811608")
    leg = await outside(world, "+32470990003")
    await leg.answered()
    assert leg.entry.other == "+3227811608"
    await call.hang_up()
    await world.forward("Steven", "")
    log = await world.log(call.entry.other)
    assert str(log.row.payer) == "Steven Claes"


@pytest.mark.parametrize("typed", ["+32470123451", "0470123451", "0032470123451", "00470123451"])
async def test_a_number_is_dialled_in_any_spelling_and_sent_in_one(world: World, typed: str) -> None:
    world.plan("+32470123451", outside=answers())
    call = world.phones["Bram"].call(typed)
    if typed == "00470123451":
        # 00 is international: that is no number, and nothing goes out.
        assert (await call.ended()).heard_names == ["wrong_nr"]
        return
    leg = await outside(world, "+32470123451")
    await call.talks_with(leg)
    assert leg.entry.other == BRAMS_NUMBER
    await call.hang_up()
    log = await world.log("9102", call=call)
    assert (log.row.direction, log.row.went_outside, str(log.row.payer)) == ("outbound", True, "Bram Janssens")


async def test_a_caller_id_that_a_phone_claims_is_not_believed(world: World) -> None:
    world.plan("+32470123452", outside=answers())
    call = world.phones["Bram"].call("0470123452", display="The King")
    leg = await outside(world, "+32470123452")
    await leg.answered()
    assert (leg.entry.other, leg.entry.display) == (BRAMS_NUMBER, "")
    await call.hang_up()


@pytest.mark.parametrize(
    ("number", "sent", "switch"),
    [("0033142687500", "+33142687500", "allow_international"), ("0900 12345", "+3290012345", "allow_premium")],
)
async def test_costly_numbers_are_closed_until_opened(world: World, number: str, sent: str, switch: str) -> None:
    typed = number.replace(" ", "")
    world.plan(sent, outside=answers())
    entry = await world.phones["Bram"].call(typed).ended()
    assert entry.heard_names == ["forbidden_destination"]
    assert sent not in asked(world)
    await world.organization(**{switch: True})
    call = world.phones["Bram"].call(typed)
    await (await outside(world, sent)).answered()
    await call.hang_up()
    await world.organization(**{switch: False})
    entry = await world.phones["Bram"].call(typed).ended()
    assert entry.heard_names == ["forbidden_destination"]


async def test_a_used_up_budget_ends_in_a_prompt_and_help_is_still_reached(world: World) -> None:
    await world.organization(daily_calls_per_user=0)
    world.plan("112", outside=answers())
    try:
        entry = await world.phones["Karin"].call("0470123453").ended()
        assert entry.heard_names == ["budget_used_up"]
        call = world.phones["Karin"].call("112")
        await call.talks_with(await outside(world, "112"))
        await call.hang_up()
    finally:
        await world.organization(daily_calls_per_user=200)
    assert "+32470123453" not in asked(world)


async def test_the_minutes_of_the_day_may_be_used_up_as_well(world: World) -> None:
    await world.organization(daily_minutes_per_user=0)
    try:
        entry = await world.phones["Elise"].call("0470123454").ended()
    finally:
        await world.organization(daily_minutes_per_user=600)
    assert entry.heard_names == ["budget_used_up"]


@pytest.mark.parametrize("number", ["112", "100", "101"])
async def test_emergency_numbers_go_out_with_the_sites_number(world: World, number: str) -> None:
    world.plan(number, outside=answers())
    call = world.phones["Daan"].call(number)
    leg = await outside(world, number)
    await call.talks_with(leg)
    assert leg.entry.other == people.BKM.first_number
    await call.hang_up()
    log = await world.log("9104", call=call)
    assert (log.row.decided_by, log.workers, log.row.result) == ("dialplan", (), "answered")


async def test_a_suspended_organization_reaches_help_and_nothing_else(world: World) -> None:
    await world.organization(status="suspended")
    world.plan("112", outside=answers())
    try:
        inside = await world.phones["An"].call("9102").ended()
        call = world.phones["An"].call("112")
        await call.talks_with(await outside(world, "112"))
        await call.hang_up()
    finally:
        await world.organization(status="active")
    assert inside.heard_names == ["general_greeting"]


async def test_a_number_that_the_carrier_does_not_know(world: World) -> None:
    world.plan("+32470123455", outside=unknown_number)
    entry = await world.phones["Bram"].call("0470123455").ended()
    assert entry.heard_names == ["user_unavailable"]


async def test_a_carrier_cannot_dial_out_through_us(world: World) -> None:
    before = asked(world)
    entry = await world.inbound("+32470123456").ended()
    # Nobody's number has nobody's prompts: the caller hears the tones that stand for a missing one.
    assert entry.loud_seconds > 0.5 or entry.status == 404
    assert asked(world) == before


async def test_a_stranger_of_another_organization_has_other_extensions(world: World) -> None:
    """9101 is An here and Lucie there."""
    world.plan("9102", An=answers(), Lucie=answers())
    call = world.phones["Noah"].call("9101")
    await call.talks_with(await world.leg("Lucie", "9102"))
    await call.hang_up()
    assert [e for e in world.entries("An", "9102") if e.display == "Noah Gillet"] == []
