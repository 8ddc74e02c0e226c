"""Files of sounds that nothing names go; what is heard, may be brought back, or is on its way stays."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from carillon.accounts import audit
from carillon.accounts.models import AuditEntry
from carillon.demo import people
from carillon.demo.world import World
from carillon.prompts import files, housekeeping
from carillon.prompts.files import path_of
from carillon.prompts.models import Announcement, How, Prompt, PromptMaking
from carillon.prompts.sounds import EARLIER_VERSIONS, Sound, set_recording
from carillon.prompts.speech import keep

DAY_SECONDS = 24 * 3600


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.PROMPTS = tmp_path
    return tmp_path


def kept(store: Path, audio: bytes, *, days: float = 2) -> str:
    """Keep a sound as it was so many days ago."""
    sha256 = keep(store, audio)
    aged(path_of(sha256), days)
    return sha256


def aged(path: Path, days: float = 2) -> Path:
    long_ago = time.time() - days * DAY_SECONDS
    os.utime(path, (long_ago, long_ago))
    return path


def written(path: Path, *, days: float = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return aged(path, days)


def actor(world: World) -> audit.Actor:
    return audit.Actor(world.organization, world.user(people.ADMIN))


def sent(digit: str) -> str:
    """The hash of a file that was sent, which lies there."""
    written(files.original(digit * 64))
    return digit * 64


def give(world: World, prompt: Prompt, sha256: str, original: str = "") -> AuditEntry:
    """Give the prompt another sound, as a person does."""
    with audit.change(actor(world), prompt) as done:
        set_recording(prompt, "", Sound(sha256, 1, How.FILE, original=original), None)
    assert done.entry
    return done.entry


def test_what_nothing_names_goes_and_what_is_named_stays(world: World, store: Path) -> None:
    prompt = world.organization.prompts.create(name="Fair")
    heard, left, announced, making = (kept(store, bytes([sign]) * 80) for sign in range(4))
    wanted, unwanted, of_making = sent("a"), sent("b"), sent("c")
    set_recording(prompt, "nl", Sound(heard, 10, How.FILE, original=wanted), None)
    Announcement.objects.create(key="record", language="nl", sha256=announced, milliseconds=10)
    person = world.user(people.ADMIN)
    PromptMaking.objects.create(
        organization=world.organization, user=person, sha256=making, original=of_making, incoming="d" * 32
    )
    waiting, forgotten = written(files.incoming("d" * 32)), written(files.incoming("e" * 32))
    assert housekeeping.sweep() == 3
    assert [path_of(each).is_file() for each in (heard, left, announced, making)] == [True, False, True, True]
    assert [files.original(each).is_file() for each in (wanted, unwanted, of_making)] == [True, False, True]
    assert (waiting.is_file(), forgotten.is_file()) == (True, False)
    assert housekeeping.sweep() == 0


def test_a_file_younger_than_a_day_stays_for_its_row_may_be_on_its_way(world: World, store: Path) -> None:
    young, old = kept(store, b"young" * 20, days=0.9), kept(store, b"old" * 20, days=1.1)
    coming = written(files.incoming("f" * 32), days=0.9)
    assert housekeeping.sweep() == 1
    assert (path_of(young).is_file(), path_of(old).is_file(), coming.is_file()) == (True, False, True)


def test_a_sound_that_somebody_makes_again_counts_as_young(world: World, store: Path) -> None:
    """Its row comes after the file: housekeeping in between must not take the old file for left behind."""
    left = kept(store, b"again" * 20)
    assert keep(store, b"again" * 20) == left
    token = files.incoming("1" * 32)
    written(token)
    original = files.hash_of("1" * 32)
    files.keep_original("1" * 32, original)
    aged(files.original(original))
    written(token)
    files.keep_original("1" * 32, original)
    assert not token.exists()
    assert housekeeping.sweep() == 0


def test_what_is_not_ours_by_its_name_and_place_is_left_alone(world: World, store: Path) -> None:
    sha256 = "ab" * 32
    names = (
        *("notes.txt", "ab/x.alaw", f"ab/{sha256}.wav", f"ab/{sha256.upper()}.alaw", f"cd/{sha256}.alaw"),
        *(f"{sha256}.alaw", f"ab/{sha256}.alaw\n", f"ab/..{sha256}.alaw", f"originals/ab/{sha256}.exe"),
        *("incoming/x", f"backup/ab/{sha256}.alaw", f"ab/{sha256}.alaw.x", f"ab/-rf {sha256}.alaw"),
    )
    strangers = [store / name for name in names]
    for path in strangers:
        written(path)
    outside = written(store.parent / "outside" / f"{'ee' * 32}.alaw")
    (store / "ee").symlink_to(outside.parent)
    (store / "ab" / f"{'ab' * 31}00.alaw").symlink_to(outside)
    (store / "ab" / f"{'ab' * 31}11.alaw").mkdir()
    assert housekeeping.sweep() == 0
    assert all(path.is_file() for path in [*strangers, outside])


def test_half_a_file_that_a_killed_process_left_goes(world: World, store: Path) -> None:
    sha256 = "ab" * 32
    written(store / "ab" / f"{sha256}.alaw.4711")
    written(store / "originals" / "ab" / f"{sha256}.4711")
    assert housekeeping.sweep() == 2


def test_a_deleted_prompt_comes_back_with_its_sound_however_late(world: World, store: Path) -> None:
    prompt = world.organization.prompts.create(name="Fair")
    earlier, heard, original = kept(store, b"earlier" * 20), kept(store, b"heard" * 20), sent("a")
    give(world, prompt, earlier, original)
    give(world, prompt, heard)
    with audit.change(actor(world), prompt, AuditEntry.Verb.DELETE) as done:
        prompt.delete()
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=400))
    housekeeping.sweep()
    assert done.entry
    audit.undo(done.entry, actor(world))
    again = Prompt.objects.get(name="Fair")
    assert again.audio.get().sha256 == heard
    assert {version.sha256 for version in again.versions.all()} == {earlier, heard}
    assert path_of(heard).is_file()
    assert path_of(earlier).is_file()
    assert files.original(original).is_file()


def test_once_a_deletion_is_undone_only_what_the_prompt_has_counts(world: World, store: Path) -> None:
    prompt, heard = world.organization.prompts.create(name="Fair"), kept(store, b"heard" * 20)
    give(world, prompt, heard)
    with audit.change(actor(world), prompt, AuditEntry.Verb.DELETE) as done:
        prompt.delete()
    assert done.entry
    audit.undo(done.entry, actor(world))
    again = Prompt.objects.get(name="Fair")
    again.delete()
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=400))
    assert housekeeping.sweep() == 1
    assert not path_of(heard).is_file()


def test_versions_beyond_the_last_lose_their_files_when_their_changes_are_old(world: World, store: Path) -> None:
    prompt = world.organization.prompts.create(name="Fair")
    sounds = [kept(store, bytes([number]) * 80) for number in range(EARLIER_VERSIONS + 3)]
    entries = [give(world, prompt, sha256) for sha256 in sounds]
    assert housekeeping.sweep() == 0, "a change of today can be undone"
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=housekeeping.UNDO_DAYS + 1))
    assert housekeeping.sweep() == 2
    assert [path_of(sha256).is_file() for sha256 in sounds] == [False, False] + [True] * 6
    for entry in reversed(entries[3:]):
        audit.undo(entry, actor(world))
    with pytest.raises(audit.UndoRefusedError, match="its sound is not kept any more"):
        audit.undo(entries[2], actor(world))
    assert prompt.audio.get().sha256 == sounds[2]


def test_a_sound_of_two_organizations_goes_when_the_second_has_it_no_more(world: World, store: Path) -> None:
    heard = kept(store, b"bells" * 20)
    one, other = (each.prompts.create(name="Bells") for each in (world.organization, world.other))
    for prompt in (one, other):
        set_recording(prompt, "", Sound(heard, 10, How.FILE), None)
    one.delete()
    assert housekeeping.sweep() == 0
    other.delete()
    assert housekeeping.sweep() == 1
    assert not path_of(heard).is_file()


def test_another_workers_sweep_at_the_same_time_is_no_trouble(world: World, store: Path) -> None:
    left = path_of(kept(store, b"left" * 20))
    found = list(housekeeping._files(store, housekeeping._HEARD))
    assert found == [left]
    left.unlink()
    assert housekeeping._unlink(left) == 0


def test_a_worker_sweeps_by_itself(settings: Settings) -> None:
    assert settings.PERIODIC_JOBS["carillon.prompts.housekeeping.sweep"] <= DAY_SECONDS
