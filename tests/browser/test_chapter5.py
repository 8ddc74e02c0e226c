"""Chapter 5 of the manual, step by step and word by word, in English and in French as its screenshots show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from carillon.accounts.models import User
from carillon.demo import people
from carillon.demo.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Words:
    """What the manual's screenshots say in one language, and the few words around them."""

    code: str
    menu: str
    columns: tuple[str, ...]
    kind: str
    title: str
    add: str
    add_title: str
    edit_title: str
    default: str
    always: str
    zone: str
    per_week: str
    every_year: str
    actions: Mapping[str, str]
    name: str
    repeat: str
    start_date: str
    end_date: str
    time: tuple[str, str]
    since: tuple[str, str]
    until: tuple[str, str]
    end: str
    never: str
    prompt: str
    none: str
    new_prompt: str
    save: str
    close: str
    reordered: str


ENGLISH = Words(
    "en", "Schedules", ("Name", "Number", "Number type", "State"), "Hunt group",
    "Schedules (Main number, +3227811501)", "Add new schedule event", "Add schedule event", "Edit schedule event",
    "Edit default schedule event", "Always", "Schedule timezone: Europe/Brussels change", "Per week", "Every year",
    {"open": "Open", "closed": "Closed"}, "Name of the event", "Repeat", "Set start date", "Set end date",
    ("Time from", "Time to"), ("From date", "From time"), ("To date", "To time"), "End", "Never", "Prompt", "None",
    "Add new prompt", "Save", "Close", "The new order is saved.",
)  # fmt: skip
FRENCH = Words(
    "fr",
    "Plages horaires",
    ("Nom", "Numéro", "Type de numéro", "État"),
    "Groupe d'appel",
    "Plages horaires (Main number, +3227811501)",
    "Ajouter un événement de programmation",
    "Ajouter un événement de programmation",
    "Modifier l'événement de programmation",
    "Modifier l'événement par défaut",
    "Toujours",
    "Fuseau horaire de la plage : Europe/Brussels modifier",
    "Chaque semaine",
    "Chaque année",
    {"open": "Ouvert", "closed": "Fermé"},
    "Nom de l'événement",
    "Répéter",
    "Définir la date de début",
    "Définir la date de fin",
    ("Heure de début", "Heure de fin"),
    ("De (date)", "De (heure)"),
    ("À (date)", "À (heure)"),
    "Fin",
    "Jamais",
    "Invite",
    "Aucune",
    "Ajouter une nouvelle invite",
    "Enregistrer",
    "Fermer",
    "Le nouvel ordre est enregistré.",
)


@pytest.fixture(params=[ENGLISH, FRENCH], ids=["English", "French"])
def words(request: pytest.FixtureRequest) -> Words:
    found: Words = request.param
    return found


@pytest.fixture
def page(enter: Callable[[str], Page], world: World, words: Words) -> Page:
    """The home page in the manual's language."""
    User.objects.filter(username=people.ADMIN).update(language=words.code)
    opened = enter(people.ADMIN)
    opened.goto("/")
    return opened


