"""From saving an event in the portal to the first call that obeys it, with real calls and no reload."""

from __future__ import annotations

import time

from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from tests.bench.figures import Figure, say
from tests.bench.lab import addresses
from tests.bench.probe import Heard, Probe
from tests.bench.product import World, running
from tests.bench.sipp import phones
from tests.bench.stats import median

CHANGES = 10
RINGS = 180


def run() -> list[Figure]:
    caller, three = addresses()
    with running(caller, three) as (target, world), phones(three, answer=False):
        world.function.schedule.events.filter(is_default=False).delete()
        world.organization.touch()
        admin = User.objects.create_user("admin", None, organization=world.organization, is_admin=True)
        client = Client()
        client.force_login(admin)
        probe = Probe(target.server, target.caller)
        try:
            assert probe.call(target.number).status == RINGS
            delays = [_change(client, world, probe, opened=bool(n % 2)) for n in range(CHANGES)]
        finally:
            probe.close()
    shown = f"median {median(delays) * 1000:.0f} ms of {CHANGES} changes"
    return [Figure("Save in the portal to the first changed call, slowest", max(delays), "s", 1, detail=shown)]


def _change(client: Client, world: World, probe: Probe, *, opened: bool) -> float:
    """Save, then call again and again until what is heard has changed; seconds from the click to that sound."""
    world.function.schedule.refresh_from_db()
    event = world.function.schedule.events.get(is_default=True)
    fields = {"action": "open" if opened else "closed", "version": world.function.schedule.version}
    begun = time.time()
    saved = client.post(reverse("schedules:event_edit", args=[world.function.pk, event.pk]), fields)
    assert saved.status_code == 302, f"the portal did not save: {saved.status_code} {saved.content[:500]!r}"
    calls = 0
    while True:
        heard: Heard = probe.call(world.function.number.value)
        calls += 1
        if (heard.status == RINGS) is opened:
            break
        if heard.at - begun > 10:
            raise RuntimeError("no call has obeyed the change within 10 s")
    say(f"  {fields['action']}: call {calls} obeys after {(heard.at - begun) * 1000:.0f} ms (status {heard.status})")
    return heard.at - begun
