"""Try it when something goes wrong: the socket is cut, Asterisk restarts, tokens are bad, strangers knock."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import timedelta

import pytest
from django.utils import timezone

from carillon.accounts.models import User
from carillon.calls import trials
from carillon.calls.models import Call as CallRow
from carillon.calls.models import Trial
from carillon.demo import people
from tests.calls.call import Call
from tests.calls.phone import Phone, answers
from tests.calls.sip import Message, describe, parse
from tests.calls.system import ASTERISK, WEB, ask
from tests.calls.telephone import ELSEWHERE, Portal, Telephone
from tests.calls.transport import new_branch
from tests.calls.world import World

pytestmark = [pytest.mark.calls, pytest.mark.asyncio(loop_scope="package")]


async def talking(portal: Portal, telephone: Telephone, name: str = "An") -> tuple[str, Call]:
    """A call with a colleague, who is heard; the group's number and her leg."""
    world = portal.world
    group = await world.group([name], ring_seconds=20)
    caller = world.caller()
    world.plan(caller, **{name: answers(0.2)})
    await telephone.call(group.number.value, caller=caller)
    leg = await world.leg(name, caller, 15)
    await telephone.hears(name)
    return group.number.value, leg


async def test_the_sound_goes_on_when_the_portal_is_killed_and_the_next_call_works(portal: Portal) -> None:
    telephone = await portal.telephone()
    _number, leg = await talking(portal, telephone)
    portal.world.system.kill(WEB)
    await telephone.until("document.getElementById('try-note').textContent !== ''")
    assert await telephone.words("#try-note") == "The connection to the portal was lost; your call goes on."
    await telephone.hears("An", afresh=True)
    await portal.world.system.answers(WEB)
    await telephone.until("document.getElementById('try-note').textContent === ''")
    await telephone.hears("An", afresh=True)
    assert await telephone.state() == "talking"
    # The colleague's goodbye went to the socket that is gone: the page finds out by itself.
    await leg.hang_up()
    await telephone.is_now("ended", within_seconds=20)
    await talking(portal, telephone)
    await telephone.hang_up()


async def test_who_hangs_up_after_a_cut_is_gone_for_the_colleague_too(portal: Portal) -> None:
    telephone = await portal.telephone()
    _number, leg = await talking(portal, telephone)
    await telephone.page.evaluate("window.wire.sockets.at(-1).close()")
    await telephone.until("wire.sockets.length > 1 && wire.sockets.at(-1).readyState === 1")
    await telephone.hears("An", afresh=True)
    await telephone.hang_up()
    await leg.ended(10)


async def test_a_restart_of_asterisk_ends_the_call_and_the_next_one_needs_no_reload(portal: Portal) -> None:
    telephone = await portal.telephone()
    await talking(portal, telephone)
    portal.world.system.kill(ASTERISK)
    await telephone.is_now("ended", within_seconds=20)
    assert "The call has ended" in await telephone.words("#try-state")
    await portal.world.system.answers(ASTERISK)
    await talking(portal, telephone)
    await telephone.hang_up()


def everything_rung(world: World) -> int:
    return sum(not entry.outgoing for phone in world.phones.values() for entry in phone.journal)


async def a_token(world: World, number: str, username: str = people.ADMIN, **fields: object) -> str:
    """A trial's token; `fields` change its row afterwards."""

    def make() -> str:
        trial, token = trials.ask(User.objects.get(username=username), called=number)
        Trial.objects.filter(pk=trial.pk).update(**fields)
        return token

    return await ask(make)


async def test_a_used_expired_or_invented_token_rings_nobody_and_hears_nothing(portal: Portal) -> None:
    world = portal.world
    group = (await world.group(["An"], ring_seconds=20)).number.value
    world.plan(group, An=answers(0.1))
    gone = timezone.now() - timedelta(seconds=trials.CLAIM_SECONDS + 1)
    bad = {
        "used": await a_token(world, group, claimed_at=timezone.now(), node="node1", linkedid="node1-1.1"),
        "expired": await a_token(world, group, created_at=gone),
        "invented": secrets.token_hex(16),
        "short": "9011",
        "long": secrets.token_hex(17),
    }
    before, began = everything_rung(world), timezone.now()
    telephone = await portal.telephone()
    for kind, token in bad.items():
        await telephone.dials(token)
        await telephone.call(group)
        await telephone.is_now("ended", "refused")
        assert await telephone.heard() == [], kind
    await telephone.dials(await a_token(world, group))
    await telephone.call(group, caller=world.caller())
    await world.phones["An"].rung(10, after=len(world.phones["An"].journal))
    assert everything_rung(world) == before + 1
    await telephone.hang_up()
    await asyncio.sleep(1)
    assert await ask(lambda: CallRow.objects.filter(started_at__gte=began).count()) == 1


async def test_whom_the_portal_has_locked_out_has_no_token_any_more(portal: Portal) -> None:
    world = portal.world
    group = (await world.group(["An"], ring_seconds=20)).number.value
    token = await a_token(world, group, people.SCHEDULES_ADMIN)
    before = everything_rung(world)
    telephone = await portal.telephone()
    active = User.objects.filter(username=people.SCHEDULES_ADMIN)
    await ask(lambda: active.update(is_active=False))
    await telephone.dials(token)
    await telephone.call(group)
    await telephone.is_now("ended", "refused")
    await ask(lambda: active.update(is_active=True))
    assert everything_rung(world) == before