def schedule(page: Page, words: Words) -> None:
    page.get_by_role("navigation").get_by_role("link", name=words.menu, exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Main number", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words.title)


def lines(page: Page) -> Locator:
    return page.locator("table.schedule tbody tr")


def test_the_list_shows_every_function_number_with_its_state(page: Page, words: Words) -> None:
    page.get_by_role("navigation").get_by_role("link", name=words.menu, exact=True).click()
    head = page.locator("table").first.locator("thead th")
    expect(head).to_contain_text(list(words.columns))
    for name, number in (("Main number", "+3227811501"), ("second group", "9011")):
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text(number)
        expect(row).to_contain_text(words.kind)
        expect(row.locator(".state-open, .state-closed")).to_have_count(1)


def test_the_events_stand_in_their_order_and_the_default_event_last(page: Page, words: Words) -> None:
    schedule(page, words)
    rows = lines(page)
    expect(rows).to_have_count(5)
    for place, parts in enumerate((
        (words.add,),
        ("1 jan", f"{words.every_year} 2021-01-01 00:00 - 2021-01-02 00:00", words.actions["closed"]),
        ("pm", f"{words.per_week}, 13:30 - 18:00", words.actions["open"]),
        ("am", f"{words.per_week}, 08:30 - 12:30", words.actions["open"]),
        (words.default, words.always, words.actions["closed"]),
    )):  # fmt: skip
        for part in parts:
            expect(rows.nth(place)).to_contain_text(part)
    expect(page.locator(".schedule-zone")).to_contain_text(words.zone)


def test_events_are_reordered_by_dragging_and_dropping(page: Page, words: Words) -> None:
    schedule(page, words)
    handles = page.locator(".drag-handle")
    handles.nth(2).drag_to(handles.nth(1), target_position={"x": 5, "y": 1})
    expect(page.get_by_role("status")).to_contain_text(words.reordered)
    expect(page.locator("tbody[data-sortable] th a")).to_have_text(["1 jan", "am", "pm"])


def test_the_company_is_open_every_weekday_from_0830_till_1230(page: Page, words: Words) -> None:
    schedule(page, words)
    page.get_by_role("link", name="am", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text(words.edit_title)
    expect(dialog.get_by_label(words.name)).to_have_value("am")
    assert dialog.get_by_label(words.repeat).locator("option:checked").inner_text() == words.per_week
    boxes = dialog.locator("[name=weekdays]")
    assert [boxes.nth(day).is_checked() for day in range(boxes.count())] == [True] * 5 + [False] * 2
    for label in (words.start_date, words.end_date):
        expect(dialog.get_by_label(label)).not_to_be_checked()
    expect(dialog.get_by_label(words.time[0], exact=True)).to_have_value("08:30")
    expect(dialog.get_by_label(words.time[1], exact=True)).to_have_value("12:30")
    assert dialog.locator("[name=prompt] option:checked").inner_text() == words.none
    expect(dialog.get_by_role("button", name=words.new_prompt)).to_be_visible()
    assert dialog.locator("[name=action] option:checked").inner_text() == words.actions["open"]
    dialog.get_by_role("button", name=words.save).click()
    expect(page.get_by_role("status").locator(".message")).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text=f"{words.per_week}, 08:30 - 12:30")).to_have_count(1)


def test_the_company_is_closed_every_year_with_new_year_and_plays_a_prompt(page: Page, words: Words) -> None:
    """The screenshot says Open, the text says closed: Closed stands."""
    schedule(page, words)
    page.get_by_role("link", name=words.add).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text(words.add_title)
    dialog.get_by_label(words.name).fill("1jan")
    dialog.get_by_label(words.repeat).select_option(label=words.every_year)
    dialog.get_by_label(words.since[0], exact=True).fill("2020-01-01")
    expect(dialog.get_by_label(words.since[1], exact=True)).to_have_value("00:00")
    dialog.get_by_label(words.until[0], exact=True).fill("2020-01-02")
    expect(dialog.get_by_label(words.until[1], exact=True)).to_have_value("00:00")
    assert dialog.get_by_label(words.end, exact=True).locator("option:checked").inner_text() == words.never
    dialog.get_by_label(words.prompt, exact=True).select_option(label="Ooo greeting")
    dialog.locator("[name=action]").select_option(label=words.actions["closed"])
    expect(dialog.get_by_role("link", name=words.close)).to_be_visible()
    dialog.get_by_role("button", name=words.save).click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="1jan", exact=True))
    expect(row).to_contain_text(f"{words.every_year} 2020-01-01 00:00 - 2020-01-02 00:00")
    expect(row).to_contain_text("Ooo greeting")
    expect(row).to_contain_text(words.actions["closed"])


def test_the_default_state_can_be_edited(page: Page, words: Words) -> None:
    schedule(page, words)
    page.get_by_role("link", name=words.default).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=action]").select_option(label=words.actions["open"])
    dialog.get_by_role("button", name=words.save).click()
    expect(lines(page).last).to_contain_text(words.actions["open"])
