"""The manual is whole in four languages, is read in one's own, and shows its pictures, and those only."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.world import World
from carillon.portal import manual
from carillon.portal.manual import FOLDER, PICTURES, manual_pages, picture, read_page, to_html
from conftest import SignIn

LANGUAGES = [code for code, _name in settings.LANGUAGES]
OTHERS = [code for code in LANGUAGES if code != manual.ENGLISH]
NAMES = [page.name for page in manual_pages()]
PICTURE_KB = 100


def path_of(name: str, language: str) -> Path:
    return FOLDER / f"{name}.md" if language == manual.ENGLISH else FOLDER / language / f"{name}.md"


def shape(path: Path) -> list[object]:
    """What a page is made of, whatever its language: parts in their order, links, pictures and code with their text."""
    text = path.read_text(encoding="utf-8")
    html = to_html(text.partition("\n")[2])
    parts = re.findall(r"<(h[1-6]|p|ul|ol|li|table|tr|th|td|pre|figure)[ >]", html)
    code = re.findall(r"<code>(.*?)</code>", html, re.DOTALL)
    return [parts, Counter(re.findall(r'(?:href|src)="([^"]+)"', html)), code, text.startswith("# ")]


def read_in(client: Client, language: str, name: str) -> str:
    User.objects.filter(username=people.PLAIN_USER).update(language=language)
    return client.get(reverse("portal:help", args=[name])).content.decode()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", NAMES)
def test_each_page_has_the_same_shape_in_every_language(name: str, language: str) -> None:
    assert path_of(name, language).is_file(), f"{name} is missing in {language}"
    assert shape(path_of(name, language)) == shape(path_of(name, "en"))


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_is_left_over_and_none_is_a_copy_of_the_english_one(language: str) -> None:
    assert sorted(path.stem for path in (FOLDER / language).glob("*.md")) == sorted(NAMES)
    for name in NAMES:
        english = set(path_of(name, "en").read_text(encoding="utf-8").splitlines())
        own = path_of(name, language).read_text(encoding="utf-8").splitlines()
        same = [line for line in own if line in english and re.search("[a-z]{4}", line)]
        assert all("carillon simulate" in line for line in same), same


def words_of_screens(language: str) -> dict[str, set[str]]:
    """Return for each English text of the screens what it is in `language`, in small letters."""
    texts: dict[str, set[str]] = {}
    with (Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        for message in read_po(file, locale=language):
            key = message.id if isinstance(message.id, str) else message.id[0]
            strings = [message.string] if isinstance(message.string, str) else message.string or []
            texts.setdefault(key.lower(), set()).update(each.lower() for each in strings)
    return texts


def emphasized(path: Path) -> list[str]:
    """What a page says in bold or italics: menus, fields, buttons and states."""
    html = to_html(path.read_text(encoding="utf-8"))
    found = [unescape(words) for _tag, words in re.findall(r"<(strong|em)>(.*?)</\1>", html)]
    return [part for words in found for part in words.lower().split(" -> ")]


@pytest.mark.parametrize("language", OTHERS)
def test_the_manual_names_menus_fields_and_buttons_as_the_screens_do(language: str) -> None:
    screens, known = words_of_screens(language), 0
    for name in NAMES:
        for english, own in zip(emphasized(path_of(name, "en")), emphasized(path_of(name, language)), strict=True):
            if english in screens:
                known += 1
                assert own in screens[english], f"{name}: {english}"
    assert known > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_reads_the_manual_in_the_own_language(world: World, as_user: SignIn, language: str) -> None:
    client = as_user(people.PLAIN_USER)
    pages = manual_pages(language)
    assert [page.name for page in pages] == NAMES
    for page in pages:
        text = read_in(client, language, page.name)
        assert f'<html lang="{language}"' in text
        assert f'<article class="card" lang="{language}"' in text
        assert read_page(page) in text
        assert f'<h1 class="page-title">{page.title}</h1>' in unescape(text)
        titles = re.findall(r'<li><a href="/help/[a-z-]+/" lang="[a-z]+"[^>]*>([^<]+)</a>', text)
        assert [unescape(title) for title in titles] == [page.title for page in pages]
    assert client.get("/help/nothing/").status_code == 404


def test_english_is_shown_where_a_page_is_missing(
    world: World, as_user: SignIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "nl").mkdir()
    (tmp_path / "home.md").write_text("# Home\n\nWords", encoding="utf-8")
    (tmp_path / "users.md").write_text("# Users\n\nWords", encoding="utf-8")
    (tmp_path / "nl" / "home.md").write_text("# Start\n\nWoorden", encoding="utf-8")
    monkeypatch.setattr(manual, "FOLDER", tmp_path)
    assert [(page.title, page.language) for page in manual_pages("nl")] == [("Start", "nl"), ("Users", "en")]
    text = read_in(as_user(people.PLAIN_USER), "nl", "users")
    assert '<article class="card" lang="en"' in text
    assert '<a href="/help/home/" lang="nl">Start</a>' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_the_manual_leads_to_a_page_or_a_picture(language: str) -> None:
    for page in manual_pages(language):
        text = page.path.read_text(encoding="utf-8")
        pictures = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", text)
        html = read_page(page)
        assert html.count("<img") == len(pictures), f"a picture of {page.path} is missing or stands not alone"
        assert all(words for words, _address in pictures), f"{page.path}: a picture without words"
        for target in re.findall(r"\[[^\]]+\]\(([^)]*)\)", text):
            assert (page.path.parent / target).is_file(), f"{page.path}: {target}"
        for name in re.findall(r'href="/help/([a-z-]+)/"', html):
            assert name in NAMES


def test_a_picture_is_shown_with_its_words_and_its_size() -> None:
    address = "/help/images/home.png"
    shown = (
        f'<figure class="picture"><a href="{address}"><img src="{address}" alt="The &quot;first&quot; page" '
        'width="1440" height="900" loading="lazy" decoding="async"></a></figure>'
    )
    assert to_html('![The "first" page](images/home.png)') == shown
    assert to_html('![The "first" page](../images/home.png)') == shown


@pytest.mark.parametrize(
    "text",
    [
        "![x](images/missing.png)",
        "![x](images/../../README.png)",
        "![x](https://example.com/home.png)",
        '![x](images/home.png"onerror="alert(1))',
    ],
)
def test_a_picture_that_is_not_in_the_folder_is_not_shown(text: str) -> None:
    assert "<img" not in to_html(text)


def test_code_that_is_indented_keeps_its_lines() -> None:
    assert to_html("x\n\n    a  --b\n    <c>") == "<p>x</p>\n<pre><code>a  --b\n&lt;c&gt;</code></pre>"


def test_a_picture_is_served_to_people_who_signed_in_and_kept_by_the_browser(world: World, as_user: SignIn) -> None:
    address = reverse("portal:help_picture", args=["home"])
    assert address == "/help/images/home.png"
    assert Client().get(address).status_code == 302
    client = as_user(people.PLAIN_USER)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == (PICTURES / "home.png").read_bytes()
    assert set(answer["Cache-Control"].split(", ")) == {"private", "max-age=86400"}
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    again = client.get(address, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["missing", "HOME", "..%2fhome", "..%2f..%2f..%2fREADME", "nl%2fhome", "*"])
def test_no_other_file_is_served_as_a_picture(world: World, as_user: SignIn, name: str) -> None:
    assert as_user(people.PLAIN_USER).get(f"/help/images/{name}.png").status_code == 404
    assert picture(name) is None


def test_every_picture_is_used_and_light() -> None:
    used = {name for page in manual_pages() for name in re.findall(r"images/([a-z0-9-]+)\.png", page.path.read_text())}
    assert {path.stem for path in PICTURES.iterdir()} == used
    heavy = [path.name for path in PICTURES.iterdir() if path.stat().st_size > PICTURE_KB * 1000]
    assert heavy == [], "run tools/pictures.py"
