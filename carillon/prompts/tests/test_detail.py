"""A prompt's page: its words, its recordings and their versions, what it was delivered as, and its deletion."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carillon.accounts.models import AuditEntry, User
from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.models import HuntGroup
from carillon.prompts.detail import safe_name
from carillon.prompts.files import path_of
from carillon.prompts.hearing import recording
from carillon.prompts.models import How, Prompt, PromptVersion
from carillon.prompts.places import PLACES
from carillon.prompts.player import player_of
from carillon.prompts.tests.builders import deliver, record, tone
from carillon.routing.facts import SystemPrompt
from conftest import SignIn

pytestmark = pytest.mark.usefixtures("own_store")
LIST = reverse("prompts:list")
QUERIES = 12


@pytest.fixture
def client(world: World, as_user: SignIn) -> Client:
    return as_user(people.SCHEDULES_ADMIN)


@pytest.fixture
def fair(world: World) -> Prompt:
    """An own prompt with a default and a French recording."""
    made = world.organization.prompts.create(name="Fair", description="We are at the fair.")
    record(made, "", tone(1), How.FILE, "fair.wav")
    record(made, "fr", tone(2), How.SPEECH, "Nous sommes à la foire.")
    return made


@pytest.fixture
def greeting(world: World) -> Prompt:
    """A system prompt as it was delivered."""
    deliver(world.organization)
    return world.organization.prompts.get(key="ooo_greeting")


def url(name: str, prompt: Prompt, *more: int) -> str:
    return reverse(f"prompts:{name}", args=[prompt.pk, *more])


def page(client: Client, prompt: Prompt) -> str:
    """Return the page, its white space in one."""
    return re.sub(r"\s+", " ", client.get(url("detail", prompt)).content.decode())


def undo(client: Client) -> str:
    """Press Undo in the message of the last change."""
    client.get(LIST)
    return client.post(reverse("accounts:undo", args=[client.session["undo"]["entry"]]), follow=True).content.decode()


def heard(prompt: Prompt) -> dict[str, str]:
    return dict(Prompt.objects.get(pk=prompt.pk).audio.values_list("language", "sha256"))


def test_the_new_name_and_description_are_what_a_dialog_shows(world: World, client: Client, fair: Prompt) -> None:
    before = world.organization.revision
    client.post(url("detail", fair), {"name": " Bell fair ", "description": "Come to\r\nthe fair."})
    row = Prompt.objects.get(pk=fair.pk)
    assert (row.name, row.description) == ("Bell fair", "Come to\nthe fair.")
    assert row.updated_at > fair.updated_at
    shown = player_of(row, "fr")
    assert shown
    assert (shown.name, shown.words) == ("Bell fair", "Come to\nthe fair.")
    world.organization.refresh_from_db()
    assert world.organization.revision > before
    undo(client)
    assert Prompt.objects.get(pk=fair.pk).name == "Fair"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Welcome"}, "There is a prompt of this name already."),
        ({"name": "a\nb"}, "Use letters, digits and signs on one line."),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"description": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_a_slip_is_told_beside_its_field(client: Client, fair: Prompt, typed: dict[str, str], sentence: str) -> None:
    text = client.post(url("detail", fair), {"name": "Bells", "description": "Ding."} | typed).content.decode()
    assert sentence in text
    assert ("Ding." if "name" in typed else 'value="Bells"') in text
    assert Prompt.objects.get(pk=fair.pk).name == "Fair"


def test_1000_letters_on_many_lines_fit(client: Client, fair: Prompt) -> None:
    lines = "\r\n".join(["x" * 9] * 100)
    client.post(url("detail", fair), {"name": "Fair", "description": lines})
    assert Prompt.objects.get(pk=fair.pk).description == lines.replace("\r\n", "\n")


def test_each_recording_says_where_it_comes_from_and_what_is_heard_instead(client: Client, fair: Prompt) -> None:
    ann = User.objects.get(username=people.ADMIN)
    record(fair, "nl", tone(3, 75), How.CALL, "9101", ann)
    text = page(client, fair)
    for words in ("Imported file", "“fair.wav”", "Spoken text", "“Nous sommes à la foire.”", "Recorded by phone"):
        assert words in text
    assert f"· {ann}" in text
    assert "1:15 min" in text
    assert "0.6 s" in text
    german = text.partition(">German</th>")[2]
    assert "Not recorded. Callers hear the default recording." in german
    here = url("detail", fair).replace("/", "%2F")
    assert f"{url('record', fair)}?language=de&amp;next={here}" in german
    # German is heard by nobody: callers are heard in the organization's language first.
    record(fair, "en", tone(4))
    assert "Not recorded. Callers hear the recording in English." in page(client, fair).partition(">German</th>")[2]


def test_a_new_recording_is_asked_for_and_leads_back_here(client: Client, fair: Prompt) -> None:
    address = re.findall(r'href="([^"]*\?language=de[^"]*)"', page(client, fair))[0].replace("&amp;", "&")
    assert "in German" in client.get(address).content.decode()


def test_a_recording_is_removed_and_comes_back_but_the_last_one_stays(client: Client, fair: Prompt) -> None:
    both = heard(fair)
    answer = client.post(url("remove", fair), {"language": "fr"}, follow=True).content.decode()
    assert "The recording is removed: French." in answer
    assert heard(fair) == {"": both[""]}
    undo(client)
    assert heard(fair) == both
    client.post(url("remove", fair), {"language": ""})
    assert (
        "This is the last recording"
        in client.post(url("remove", fair), {"language": "fr"}, follow=True).content.decode()
    )
    assert heard(fair) == {"fr": both["fr"]}
    assert "Remove the recording" not in page(client, fair)


def test_the_last_five_versions_are_heard_and_brought_back(client: Client, fair: Prompt) -> None:
    hashes = [record(fair, "fr", tone(number), How.FILE, f"take {number}.wav") for number in range(10, 17)]
    text = page(client, fair)
    assert "5 earlier versions" in text
    assert "take 10.wav" not in text
    version = fair.versions.get(sha256=hashes[3])
    sound = client.get(url("hear_version", fair, version.pk))
    assert sound.content.endswith(path_of(hashes[3]).read_bytes())
    answer = client.post(url("bring_back", fair, version.pk), follow=True).content.decode()
    assert "Callers hear the earlier recording again" in answer
    assert recording(Prompt.objects.get(pk=fair.pk), "fr") == hashes[3]
    undo(client)
    assert recording(Prompt.objects.get(pk=fair.pk), "fr") == hashes[-1]


def test_a_version_of_another_prompt_is_not_found(client: Client, fair: Prompt, greeting: Prompt) -> None:
    other = greeting.versions.first()
    assert other
    assert client.get(url("hear_version", fair, other.pk)).status_code == 404
    assert client.post(url("bring_back", fair, other.pk)).status_code == 404


def test_the_file_as_it_came_is_sent_to_be_kept_and_never_shown(client: Client, fair: Prompt) -> None:
    version = fair.versions.get(language="")
    answer: Any = client.get(url("original", fair, version.pk))
    assert answer["Content-Disposition"] == 'attachment; filename="fair.wav"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.getvalue() == b"RIFF of " + tone(1)
    spoken = fair.versions.get(language="fr")
    assert client.get(url("original", fair, spoken.pk)).status_code == 404


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("fair.wav", "fair.wav"),
        ("../../etc/passwd", "passwd"),
        ("C:\\sounds\\Été 2026.MP3", "Été 2026.mp3"),
        ('a"; filename="b.exe', "a__ filename__b"),
        ("x.html", "x"),
        (".htaccess", "recording"),
        ("a\r\nb.flac", "ab.flac"),
        ("", "recording"),
        ("🔔.ogg", "recording.ogg"),
        ("x" * 300 + ".wav", "x" * 100 + ".wav"),
    ],
)
def test_a_downloaded_file_has_a_name_that_does_no_harm(source: str, name: str) -> None:
    assert safe_name(PromptVersion(source=source[-200:])) == name


def test_a_system_prompt_keeps_its_name_and_is_changed_by_administrators_only(
    client: Client, as_user: SignIn, greeting: Prompt
) -> None:
    text = page(client, greeting)
    assert "Only administrators change the system" in text
    assert "Replace" not in text
    for name in ("detail", "remove", "delete", "reset"):
        assert client.post(url(name, greeting), {"language": "fr", "description": "x"}).status_code == 403, name
    version = greeting.versions.all()[0]
    assert client.post(url("bring_back", greeting, version.pk)).status_code == 403
    admin = as_user(people.ADMIN)
    admin.post(url("detail", greeting), {"name": "Other", "description": "Out of office."})
    row = Prompt.objects.get(pk=greeting.pk)
    assert (row.name, row.description) == ("Ooo greeting", "Out of office.")


def test_a_system_prompt_is_reset_to_what_was_delivered(as_user: SignIn, greeting: Prompt) -> None:
    admin, delivered = as_user(people.ADMIN), heard(greeting)
    assert "Reset to the original" not in page(admin, greeting)
    assert "delivered ones already" in admin.get(url("reset", greeting)).content.decode()
    record(greeting, "fr", tone(900))
    record(greeting, "", tone(901))
    greeting.audio.filter(language="nl").delete()
    changed = heard(greeting)
    assert "Reset to the original" in page(admin, greeting)
    told = admin.get(url("reset", greeting)).content.decode()
    assert "French: the delivered recording again" in told
    assert "Dutch: the delivered recording again" in told
    assert "Default: taken away, none was delivered" in told
    assert "English" not in told.partition("<ul>")[2].partition("</ul>")[0]
    assert heard(greeting) == changed
    admin.post(url("reset", greeting))
    assert heard(greeting) == delivered
    undo(admin)
    assert heard(greeting) == changed


def test_the_delivered_sound_once_more_stays_what_a_reset_goes_back_to(as_user: SignIn, greeting: Prompt) -> None:
    spoken_again = path_of(heard(greeting)["fr"]).read_bytes()
    record(greeting, "fr", spoken_again, How.SPEECH, "the same words")
    record(greeting, "fr", tone(900))
    delivered = greeting.versions.get(language="fr", how=How.SYSTEM).sha256
    as_user(people.ADMIN).post(url("reset", greeting))
    assert heard(greeting)["fr"] == delivered


def test_a_system_prompt_says_when_it_plays_and_promises_nothing_else(
    world: World, as_user: SignIn, greeting: Prompt
) -> None:
    admin = as_user(people.ADMIN)
    assert set(PLACES) == {*map(str, SystemPrompt), "beep", "midcall_hold_current", "music_on_hold"}
    for prompt in world.organization.prompts.exclude(key=""):
        nothing = "Nothing plays it by itself yet." in page(admin, prompt)
        assert nothing is (prompt.key not in PLACES), prompt.key


def test_an_own_prompt_is_deleted_and_comes_back_as_it_was(client: Client, fair: Prompt) -> None:
    before, versions = heard(fair), list(fair.versions.values())
    asked = client.get(url("delete", fair)).content.decode()
    assert "Nothing uses it." in asked
    assert Prompt.objects.filter(pk=fair.pk).exists()
    answer = client.post(url("delete", fair), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "The prompt “Fair” is deleted." in answer.content.decode()
    assert not Prompt.objects.filter(pk=fair.pk).exists()
    assert path_of(before[""]).is_file()
    undo(client)
    assert heard(fair) == before
    assert list(fair.versions.values()) == versions


def test_a_prompt_in_use_is_kept_and_its_places_are_listed(world: World, as_user: SignIn, fair: Prompt) -> None:
    client = as_user(people.ADMIN)
    main, now = world.main, timezone.now()
    main.schedule.events.filter(is_default=True).update(prompt=fair)
    main.schedule.temporary_changes.create(
        action="closed", prompt=fair, made_by="Ann", starts_at=now, ends_at=now + timedelta(hours=1)
    )
    ends = ("on_no_answer_prompt", "on_busy_prompt", "on_unreachable_prompt")
    HuntGroup.objects.filter(pk=main.pk).update(**dict.fromkeys(ends, fair))
    world.organization.hold_music.create(prompt=fair)
    for method in (client.get, client.post):
        told = method(url("delete", fair)).content.decode()
        for place in (
            f"Schedule of {main}, event “Default event”", f"Schedule of {main}, temporary change by Ann",
            f"Hunt group {main}, when nobody answers", f"Hunt group {main}, when all are busy",
            f"Hunt group {main}, when no phone can be reached", f"Music on hold of {world.organization}",
        ):  # fmt: skip
            assert place in told
        assert "btn-danger" not in told
    assert Prompt.objects.filter(pk=fair.pk).exists()
    assert not AuditEntry.objects.filter(verb="delete").exists()


def test_a_temporary_change_that_has_ended_keeps_no_prompt(world: World, client: Client, fair: Prompt) -> None:
    then = timezone.now() - timedelta(days=3)
    world.main.schedule.temporary_changes.create(
        action="closed", prompt=fair, made_by="Ann", starts_at=then, ends_at=then + timedelta(hours=1)
    )
    assert "Nothing uses it." in client.get(url("delete", fair)).content.decode()
    client.post(url("delete", fair))
    assert not Prompt.objects.filter(pk=fair.pk).exists()
    undo(client)
    assert Prompt.objects.filter(pk=fair.pk).exists()


def test_what_took_the_prompt_meanwhile_is_listed(
    world: World, client: Client, fair: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_it(_prompt: Prompt) -> None:
        world.main.schedule.events.filter(is_default=True).update(prompt=fair)

    monkeypatch.setattr("carillon.prompts.actions.let_go", take_it)
    # The write of the other is undone with ours here; what counts is that nothing was deleted and nothing broke.
    assert client.post(url("delete", fair)).status_code == 200
    assert Prompt.objects.filter(pk=fair.pk).exists()


def test_a_system_prompt_is_never_deleted(as_user: SignIn, greeting: Prompt) -> None:
    admin = as_user(people.ADMIN)
    assert "A system prompt cannot be deleted." in admin.get(url("delete", greeting)).content.decode()
    admin.post(url("delete", greeting))
    assert Prompt.objects.filter(pk=greeting.pk).exists()


def test_in_the_dialog_the_browser_is_led_on(client: Client, fair: Prompt) -> None:
    dialog = {"HX-Request": "true"}
    asked = client.get(url("delete", fair), headers=dialog).content.decode()
    assert "<h1" not in asked
    assert 'class="dialog-title"' in asked
    assert client.post(url("delete", fair), headers=dialog)["HX-Redirect"] == LIST


def test_the_page_costs_as_many_queries_whatever_it_holds(
    world: World, as_user: SignIn, fair: Prompt, django_assert_num_queries: Any
) -> None:
    admin = as_user(people.ADMIN)
    page(admin, fair)
    with django_assert_num_queries(QUERIES):
        page(admin, fair)
    for number in range(8):
        record(fair, ("nl", "de")[number % 2], tone(20 + number), How.FILE, "x.wav", User.objects.all()[0])
    world.main.schedule.events.update(prompt=fair)
    with django_assert_num_queries(QUERIES):
        page(admin, fair)
