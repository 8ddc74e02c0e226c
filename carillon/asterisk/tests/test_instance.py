"""An instance starts quietly, keeps its secrets to itself, and takes new phones while calls go on."""

from __future__ import annotations

import asyncio
import re
import stat
from pathlib import Path

import pytest

from carillon.asterisk.console import Console
from carillon.asterisk.engine import Engine, EngineError
from carillon.asterisk.events import FIELDS
from carillon.asterisk.instance import TEMPLATES, Instance, Ports, write_secret
from carillon.asterisk.tests.lab import EXTENSIONS, lab, phone_facts
from tests.calls.phone import Phone

ENGINE = Engine("22.10.1", ("asterisk",), ("espeak-ng",), Path("/engine/modules"), Path("/engine/share"))


def instance(folder: Path) -> Instance:
    return Instance(folder / "node", ENGINE, Ports.choose(folder, 8000, 5060))


def test_every_name_in_the_templates_is_filled_in_and_all_files_are_the_owners_alone(tmp_path: Path) -> None:
    made = instance(tmp_path)
    made.lay_out()
    written = sorted(path.name for path in made.etc.glob("*.conf"))
    assert written == sorted(path.name for path in TEMPLATES.glob("*.conf"))
    for path in made.etc.glob("*.conf"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "%%{" not in path.read_text()
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert str(made.ports.agi1) in (made.etc / "extensions.conf").read_text()


def test_laying_out_again_keeps_what_was_generated(tmp_path: Path) -> None:
    made = instance(tmp_path)
    made.lay_out()
    assert write_secret(made.generated / "pjsip.conf", "[x]\n")
    assert not write_secret(made.generated / "pjsip.conf", "[x]\n")
    made.lay_out()
    assert (made.generated / "pjsip.conf").read_text() == "[x]\n"


def test_a_path_too_long_for_the_control_socket_is_told_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="too long a path"):
        Instance(tmp_path / ("x" * 90), ENGINE, Ports.choose(tmp_path, 8000, 5060)).lay_out()


def test_the_reader_of_events_and_the_engine_agree_on_the_columns() -> None:
    line = next(row for row in (TEMPLATES / "cel_custom.conf").read_text().splitlines() if row.startswith("fields"))
    assert tuple(line.partition("=")[2].strip().lower().split(",")) == FIELDS


@pytest.mark.calls
async def test_it_starts_without_a_warning_and_names_nobody_from_outside(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        said = (world.instance.folder / "log" / "console.log").read_text()
        assert re.findall(r".*(?:WARNING|ERROR).*", said) == []
        stranger = await Phone("eve", world.tones, world.server, user="ann", password="wrong").start()
        assert await stranger.try_register() == 401
        unknown = await Phone("eve", world.tones, world.server, user="nobody", password="x").start()
        assert await unknown.try_register() == 401
        for phone in (stranger, unknown):
            await phone.stop()
        assert "Carillon" in await world.ask("pjsip show settings")


@pytest.mark.calls
async def test_a_reload_takes_a_new_secret_and_a_talking_call_does_not_notice(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        ann, bob = world.phones["ann"], world.phones["bob"]
        call = await ann.call("9002").answered()
        ports = {name: world.phones[name].port for name in ("first", "second")}
        phones = {number: phone_facts(number) for number in EXTENSIONS}
        world.write(ports, {"9001": phones["9001"]})
        console = Console(world.instance.socket)
        for module in ("res_pjsip.so", "pbx_config.so"):
            assert "reloaded" in await console.ask("module", "reload", module)
        await asyncio.sleep(0.5)
        assert await bob.try_register() == 401
        await call.talks_with(await bob.rung())
        await call.hang_up()
        world.write(ports, phones)
        await console.ask("module", "reload", "res_pjsip.so")
        await asyncio.sleep(0.5)
        assert await bob.try_register() == 200


@pytest.mark.calls
async def test_a_held_caller_hears_music(tmp_path: Path) -> None:
    async with lab(tmp_path) as world:
        call = await world.phones["ann"].call("9002").answered()
        other = await world.phones["bob"].rung()
        await call.talks_with(other)
        await other.hold()
        await asyncio.sleep(2)
        await other.unhold()
        await call.talks_with(other)
        entry = await call.hang_up()
        voice_seconds = sum(segment.t1 - segment.t0 for segment in entry.heard if segment.name == "bob")
        assert entry.loud_seconds - voice_seconds > 1
