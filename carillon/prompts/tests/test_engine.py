"""A command speaks instead of espeak-ng: what the setting accepts, and that words are never more than words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as project
from django.urls import reverse
from pytest_django.fixtures import Settings

from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import engine, speech
from carillon.prompts.convert import SoundError
from carillon.prompts.models import PromptMaking
from carillon.prompts.sound import from_alaw
from carillon.prompts.tests.test_convert import power
from carillon.prompts.tests.test_making import NEW, audio_of, send
from conftest import SignIn

#: Says a tone whose pitch is the language's, and writes down how it was called and what it read.
PROGRAM = """
import json, math, struct, sys
place, language, *more = sys.argv[1:]
words = sys.stdin.read()
json.dump([[language, *more], words], open(place, "w"))
hertz = {"nl": 500, "fr": 700, "de": 900, "en": 1100}[language]
seconds = int(words.rpartition(" ")[2]) if words.startswith("last ") else 1
tone = b"".join(struct.pack("<h", int(16000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(8000))
sound = tone * seconds if words.strip(" .") else bytes(16000)
form = struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
data = b"WAVEfmt " + form + b"data" + struct.pack("<I", len(sound)) + sound
sys.stdout.buffer.write(b"RIFF" + struct.pack("<I", len(data)) + data)
"""


@pytest.fixture
def program(tmp_path: Path, settings: Settings) -> Path:
    """The command that speaks; returns the file in which it says how it was called."""
    settings.PROMPTS = tmp_path / "prompts"
    place, script = tmp_path / "called.json", tmp_path / "say it.py"
    script.write_text(PROGRAM)
    settings.SPEECH = engine.command(f"{sys.executable} '{script}' {place} {{language}}")
    return place


def shell(settings: Settings, script: str) -> None:
    settings.SPEECH = ("/bin/sh", "-c", script)


@pytest.mark.parametrize(("language", "hertz"), [("nl", 500), ("fr", 700), ("de", 900), ("en", 1100)])
def test_the_command_says_the_words_in_their_language(
    world: World, as_user: SignIn, program: Path, language: str, hertz: int
) -> None:
    send(as_user(people.ADMIN), source="say", text="Welkom.", language=language)
    heard = list(from_alaw(audio_of(world.organization.prompts.get(name="Bell shop"))))
    assert power(heard[800:4000], hertz) > 0.3
    assert program.read_text() == f'[["{language}"], "Welkom."]'


@pytest.mark.parametrize(
    "words", ["--help", "-f /etc/passwd", "$(id) `id`; id | id > x", "a\nb\r\n--version", "{language} {0} %s", "'\"\\"]
)
def test_hostile_words_are_never_an_argument(program: Path, words: str) -> None:
    speech.speak("nl", words)
    called, read = json.loads(program.read_text())
    assert called == ["nl"]
    assert read.splitlines() == words.splitlines()


def test_a_sign_that_no_program_may_get_is_told_beside_the_field(world: World, as_user: SignIn, program: Path) -> None:
    typed = {"name": "Fair", "description": "", "source": "say", "text": "a\0b", "language": "nl"}
    page = as_user(people.ADMIN).post(NEW, typed).content.decode()
    assert "Null characters are not allowed." in page.partition('id="id_text_error"')[2][:400]
    assert not program.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" . . .", "There is nothing to say in these words."),
        ("last 601", "Spoken, this lasts longer than 10 minutes. Shorten the text."),
        ("last 1400", "Spoken, this is too large. Shorten the text."),
    ],
)
def test_words_that_make_no_prompt_are_told_beside_the_field(
    world: World, as_user: SignIn, program: Path, text: str, sentence: str
) -> None:
    client = as_user(people.ADMIN)
    making = send(client, source="say", text=text, language="nl")
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    assert sentence in page.partition('id="id_text_error"')[2][:400]
    assert text.strip() in page
    assert not world.organization.prompts.filter(name="Bell shop").exists()


@pytest.mark.parametrize(
    "script",
    ["exit 3", "echo broken >&2; exit 1", "cat", "true", "kill -SEGV $$", "printf RIFFxxxxWAVE", "echo x; exit 2"],
)
def test_a_command_that_fails_is_told_and_the_worker_goes_on(
    world: World, as_user: SignIn, program: Path, settings: Settings, script: str
) -> None:
    shell(settings, script)
    client = as_user(people.ADMIN)
    making = send(client, source="say", text="Welkom.", language="nl")
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    assert "The program that speaks did not work." in page.partition('id="id_text_error"')[2][:400]
    assert PromptMaking.objects.get().error == "engine"


def test_a_command_that_hangs_is_ended_with_its_children(settings: Settings, tmp_path: Path) -> None:
    child = tmp_path / "child"
    began = time.monotonic()
    with pytest.raises(engine.EngineFailedError) as error:
        engine.say(("/bin/sh", "-c", f"sleep 300 & echo $! > {child}; sleep 300"), "nl", "x", seconds=0.5)
    assert error.value.key == "slow"
    assert time.monotonic() - began < 5
    number = int(child.read_text())
    while _runs(number):
        assert time.monotonic() - began < 5
        time.sleep(0.05)


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_command_that_writes_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_BYTES", 100_000)
    with pytest.raises(engine.EngineFailedError) as error:
        engine.say(("/bin/sh", "-c", "cat /dev/zero & cat /dev/zero >&2"), "nl", "x", seconds=20)
    assert error.value.key == "large"


def test_a_program_that_is_gone_by_now_is_told(settings: Settings) -> None:
    settings.SPEECH = ("/no/such/program",)
    with pytest.raises(SoundError, match="engine"):
        speech.speak("nl", "x")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("no-such-program", "there is no program no-such-program"),
        ("{language}", "there is no program {language}"),
        ("/bin/cat {voice}", "there is no {voice}"),
        ("/bin/cat {}", "there is no {}"),
        ("/bin/cat 'x", "No closing quotation"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence_that_names_it(tmp_path: Path, text: str, wrong: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "carillon.cli", "status"],
        env=os.environ | {"CARILLON_SPEECH": text, "CARILLON_DATA": str(tmp_path), "PYTHONPATH": str(project.PROJECT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"Trouble: CARILLON_SPEECH is not understood ({wrong}); it accepts a command that")
    assert "Traceback" not in done.stderr


def test_the_setting_is_taken_apart_once_and_braces_may_stand_in_it() -> None:
    assert engine.command("") == ()
    template = engine.command("""/bin/echo '{"a": 1}' -v{language} "two words" ;""")
    assert template == ("/bin/echo", '{"a": 1}', "-v{language}", "two words", ";")
    assert engine.say(template, "nl", "x") == b'{"a": 1} -vnl two words ;\n'
