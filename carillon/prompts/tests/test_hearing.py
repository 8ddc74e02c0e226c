"""A prompt is heard in the browser: the recording that a caller hears, whole or in parts, kept and asked again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts.hearing import part
from carillon.prompts.models import Prompt
from carillon.prompts.speech import keep
from conftest import SignIn

ALAW = bytes(range(200)) * 5
HEADER = 58


@pytest.fixture
def prompt(world: World, tmp_path: Path, settings: Settings) -> Prompt:
    settings.PROMPTS = tmp_path
    made = world.organization.prompts.create(name="bells", description="Ding dong.")
    for language, audio in (("", ALAW), ("nl", ALAW[:300])):
        made.audio.create(language=language, sha256=keep(tmp_path, audio), milliseconds=len(audio) // 8)
    return made


@pytest.fixture
def client(as_user: SignIn) -> Client:
    return as_user(people.SCHEDULES_ADMIN)


def _listen(prompt: Prompt) -> str:
    return reverse("prompts:listen", args=[prompt.pk])


def test_what_is_sent_is_the_recording_of_the_language_that_the_caller_hears(prompt: Prompt, client: Client) -> None:
    sent = client.get(_listen(prompt), {"language": "nl"}).content
    assert sent[:4] == b"RIFF"
    assert int.from_bytes(sent[4:8], "little") == len(sent) - 8
    assert sent[HEADER:] == ALAW[:300]
    assert client.get(_listen(prompt), {"language": "fr"}).content[HEADER:] == ALAW


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-", 0, 1057), ("bytes=100-199", 100, 199), ("bytes=-8", 1050, 1057), ("bytes=1000-9999", 1000, 1057)],
)
def test_a_part_is_sent_where_a_part_is_asked_for(
    prompt: Prompt, client: Client, wanted: str, first: int, last: int
) -> None:
    whole = client.get(_listen(prompt)).content
    answer = client.get(_listen(prompt), headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/1058"
    assert answer.content == whole[first : last + 1]


@pytest.mark.parametrize(
    "wanted", ["", "bytes", "bytes=", "bytes=-", "bytes=9-1", "bytes=0-1,3-4", "hours=1-2", "bytes=x-"]
)
def test_a_part_that_makes_no_sense_is_the_whole(prompt: Prompt, client: Client, wanted: str) -> None:
    assert client.get(_listen(prompt), headers={"Range": wanted}).status_code == 200


def test_a_part_behind_the_end_is_refused(prompt: Prompt, client: Client) -> None:
    answer = client.get(_listen(prompt), headers={"Range": "bytes=5000-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */1058")
    with pytest.raises(ValueError, match="bytes=-0"):
        part("bytes=-0", 10)


def test_a_browser_keeps_the_sound_for_itself_and_asks_whether_it_is_the_same(prompt: Prompt, client: Client) -> None:
    answer = client.get(_listen(prompt))
    assert answer["Cache-Control"] == "private, no-cache"
    assert client.get(_listen(prompt), headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_prompt_without_recording_says_so(world: World, prompt: Prompt, client: Client) -> None:
    mute = world.organization.prompts.create(name="mute")
    assert client.get(_listen(mute)).status_code == 404
    page = client.get(reverse("prompts:player"), {"prompt": str(mute.pk)}).content.decode()
    assert "This prompt has no recording yet" in page
    heard = client.get(reverse("prompts:player"), {"prompt": str(prompt.pk), "language": "nl"}).content.decode()
    assert f'src="{_listen(prompt)}?language=nl"' in heard
    assert "Ding dong." in heard


def test_the_player_of_a_strangers_prompt_stays_empty(prompt: Prompt, as_user: SignIn) -> None:
    page = as_user(people.OTHER_ADMIN).get(reverse("prompts:player"), {"prompt": str(prompt.pk)}).content.decode()
    assert "bells" not in page
    assert "audio" not in page
    for strange in ("", "x", "9" * 40, "²"):
        assert as_user(people.ADMIN).get(reverse("prompts:player"), {"prompt": str(strange)}).status_code == 200
