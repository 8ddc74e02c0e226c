"""A new voice prompt: words are spoken, files are judged by their content, and what a caller hears is A-law."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import SkipFile
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from carillon.accounts.models import AuditEntry, User
from carillon.asterisk.install import find_or_install
from carillon.demo import people
from carillon.demo.world import World
from carillon.jobs.worker import Worker
from carillon.prompts import files, speech
from carillon.prompts import making as prompts_making
from carillon.prompts.convert import convert
from carillon.prompts.files import path_of
from carillon.prompts.hearing import recording, wav
from carillon.prompts.models import How, Prompt, PromptMaking
from carillon.prompts.sound import from_alaw
from carillon.prompts.sounds import Sound, bring_back, set_recording
from carillon.prompts.tests.waves import pcm
from carillon.prompts.upload import LimitedUploadHandler
from conftest import SignIn

NEW = reverse("prompts:new")


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.PROMPTS = tmp_path
    return tmp_path


@pytest.fixture
def espeak(settings: Settings) -> None:
    speech.use(lambda: find_or_install(settings.PROJECT / "build" / "engine", lambda _text: None, "").espeak)


def send(client: Client, **fields: object) -> PromptMaking:
    """Send the form and let a worker do what it asks for."""
    typed = {"name": "Bell shop", "description": "We are at the fair.", "source": "file", "text": "", "language": "en"}
    answer = client.post(f"{NEW}?next=/schedules/", typed | fields)
    assert answer.status_code == 302, answer.content.decode()
    making = PromptMaking.objects.latest("pk")
    assert answer["Location"] == f"/prompts/making/{making.pk}/?next=%2Fschedules%2F"
    prompts_making.make.func(making.pk)
    client.post(reverse("prompts:keep", args=[making.pk]))
    making.refresh_from_db()
    return making


def file(content: bytes, name: str = "fair.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="audio/wav")


def audio_of(prompt: Prompt) -> bytes:
    sha256 = recording(prompt, "nl")
    assert sha256
    return path_of(sha256).read_bytes()


@pytest.mark.django_db(transaction=True)
def test_a_text_is_spoken_and_is_what_a_caller_hears(world: World, as_user: SignIn, store: Path, espeak: None) -> None:
    """By the worker itself; tests/calls hears it in a call."""
    client = as_user(people.SCHEDULES_ADMIN)
    typed = {"name": "Fair", "description": "", "source": "say", "text": "-f /etc/passwd. Welcome.", "language": "fr"}
    page = client.post(f"{NEW}?next=/schedules/", typed)["Location"]
    assert "is being made" in client.get(page).content.decode()
    worker = Worker()
    job = worker.take()
    assert job
    worker.work(job)
    assert "This is what callers will hear." in client.get(page).content.decode()
    making = PromptMaking.objects.get()
    assert client.get(reverse("prompts:hear", args=[making.pk]))["Content-Type"] == "audio/wav"
    assert not world.organization.prompts.filter(name="Fair").exists()
    client.post(reverse("prompts:keep", args=[making.pk]))
    assert client.get(page)["Location"].startswith("/schedules/?prompt=")
    prompt = world.organization.prompts.get(name="Fair")
    assert prompt.description == "-f /etc/passwd. Welcome."
    said = audio_of(prompt)
    assert len(said) > 8000
    assert max(map(abs, from_alaw(said))) > 0.3
    assert prompt.audio.get().milliseconds == len(said) // 8
    english = speech.say(speech.program(), speech.VOICES["en"], prompt.description)
    assert english != said


def test_an_imported_file_is_what_a_caller_hears(world: World, as_user: SignIn, store: Path) -> None:
    content = pcm()
    making = send(as_user(people.ADMIN), file=file(content))
    prompt = world.organization.prompts.get(name="Bell shop")
    assert (making.state, making.prompt_number) == ("done", prompt.pk)
    assert not list((store / "incoming").iterdir())
    version = prompt.versions.get()
    assert (version.how, version.source, len(version.peaks)) == ("file", "fair.wav", 200)
    assert files.original(version.original).read_bytes() == content
    assert audio_of(prompt) == convert(files.original(version.original))[0]
    assert prompt.description == "We are at the fair."


def test_a_new_prompt_stands_in_the_changes_and_can_be_undone_until_it_is_used(
    world: World, as_user: SignIn, store: Path
) -> None:
    client = as_user(people.SCHEDULES_ADMIN)
    before = world.organization.revision
    send(client, file=file(pcm()))
    world.organization.refresh_from_db()
    assert world.organization.revision > before
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.kind, entry.label, entry.actor_name) == (
        "create", "prompts.prompt", "Bell shop", "Steven Claes",
    )  # fmt: skip
    world.main.schedule.events.update(prompt=world.organization.prompts.get(name="Bell shop"))
    # The message offers this undo, and not that of an earlier change.
    client.get(reverse("prompts:making", args=[PromptMaking.objects.get().pk]))
    assert client.session["undo"]["entry"] == entry.pk
    undo = reverse("accounts:undo", args=[entry.pk])
    assert "something else uses it" in client.post(undo, {"next": "/schedules/"}, follow=True).content.decode()
    world.main.schedule.events.update(prompt=None)
    client.post(undo)
    assert not world.organization.prompts.filter(name="Bell shop").exists()


def test_a_file_that_is_no_sound_is_told_beside_its_field_and_the_rest_stays(
    world: World, as_user: SignIn, store: Path
) -> None:
    client = as_user(people.ADMIN)
    making = send(client, file=file(b"MZ" + bytes(4000)))
    address = f"{reverse('prompts:making', args=[making.pk])}?next=/schedules/"
    page = client.get(address).content.decode()
    assert "This is not a sound file." in page.partition('id="id_file_error"')[2]
    assert 'value="Bell shop"' in page
    assert "We are at the fair." in page
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == address


LONG = wav(b"\x2a\xaa" * 4000 * 605)
NAMES = [
    "x" * 196 + ".wav",
    "🔔" * 60 + ".wav",
    "../../etc/cron.d/bell.wav",
    "a\"';--<b>.wav",
    "..wav",
    "C:\\bell.wav",
    "bell",
]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (pcm(8000, 1, 2, 1.0, 1, 0.0001), "There is no sound in this file."),
        (LONG, "This is too long: at most 10 minutes."),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "This is not a sound file."),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(99), "This kind of sound or film is not supported."),
        (b"fLaC" + bytes(99), "This file is damaged or incomplete: nothing of it can be read."),
    ],
)
def test_each_refusal_has_its_sentence_and_leaves_nothing_on_the_disk(
    world: World, as_user: SignIn, store: Path, content: bytes, sentence: str
) -> None:
    client = as_user(people.ADMIN)
    making = send(client, file=file(content))
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    assert sentence in page.partition('id="id_file_error"')[2]
    assert [path for path in store.rglob("*") if path.is_file()] == []
    assert not world.organization.prompts.filter(name="Bell shop").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_kept_as_words_and_never_is_a_path(
    world: World, as_user: SignIn, store: Path, name: str
) -> None:
    client = as_user(people.ADMIN)
    making = send(client, file=file(pcm(8000, 1), name))
    version = world.organization.prompts.get(name="Bell shop").versions.get()
    assert len(version.source) <= 200
    assert version.source.isprintable()
    kept = sorted(path.relative_to(store) for path in store.rglob("*") if path.is_file())
    assert kept == sorted(
        [path_of(version.sha256).relative_to(store), files.original(version.original).relative_to(store)]
    )
    assert making.state == "done"


def test_what_is_made_and_not_kept_leaves_no_original_behind(world: World, as_user: SignIn, store: Path) -> None:
    client = as_user(people.ADMIN)
    typed = {"name": "Bell shop", "description": "", "source": "file", "file": file(pcm(8000, 1))}
    client.post(NEW, typed)
    making = PromptMaking.objects.get()
    prompts_making.make.func(making.pk)
    assert not (store / "originals").exists()
    assert len(list((store / "incoming").iterdir())) == 1
    PromptMaking.objects.update(created_at=timezone.now() - timedelta(days=2))
    prompts_making.forget()
    assert list((store / "incoming").iterdir()) == []
    assert not (store / "originals").exists()


def test_the_page_tells_what_was_done_to_the_sound_before_it_is_kept(
    world: World, as_user: SignIn, store: Path
) -> None:
    client = as_user(people.ADMIN)
    content = pcm(44100, 2, 2, 2.0)[:-176400]
    client.post(NEW, {"name": "Bell shop", "description": "", "source": "file", "file": file(content, "fair <b>.wav")})
    making = PromptMaking.objects.get()
    prompts_making.make.func(making.pk)
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    for words in ("1.0 seconds", "WAV, 44.1 kHz, stereo", "made quieter by 13 dB", "fair &lt;b&gt;.wav"):
        assert words in page
    assert "The file is incomplete: it should last 2.0 seconds, and only 1.0 seconds of it are there." in page
    assert page.count('<svg class="waveform"') == 1
    assert page.partition('class="waveform-bars" d="')[2].partition('"')[0].count("M") == 100


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Welcome"}, "There is a prompt of this name already."),
        ({"name": "a\nb"}, "Use letters, digits and signs on one line."),
        ({"source": "say"}, "Type what callers shall hear."),
        ({"source": "say", "text": "x" * 1001}, "at most 1000 characters"),
        ({"source": "say", "text": "x", "language": "tlh"}, "Select a valid choice"),
        ({}, "Choose a file."),
        ({"source": "song"}, "Select a valid choice"),
    ],
)
def test_a_slip_is_told_beside_its_field(world: World, as_user: SignIn, typed: dict[str, str], sentence: str) -> None:
    good = {"name": "Bell shop", "description": "We are at the fair.", "source": "file", "text": "", "language": "en"}
    page = as_user(people.ADMIN).post(NEW, good | typed).content.decode()
    assert sentence in page
    assert "We are at the fair." in page
    assert not PromptMaking.objects.exists()


def test_a_file_that_is_too_large_is_refused_and_only_its_begin_was_kept(
    world: World, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carillon.prompts.upload.MOST_BYTES", 100_001)
    monkeypatch.setattr("carillon.prompts.forms.MEGABYTES", 0.1)
    typed = {"name": "x", "source": "file", "file": file(bytes(400_000))}
    assert "This file is too large" in as_user(people.ADMIN).post(NEW, typed).content.decode()


def asked_by(user: User | AnonymousUser) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    return request


def test_of_somebody_unknown_no_file_is_kept_for_a_moment(client: Client, world: World, store: Path) -> None:
    for handler in (LimitedUploadHandler(), LimitedUploadHandler(asked_by(AnonymousUser()))):
        with pytest.raises(SkipFile):
            handler.new_file("file", "flood.wav", "audio/wav", None)
    answer = client.post(NEW, {"name": "x", "source": "file", "file": file(pcm())})
    assert answer["Location"].startswith("/sign-in/")
    assert answer.wsgi_request.FILES == {}


def test_of_a_flood_only_the_begin_reaches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carillon.prompts.upload.MOST_BYTES", 1000)
    handler = LimitedUploadHandler(asked_by(User()))
    handler.new_file("file", "flood.wav", "audio/wav", None)
    for start in range(0, 6400, 640):
        handler.receive_data_chunk(bytes(640), start)
    kept = handler.file_complete(6400)
    assert kept
    assert (kept.size, len(kept.read())) == (1000, 1000)


def test_a_name_that_was_taken_meanwhile_is_told_beside_the_name(world: World, as_user: SignIn, store: Path) -> None:
    client = as_user(people.ADMIN)
    client.post(NEW, {"name": "Twice", "source": "file", "file": file(pcm(8000, 1))})
    making = PromptMaking.objects.get()
    world.organization.prompts.create(name="Twice")
    prompts_making.make.func(making.pk)
    client.post(reverse("prompts:keep", args=[making.pk]))
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    assert "There is a prompt of this name already." in page.partition('id="id_name_error"')[2][:400]


def test_without_a_voice_the_page_says_that_it_did_not_work(
    world: World, as_user: SignIn, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "_program", [lambda: ("no-such-program",)])
    client = as_user(people.ADMIN)
    making = send(client, source="say", text="Welcome.")
    page = client.get(reverse("prompts:making", args=[making.pk])).content.decode()
    assert "The sound could not be made. Try again." in page
    assert "Welcome." in page


def test_a_stranger_cannot_be_led_away_and_old_work_is_forgotten(world: World, as_user: SignIn, store: Path) -> None:
    client = as_user(people.ADMIN)
    making = send(client, file=file(pcm(8000, 1)))
    wait = reverse("prompts:making", args=[making.pk])
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
        assert client.get(wait, {"next": elsewhere})["Location"] == f"/prompts/{making.prompt_number}/"
    prompts_making.forget()
    assert PromptMaking.objects.exists()
    PromptMaking.objects.update(created_at=timezone.now() - timedelta(days=2))
    prompts_making.forget()
    assert not PromptMaking.objects.exists()


def test_another_language_is_what_its_callers_hear(world: World, as_user: SignIn, store: Path, espeak: None) -> None:
    """The number's language, else the organization's, else the default recording."""
    client, prompt = as_user(people.ADMIN), world.organization.prompts.create(name="Fair")
    record = reverse("prompts:record", args=[prompt.pk])
    for language, content in (("", pcm(8000, 1, 2, 0.2, 500)), ("fr", pcm(8000, 1, 2, 0.2, 700))):
        answer = client.post(f"{record}?language={language}", {"source": "file", "file": file(content)})
        making = PromptMaking.objects.latest("pk")
        assert answer.status_code == 302
        prompts_making.make.func(making.pk)
        assert client.post(reverse("prompts:keep", args=[making.pk])).status_code == 302
    heard = {audio.language: audio.sha256 for audio in prompt.audio.all()}
    assert set(heard) == {"", "fr"}
    assert [recording(prompt, *asked) for asked in (("fr", "nl"), ("nl", "fr"), ("nl", "de"))] == [
        heard["fr"], heard["fr"], heard[""],
    ]  # fmt: skip
    said = client.post(f"{record}?language=nl", {"source": "say", "text": "Welkom.", "language": "nl"})
    prompts_making.make.func(PromptMaking.objects.latest("pk").pk)
    client.post(said["Location"].replace("/?", "/keep/?"))
    assert set(prompt.audio.values_list("language", flat=True)) == {"", "fr", "nl"}
    assert client.get(f"{record}?language=tlh").status_code == 404


def test_the_last_five_sounds_of_a_recording_are_kept_and_the_delivered_one_always(
    world: World, as_user: SignIn, store: Path
) -> None:
    prompt = world.organization.prompts.get(key="welcome")
    set_recording(prompt, "", Sound("0" * 64, 1, How.SYSTEM), None)
    for number in range(1, 9):
        set_recording(prompt, "", Sound(str(number) * 64, 1, How.FILE), None)
    kept = prompt.versions.filter(language="").values_list("sha256", flat=True)
    assert [sha256[0] for sha256 in kept][:6] == ["8", "7", "6", "5", "4", "3"]
    assert [version.how for version in prompt.versions.filter(language="")].count("system") == 1
    bring_back(prompt.versions.get(sha256="4" * 64))
    assert recording(prompt, "") == "4" * 64
    assert prompt.versions.filter(language="").count() == 7


def test_a_schedules_admin_changes_own_prompts_and_not_the_systems(world: World, as_user: SignIn, store: Path) -> None:
    client = as_user(people.SCHEDULES_ADMIN)
    own = world.organization.prompts.create(name="Fair")
    system = world.organization.prompts.get(key="welcome")
    assert client.get(reverse("prompts:record", args=[own.pk])).status_code == 200
    assert client.get(reverse("prompts:record", args=[system.pk])).status_code == 403
    assert as_user(people.ADMIN).get(reverse("prompts:record", args=[system.pk])).status_code == 200
