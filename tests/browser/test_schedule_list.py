"""The list of schedules in a real browser: it keeps itself current and disturbs nobody who types or ticks."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect
from pytest_django.live_server_helper import LiveServer

from carillon.demo import people
from carillon.demo.world import World
from carillon.functions.tests.builders import make_hunt_group
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import ScheduleEvent
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


EVENT = {"Name of the event": "staff meeting", "Time from": "14:00", "Time to": "16:00"}


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


def many(world: World, count: int = 12) -> None:
    """Function numbers of every state, as a company has them."""
    for place in range(count):
        name = ("Réception", "Boutique Liège", "Night service", "Helpdesk", "Accounts")[place % 5]
        function = make_hunt_group(world.organization, f"{name} {place + 1}", f"7{place:03}")
        action = ("open", "closed", "open", "forward")[place % 4]
        function.schedule.events.update(action=action, destination="9101" if action == "forward" else "")
    world.organization.touch()


def decide(function: FunctionNumber, action: str) -> None:
    """Have the default event alone decide, as a colleague's change does."""
    function.schedule.events.filter(is_default=False).delete()
    function.schedule.events.update(action=action)
    function.organization.touch()


def state_of(page: Page, function: FunctionNumber) -> str:
    return re.sub(r"\s+", " ", page.locator(f"#state-{function.pk}").inner_text()).strip()


def test_the_list_is_accessible_and_fits_a_phone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    many(world)
    page.goto("/schedules/")
    assert axe(page) == []
    shoot(page, "schedule-list")
    page.goto("/schedules/?q=nothing+of+this+kind")
    assert axe(page) == []
    shoot(page, "schedule-list-empty")
    page.goto("/schedules/rights/")
    assert axe(page) == []
    shoot(page, "schedule-rights")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_label("Only these:").check()
    page.get_by_label("Main number").check()
    assert axe(page) == []
    shoot(page, "schedule-rights-group")
    FunctionNumber.objects.filter(pk=world.main.pk).update(name="Klokkengietersvereniging" * 3)
    for address in ("/schedules/", "/schedules/rights/", page.url):
        page.goto(address)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert axe(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_colleagues_change_appears_and_nothing_typed_ticked_or_focused_is_lost(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    decide(world.main, "closed")
    page.goto("/schedules/")
    page.get_by_label("Choose: second group").check()
    search = page.get_by_label("Search function numbers")
    search.focus()
    page.keyboard.type("e")
    expect(page).to_have_url(re.compile(r"\?q=e$"))
    decide(world.main, "open")
    expect(page.locator(f"#state-{world.main.pk}")).to_contain_text("open", timeout=6000)
    expect(page.locator("#list-told")).to_have_text("Main number: open always")
    expect(search).to_be_focused()
    expect(search).to_have_value("e")
    expect(page.get_by_label("Choose: second group")).to_be_checked()
    # A new name writes the whole list anew.
    FunctionNumber.objects.filter(pk=world.main.pk).update(name="Reception")
    world.organization.touch()
    expect(page.get_by_role("link", name="Reception", exact=True)).to_be_visible(timeout=6000)
    expect(page.get_by_label("Choose: second group")).to_be_checked()
    expect(search).to_be_focused()


def test_a_state_that_ends_at_a_known_instant_changes_by_itself(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    decide(world.main, "closed")
    now = timezone.now()
    world.main.schedule.temporary_changes.create(
        action="open", starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(seconds=8), made_by="An Peeters"
    )
    world.organization.touch()
    page.goto("/schedules/")
    assert state_of(page, world.main).startswith("open")
    expect(page.locator(f"#state-{world.main.pk}")).to_contain_text("closed", timeout=14_000)


def test_a_hidden_page_asks_nothing_and_a_lost_server_is_said(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    asked: list[str] = []

    def note(response: Response) -> None:
        if "/schedules/live/" in response.url:
            asked.append(response.url)

    page.on("response", note)
    page.goto("/schedules/")
    page.wait_for_timeout(4000)
    assert asked
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(500)
    asked.clear()
    page.wait_for_timeout(4000)
    assert not asked
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1000)
    assert asked

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/schedules/live/**", fail)
    expect(page.get_by_text("Not up to date")).to_be_visible(timeout=6000)
    page.unroute("**/schedules/live/**")
    expect(page.get_by_text("Not up to date")).to_be_hidden(timeout=6000)


def test_search_and_filters_narrow_the_list_while_one_types_and_stay_in_the_address(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    many(world)
    page.goto("/schedules/")
    page.get_by_label("Search function numbers").fill("liege")
    expect(page.locator("#list-rows tr")).to_have_count(3)
    expect(page.locator("#list-told")).to_have_text("3 function numbers match")
    page.get_by_label("State", exact=True).select_option("Closed")
    expect(page).to_have_url(re.compile(r"\?q=liege&state=closed$"))
    found = page.locator("#list-rows tr").count()
    page.reload()
    expect(page.locator("#list-rows tr")).to_have_count(found)
    page.get_by_role("columnheader", name="Number", exact=True).get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=number"))
    expect(page.get_by_role("columnheader", name="Number", exact=True)).to_have_attribute("aria-sort", "ascending")


def test_an_event_is_added_to_several_numbers_and_taken_back(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    many(world, 4)
    page.goto("/schedules/")
    page.get_by_label("Choose all on this page").check()
    expect(page.get_by_text("6 chosen")).to_be_visible()
    page.get_by_label("Choose: second group").uncheck()
    expect(page.get_by_text("5 chosen")).to_be_visible()
    shoot(page, "schedule-many-chosen")
    assert axe(page) == []
    page.get_by_role("button", name="Add an event to these").click()
    for label, text in EVENT.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("Action", exact=True).select_option("Forward")
    page.get_by_label("Destination").fill("7001")
    shoot(page, "schedule-many-event")
    assert axe(page) == []
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("will change", exact=True)).to_have_count(4)
    expect(page.get_by_text("would forward this number to itself")).to_be_visible()
    shoot(page, "schedule-many-preview")
    assert axe(page) == []
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Name of the event")).to_have_value("staff meeting")
    page.get_by_role("button", name="Preview").click()
    # A colleague is faster.
    type(world.main.schedule).objects.filter(pk=world.main.schedule.pk).update(version=99)
    page.get_by_role("button", name="Change 4 schedules").click()
    expect(page.get_by_text("done", exact=True)).to_have_count(3)
    expect(page.get_by_text("skipped", exact=True)).to_have_count(1)
    expect(page.get_by_text("refused", exact=True)).to_have_count(1)
    shoot(page, "schedule-many-result")
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
    events = ScheduleEvent.objects.filter(name="staff meeting")
    assert events.count() == 3
    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("3 schedules are what they were before.")).to_be_visible()
    assert not events.exists()


def test_a_schedule_is_copied_without_scripts(
    browser: Browser, context: BrowserContext, live_server: LiveServer, enter: Enter, world: World
) -> None:
    enter(people.ADMIN)
    plain = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=context.storage_state(), locale="en-GB"
    )
    page = plain.new_page()
    page.goto("/schedules/?q=group&sort=-number")
    page.get_by_label("Choose: second group").check()
    page.get_by_role("button", name="Copy a schedule to these").click()
    page.get_by_label("Copy the schedule of").select_option(str(world.main.pk))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Change 1 schedule").click()
    expect(page.get_by_text("1 schedule is changed.")).to_be_visible()
    names = [list(each.schedule.events.values_list("name", flat=True)) for each in (world.main, world.second)]
    assert names[0] == names[1]
    plain.close()
