"""The demo engine's configuration: each person's phone registers with its own secret and behaves as its person."""

from __future__ import annotations

from pathlib import Path

import pytest

from carillon.asterisk.engine import Engine
from carillon.demo import people, speech, world
from carillon.demo.phones import DemoEngine, DemoPorts, playing_phones
from carillon.devices.vault import unseal

pytestmark = pytest.mark.django_db
ENGINE = Engine("22.10.1", ("/nowhere/asterisk",), ("espeak-ng",), Path("/nowhere/modules"), Path("/nowhere/share"))


def prepared(folder: Path) -> DemoEngine:
    engine = DemoEngine(folder / "demo", ENGINE, DemoPorts(demo=5071, main=5061))
    engine.prepare(speech.tones(), folder / "prompts")
    return engine


def test_phones_register_with_their_real_secrets(tmp_path: Path) -> None:
    world.build()
    text = (prepared(tmp_path).config / "pjsip.conf").read_text()
    phones = list(playing_phones())
    assert len(phones) == 11
    for person, device in phones:
        assert f"contact_user = {person.login}\n" in text
        assert f"username = {device.endpoint}\npassword = {unseal(device.secret)}\n" in text
    assert "jonas.desmet" not in text
    assert "your.phone" not in text


def test_each_phone_behaves_as_its_person(tmp_path: Path) -> None:
    world.build()
    text = (prepared(tmp_path).config / "extensions.conf").read_text()
    assert "Goto(behave,busy,1)" in text.split("exten => daan.vermeulen,1")[1][:300]
    assert "Goto(behave,answers,1)" in text.split("exten => an.peeters,1")[1][:300]
    assert "Goto(behave,never_answers,1)" in text.split("exten => chloe.lambert,1")[1][:300]
    assert f"exten => {people.FARIDS_MOBILE[1:]},1,Ringing()" in text
    assert "@{" not in text


def test_the_configuration_is_its_owners_alone(tmp_path: Path) -> None:
    world.build()
    for path in prepared(tmp_path).config.glob("*.conf"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_deep_data_folder_gets_a_short_place_for_the_socket(tmp_path: Path) -> None:
    deep = DemoEngine(tmp_path / ("x" * 90), ENGINE, DemoPorts(demo=5071, main=5061))
    assert len(str(deep.run_folder)) < 60