async def test_over_https_with_the_portals_own_certificate_it_works_the_same(portal: Portal) -> None:
    telephone = await portal.telephone(at=portal.address(secure=True))
    assert await telephone.page.evaluate("window.isSecureContext")
    assert await telephone.page.evaluate("window.wire.sockets[0].url.slice(0, 6)") == "wss://"
    await talking(portal, telephone)
    await telephone.hang_up()


async def test_under_another_name_than_localhost_http_offers_the_way_to_a_microphone(portal: Portal) -> None:
    telephone = await portal.telephone(at=portal.address(host=ELSEWHERE), query="?number=9011")
    assert not await telephone.page.evaluate("window.isSecureContext")
    assert await telephone.page.is_disabled("#try-microphone")
    secure = portal.address(secure=True, host=ELSEWHERE)
    assert await telephone.page.get_attribute("#try-secure-link", "href") == f"{secure}/calls/try/?number=9011"
    await talking(portal, telephone)
    await telephone.hang_up()


async def test_who_tries_a_call_cannot_send_the_colleague_elsewhere(portal: Portal) -> None:
    telephone = await portal.telephone()
    _number, leg = await talking(portal, telephone)
    sent = await telephone.page.evaluate("window.wire.sent.find((text) => text.startsWith('ACK'))")
    refer = re.sub(r"^ACK", "REFER", sent)
    refer = re.sub(r"CSeq: (\d+) ACK", lambda found: f"CSeq: {int(found[1]) + 1} REFER", refer)
    refer = re.sub(r"branch=\w+", f"branch=z9hG4bK{secrets.token_hex(6)}", refer)
    more = "Refer-To: <sip:+32470123123@carillon.invalid>\r\nContact: <sip:browser@carillon.invalid;transport=ws>"
    refer = refer.replace("\r\nMax-Forwards", f"\r\n{more}\r\nMax-Forwards")
    await telephone.page.evaluate("text => window.wire.sockets.at(-1).send(text)", refer)
    answer = await telephone.until("window.wire.said.find((text) => /CSeq: \\d+ REFER/.test(text))")
    assert re.match(r"SIP/2.0 [456]", answer), answer
    await telephone.hears("An", afresh=True)
    assert not leg.ending.is_set()
    await telephone.hang_up()


async def test_the_colleague_may_pass_the_caller_on(portal: Portal) -> None:
    world = portal.world
    telephone = await portal.telephone()
    _number, leg = await talking(portal, telephone)
    world.plan(leg.entry.other, Bram=answers(0.1))
    world.plan("9102", Bram=answers(0.1))
    await leg.transfer("9102")
    await telephone.hears("Bram")
    await telephone.hang_up()


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.9"])
async def test_sip_from_elsewhere_as_the_browser_reaches_nothing(world: World, ip: str) -> None:
    """Only 127.0.0.1, the portal's own side, is let in at all, and there only who comes by WebSocket with a token.

    127.0.0.9 stands for any other machine: the list knows one address. A packet from outside that claims to come from
    127.0.0.1 never arrives, as the kernel takes no loopback source from a network card.
    """
    stranger = await Phone("stranger", world.tones, world.system.server, user="browser", ip=ip).start()
    before, began = everything_rung(world), timezone.now()
    token = await a_token(world, "9011")
    try:
        for number in ("9011", "+32470123123", "112", secrets.token_hex(16), token):
            entry = await stranger.call(number, caller="browser").ended(10)
            assert entry.status >= 400, (number, entry)
            assert not entry.heard
        assert await stranger.try_register() >= 400
    finally:
        await stranger.stop()
    assert everything_rung(world) == before
    assert not await ask(lambda: CallRow.objects.filter(started_at__gte=began).exists())
    assert not [entry for entry in world.carrier.journal if not entry.outgoing and entry.number == "+32470123123"]


async def status_over_tcp(world: World, ip: str, number: str) -> int:
    """How an INVITE as the browser is answered that comes by TCP."""
    host, port = world.system.server
    reader, writer = await asyncio.open_connection(host, port, local_addr=(ip, 0))
    invite = Message(f"INVITE sip:{number}@{host}:{port} SIP/2.0", body=describe(ip, 40000, 1))
    invite.headers = [
        ("Via", f"SIP/2.0/TCP {ip}:5060;branch={new_branch()}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:browser@{host}>;tag=1"),
        ("To", f"<sip:{number}@{host}>"),
        ("Call-ID", secrets.token_hex(8)),
        ("CSeq", "1 INVITE"),
        ("Contact", f"<sip:browser@{ip}:5060;transport=tcp>"),
        ("Content-Type", "application/sdp"),
    ]
    writer.write(invite.encode())
    try:
        async with asyncio.timeout(10):
            while (status := parse(await reader.readuntil(b"\r\n\r\n")).status) < 200:
                pass
    finally:
        writer.close()
    return status


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.9"])
async def test_nor_does_it_over_tcp(world: World, ip: str) -> None:
    before = everything_rung(world)
    for number in ("9011", secrets.token_hex(16), await a_token(world, "9011")):
        assert await status_over_tcp(world, ip, number) >= 400
    assert everything_rung(world) == before
