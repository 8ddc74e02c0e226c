"""The help pages in a real chromium: pictures appear, nothing is wider than the window, axe finds nothing."""

from __future__ import annotations

import pytest

from carillon.accounts.models import User
from carillon.demo import people
from carillon.portal.manual import manual_pages
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOWN = "async image => { image.scrollIntoView(); await image.decode(); return image.naturalWidth }"


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_the_help_pages_show_their_pictures_and_fit_every_window(enter: Enter, language: str) -> None:
    page = enter(people.ADMIN)
    User.objects.filter(username=people.ADMIN).update(language=language)
    for each in manual_pages(language):
        page.goto(f"/help/{each.name}/")
        assert page.locator("h1").inner_text() == each.title
        for image in page.locator("main figure img").all():
            assert image.evaluate(SHOWN) == 1440
        page.evaluate("scrollTo(0, 0)")
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert overflow(page) <= 0, (each.name, width)
        if language == "nl":
            assert axe(page) == [], each.name
            shoot(page, f"help-{each.name}")


def test_a_picture_opens_in_full_size(enter: Enter) -> None:
    page = enter(people.ADMIN)
    User.objects.filter(username=people.ADMIN).update(language="en")
    page.goto("/help/home/")
    page.get_by_role("link", name="The home page").click()
    page.wait_for_url("**/help/images/home.png")
