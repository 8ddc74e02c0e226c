"""The home page in a real browser: it keeps itself current, stays calm, and is accessible in every state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, Response, Route, expect

from carillon.calls.models import LiveCall, LiveWatch, Registration
from carillon.demo import history, people
from carillon.demo.world import World
from tests.browser.conftest import Enter, axe, overflow, shoot
from tests.browser.test_schedules import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def bundle() -> None:
    """The page is looked at as people get it."""
    assert (Path(settings.PROJECT) / "build" / "static" / "ui" / "app.css").exists(), "run tools/frontend.py first"


def tell(world: World) -> None:
    """Stand for the node: it says that all it said is true now."""
    now = timezone.now()
    watch, _made = LiveWatch.objects.get_or_create(
        organization=world.organization, defaults={"began_at": now, "until": now + timedelta(seconds=60)}
    )
    watch.calls_at = watch.phones_at = now + timedelta(seconds=30)
    watch.calls_version += 1
    watch.phones_version += 1
    watch.save()


def call(world: World, name: str = "n-1.1", seconds: int = 65, **fields: object) -> None:
    """A call goes on, since so many seconds."""
    began = timezone.now() - timedelta(seconds=seconds)
    usual = {"direction": "inbound", "caller": "+32470551234", "called": "+3227811501", "called_name": "Main number"}
    usual |= {"state": "ringing", "whom": "An Peeters, Chloe Lambert"}
    LiveCall.objects.update_or_create(
        node="node1", linkedid=name,
        defaults=usual | {"organization": world.organization, "started_at": began, "since": began} | fields,
    )  # fmt: skip
    tell(world)


def busy_day(world: World) -> None:
    """A day of the demo world, with everything that the page can show."""
    history.write(world, timezone.now().replace(hour=15))
    for prompt in world.organization.prompts.exclude(key="ooo_greeting"):
        prompt.audio.create(sha256="a" * 64, milliseconds=1000)
    for device in world.organization.sip_devices.exclude(user__first_name__in=["Jonas", "Your"]):
        Registration.objects.create(organization=world.organization, node="node1", endpoint=device.endpoint)
    call(world, "n-1.1", 175, state="talking", whom="An Peeters")
    call(world, "n-1.2", 41, caller_name="Bakkerij De Zoete Inval", caller="+3225551234")
    call(world, "n-1.3", 20, direction="outbound", caller="9102", caller_name="Bram Janssens", called="+3225559999",
         called_name="", state="talking", whom="+3225559999")  # fmt: skip
    call(world, "n-1.4", 2, caller="", state="prompt", whom="General greeting")


def test_the_page_is_accessible_and_fits_a_phone(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    busy_day(world)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    picture(page, "home")
    page.get_by_text("As a table").click()
    assert axe(page) == []
    page.get_by_text("As a table").click()
    shoot(page, "home")
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0


def test_names_may_be_long_and_numbers_many(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    long = "Klokkengietersvereniging" * 3
    type(world.main).objects.update(name=long)
    world.organization.users.update(last_name=long)
    call(world, caller_name=long * 2, called_name=long, whom=f"{long}, {long}")
    page.goto("/")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert overflow(page) == 0
    assert axe(page) == []


def test_a_new_organization_sees_its_first_steps(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    world.organization.function_numbers.all().delete()
    page.goto("/")
    expect(page.get_by_role("heading", name="Three steps to the first call")).to_be_visible()
    assert axe(page) == []
    shoot(page, "home-new")
    page.get_by_role("link", name="New hunt group").click()
    expect(page).to_have_url(re.compile("/hunt-groups/add/"))


def test_it_follows_a_call_without_reload_and_lets_the_time_run(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    tell(world)
    page.goto("/")
    expect(page.locator("#home-calls")).to_contain_text("Nobody is calling now.")
    call(world, seconds=65)
    row = page.locator(".home-call")
    expect(row).to_contain_text("ringing")
    expect(row.locator("time")).to_have_text(re.compile(r"^1:\d\d$"))
    before = row.locator("time").inner_text()
    expect(row.locator("time")).not_to_have_text(before)
    call(world, seconds=3, state="talking", whom="An Peeters")
    expect(row).to_contain_text("talking")
    LiveCall.objects.all().delete()
    tell(world)
    expect(page.locator("#home-calls")).to_contain_text("Nobody is calling now.")


def test_news_take_no_focus_and_close_nothing(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    busy_day(world)
    page.goto("/")
    page.get_by_text("As a table").click()
    jonas = page.get_by_role("link", name="Jonas Desmet")
    jonas.focus()
    phone = world.organization.sip_devices.get(user__first_name="An")
    Registration.objects.filter(endpoint=phone.endpoint).delete()
    history.write(world, timezone.now(), seed=5)
    call(world, "n-1.9", state="waiting", whom="")
    expect(page.locator("#home-phones")).to_contain_text("An Peeters")
    expect(page.locator("#home-calls")).to_contain_text("waiting")
    expect(page.locator("#home-today-table")).to_have_attribute("open", "")
    expect(jonas).to_be_focused()
    assert page.locator("[aria-live]:not(#messages)").count() == 0


def test_a_server_that_is_away_is_told_calmly_and_forgotten_when_it_is_back(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    tell(world)
    page.goto("/")
    page.route("**/calls/home/**", lambda route: route.abort())
    expect(page.get_by_text("Not up to date")).to_be_visible()
    expect(page.locator("#messages")).to_be_empty()
    page.unroute("**/calls/home/**")
    page.route("**/calls/home/**", _answer_late_once())
    call(world)
    expect(page.locator(".home-call")).to_contain_text("ringing", timeout=15_000)
    expect(page.get_by_text("Not up to date")).to_be_hidden()
    page.route("**/calls/home/**", lambda route: route.abort())
    expect(page.get_by_text("Not up to date")).to_be_visible()
    assert axe(page) == []
    shoot(page, "home-away")


def _answer_late_once() -> Callable[[Route], None]:
    """The first answer is a failure of the server, the others are its own."""
    seen: list[Route] = []

    def answer(route: Route) -> None:
        seen.append(route)
        if len(seen) == 1:
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    return answer


def test_a_hidden_page_asks_nothing_and_asks_at_once_when_it_is_looked_at(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    tell(world)
    page.goto("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/calls/home/" in request.url else None)
    _hide(page, hidden=True)
    page.wait_for_timeout(4000)
    assert asked == []
    _hide(page, hidden=False)
    page.wait_for_timeout(500)
    assert len(asked) == 1


def _hide(page: Page, *, hidden: bool) -> None:
    """Make the page believe that its tab is (not) the one in front."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_without_scripts_everything_is_there(enter: Enter, world: World, browser: object) -> None:
    page = enter(people.ADMIN)
    busy_day(world)
    cookies = page.context.cookies()
    plain = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]  # it has one
    plain.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave
    page.goto("/")
    still = plain.new_page()
    still.goto(page.url)
    for words in ("Needs attention", "Main number", "talking", "since", "Jonas Desmet", "Calls from outside today"):
        expect(still.locator("main")).to_contain_text(words)
    plain.close()


def test_the_page_needs_at_most_eight_requests(enter: Enter, world: World) -> None:
    page = enter(people.ADMIN)
    busy_day(world)
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response))  # noqa: PLW0108  # playwright marks the function
    page.goto("/", wait_until="networkidle")
    assert 3 <= len(seen) <= 8, [each.url for each in seen]
