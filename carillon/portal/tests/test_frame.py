"""The frame: help beside each page, errors in plain words, and nothing heavy."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings as project
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse

from carillon.demo import people
from carillon.demo.world import World
from carillon.menu import MENU
from carillon.portal import errors
from carillon.portal.manual import to_html
from conftest import SignIn

BUNDLE = Path(project.PROJECT) / "build" / "static" / "ui"
FIRST_KB, LATER_KB = 150, 60


def test_every_line_of_the_menu_leads_to_a_page_with_its_help(world: World, as_user: SignIn) -> None:
    boss = world.user(people.ADMIN)
    boss.is_operator = True
    boss.save()
    client = as_user(people.ADMIN)
    for entry in (entry for group in MENU for entry in group.entries):
        page = client.get(reverse(entry.view))
        assert page.status_code == 200
        text = page.content.decode()
        assert 'aria-current="page"' in text
        found = re.search(r'class="btn btn-ghost-secondary help-link" href="([^"]+)"', text)
        assert found
        assert client.get(found[1], follow=True).status_code == 200, found[1]


def test_a_plain_user_sees_only_what_is_theirs(world: World, as_user: SignIn) -> None:
    text = as_user(people.PLAIN_USER).get(reverse("users:my_calls")).content.decode()
    assert reverse("schedules:list") not in text
    assert reverse("accounts:changes") not in text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Plain *em* and **strong**", "<p>Plain <em>em</em> and <strong>strong</strong></p>"),
        ("## Head\ntext", "<h2>Head</h2><p>text</p>"),
        ("- a\n  b\n- c", "<ul><li>a b</li><li>c</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("[Users](users.md)", '<p><a href="/help/users/">Users</a></p>'),
        ("[x](javascript:alert(1))", "<p>x)</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;</code></pre>"),
        ("![shot](a.png)text", "<p>text</p>"),
    ],
)
def test_markdown_becomes_harmless_html(text: str, html: str) -> None:
    assert to_html(text) == html


def test_a_table_becomes_a_table() -> None:
    assert "<td>1</td>" in to_html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_error_pages_are_in_the_frame_and_say_what_to_do(world: World, as_user: SignIn) -> None:
    missing = as_user(people.ADMIN).get("/nothing/")
    assert missing.status_code == 404
    assert "To the first page" in missing.content.decode()
    assert as_user(people.PLAIN_USER).get(reverse("users:list")).status_code == 403
    old = Client(enforce_csrf_checks=True).post(reverse("account_login"), {})
    assert old.status_code == 403
    assert "too old" in old.content.decode()
    request = RequestFactory().get("/")
    assert errors.bad_request(request, Exception()).status_code == 400


def test_a_failure_is_told_without_asking_the_database() -> None:
    answer = errors.failed(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Calls are not touched" in answer.content.decode()


def _crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


handler500 = errors.failed
urlpatterns = [path("crash/", _crash, name="crash")]


@override_settings(ROOT_URLCONF=__name__)
def test_a_crash_shows_no_detail() -> None:
    answer = Client(raise_request_exception=False).get("/crash/")
    assert answer.status_code == 500
    assert b"secret detail" not in answer.content


@pytest.mark.parametrize(
    "name", sorted({entry.view for group in MENU for entry in group.entries} - {"accounts:outbox"})
)
def test_a_page_weighs_little(world: World, as_user: SignIn, name: str) -> None:
    assert (BUNDLE / "app.css").exists(), "run tools/frontend.py first"
    html = len(brotli.compress(as_user(people.ADMIN).get(reverse(name)).content, quality=5))
    files = sum(len(brotli.compress(path.read_bytes())) for path in BUNDLE.iterdir() if path.suffix != ".txt")
    assert (html + files) / 1000 < FIRST_KB
    assert html / 1000 < LATER_KB


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprite = (BUNDLE / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    texts = [path.read_text(encoding="utf-8") for path in (Path(project.PROJECT) / "carillon").rglob("*.html")]
    named = {name for text in texts for name in re.findall(r"""\{% icon ["']([a-z0-9-]+)""", text)}
    named |= {entry.icon for group in MENU for entry in group.entries}
    assert named <= there


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    template = Template('{% load portal %}{% icon "x" %}{% icon "x" "Close" %}')
    text = template.render(Context())
    assert text.count('aria-hidden="true"') == 1
    assert 'role="img" aria-label="Close"' in text
