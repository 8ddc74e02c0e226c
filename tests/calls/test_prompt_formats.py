"""By ear: a file of every kind that people have, imported by the worker's job, is what the next caller hears."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from django.conf import settings

from carillon.demo import people
from carillon.prompts import files
from carillon.prompts import making as prompts_making
from carillon.prompts.models import How, PromptMaking
from carillon.prompts.tests.sounds import EVERY_KIND, encoded, tone
from tests.calls.system import ask
from tests.calls.world import World

pytestmark = [
    pytest.mark.calls,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("own_tones", "decided_by_worker_one"),
]
SECONDS = 1.0
AT_ONCE = 6


def _import(world: World, title: str) -> int:
    """Import a tone of its own in a file of this kind and return its prompt."""
    hertz = world.tones.hertz[world.tones.add(title)]
    kind, codec, rate, layout = EVERY_KIND[title]
    content = encoded(kind, codec, tone(SECONDS, hertz, rate), rate, layout)
    organization = world.rows.organization
    row = PromptMaking.objects.create(
        organization=organization,
        user=organization.users.get(username=people.ADMIN),
        name=title,
        how=How.FILE,
        incoming=files.take_in(BytesIO(content)),
        file_name="sent.bin",
    )
    prompts_making.make.func(row.pk)
    row.refresh_from_db()
    assert row.state == "ready", (title, row.error)
    assert prompts_making.keep(row)
    return organization.prompts.get(name=row.name).pk


async def _closed(world: World, title: str) -> str:
    """Return a number that plays the imported file."""
    group = await world.group(opened=False)
    await world.event(group, "fair", action="closed", prompt=await ask(lambda: _import(world, title)))
    return group.number.value


async def _heard(world: World, number: str) -> tuple[list[str], float]:
    entry = await world.inbound(number).ended()
    return entry.heard_names, sum(segment.t1 - segment.t0 for segment in entry.heard)


async def test_a_caller_hears_a_file_of_every_kind_as_the_tone_that_is_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PROMPTS", world.system.data / "prompts")
    titles = list(EVERY_KIND)
    before = len(world.tones.hertz)
    for start in range(0, len(titles), AT_ONCE):
        batch = titles[start : start + AT_ONCE]
        numbers = [await _closed(world, title) for title in batch]
        heard = await asyncio.gather(*(_heard(world, number) for number in numbers))
        for title, (found, seconds) in zip(batch, heard, strict=True):
            assert found == [title], f"{title}: heard {found}"
            assert SECONDS - 0.15 < seconds < SECONDS + 0.2, title
        # The next ones have the same tones.
        world.tones.keep(before)
