"""Manual 7.1, edit user, step by step in a real browser, in English and Dutch; errors beside their fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from carillon.accounts.models import Mail, User
from carillon.demo import people
from carillon.users import photos
from tests.browser.conftest import Enter, axe, overflow, shoot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FARID = "farid.benali@bkm.example"
JPEG = Path(photos.__file__).parent / "tests" / "photos" / "plain.jpg"
PASSWORD = "purple lantern over water"

#: What the page says -> how it is said in the language of the reader.
ENGLISH = {word: word for word in (
    "User details", "Username", "Password", "Retype password", "Reset password", "Cost center", "Language", "Timezone",
    "Visibility", "Photo", "No photo exists", "Upload photo...", "Preview", "Save photo", "Cancel",
    "Searchable directory information", "First name", "Last name", "Department", "E-mail address", "Field 1",
    "Field 2", "Field 3", "User group membership", "Save", "Users", "Rename fields", "Checklist for photo upload:",
)}  # fmt: skip
DUTCH = {
    "User details": "Gebruikersgegevens", "Username": "Gebruikersnaam", "Password": "Wachtwoord",
    "Retype password": "Wachtwoord herhalen", "Reset password": "Wachtwoord resetten", "Cost center": "Kostenplaats",
    "Language": "Taal", "Timezone": "Tijdzone", "Visibility": "Zichtbaarheid", "Photo": "Foto",
    "No photo exists": "Er is geen foto", "Upload photo...": "Foto uploaden...", "Preview": "Voorbeeld",
    "Save photo": "Foto opslaan", "Cancel": "Annuleren",
    "Searchable directory information": "Doorzoekbare gegevens van de gids", "First name": "Voornaam",
    "Last name": "Achternaam", "Department": "Afdeling", "E-mail address": "E-mailadres", "Field 1": "Veld 1",
    "Field 2": "Veld 2", "Field 3": "Veld 3", "User group membership": "Lidmaatschap van gebruikersgroepen",
    "Save": "Opslaan", "Users": "Gebruikers", "Rename fields": "Velden hernoemen",
    "Checklist for photo upload:": "Controlelijst voor het uploaden van een foto:",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_photos(tmp_path: Path, settings: Settings) -> None:
    settings.PHOTOS = tmp_path / "photos"


def _open(page: Page, words: dict[str, str]) -> None:
    """On the Users page, click the person in the list."""
    page.goto("/users/")
    page.get_by_role("searchbox").first.fill("benal")
    row = page.get_by_role("row").filter(has_text="Benali")
    row.locator("summary").click()
    row.locator(".popmenu-item").first.click()
    expect(page.get_by_role("heading", name="Farid Benali", level=1)).to_be_visible()
    for section in ("User details", "Photo", "Searchable directory information"):
        expect(page.get_by_role("heading", name=words[section], exact=True)).to_be_visible()
    expect(page.get_by_role("group", name=words["User group membership"])).to_be_visible()


def _change_details(page: Page, words: dict[str, str]) -> None:
    """Steps 1, 5 and 6: user details, directory information, groups; one Save."""
    page.get_by_label(words["Username"]).fill("farid@bkm.example")
    page.get_by_label(words["Cost center"]).fill("4711")
    page.get_by_role("combobox", name=words["Language"]).select_option("nl")
    page.get_by_label(words["Timezone"]).fill("amsterdam")
    page.get_by_label(words["Visibility"]).select_option("hidden")
    for name, text in (("First name", "demo"), ("Last name", "user"), ("Department", "Demos"),
                       ("E-mail address", "demo.user@bkm.example"), ("Field 1", "a"), ("Field 2", "b"),
                       ("Field 3", "c")):  # fmt: skip
        page.get_by_label(words[name], exact=True).fill(text)
    page.get_by_label("Support", exact=True).check()
    page.get_by_label("Everybody", exact=True).uncheck()
    page.get_by_role("button", name=words["Save"], exact=True).first.click()
    expect(page.get_by_role("heading", name="demo user", level=1)).to_be_visible()


def _reset_password(page: Page, words: dict[str, str]) -> None:
    """Step 2."""
    page.get_by_label(words["Password"], exact=True).fill(PASSWORD)
    page.get_by_label(words["Retype password"]).fill(PASSWORD)
    page.get_by_role("button", name=words["Reset password"]).click()
    expect(page.locator(".message-success")).to_be_visible()


def _upload_photo(page: Page, words: dict[str, str]) -> None:
    """Step 4: checklist, Preview, Save photo."""
    expect(page.get_by_text(words["No photo exists"])).to_be_visible()
    page.get_by_role("link", name=words["Upload photo..."]).click()
    expect(page.get_by_role("heading", name=words["Checklist for photo upload:"])).to_be_visible()
    page.get_by_label(words["Photo"], exact=True).set_input_files(JPEG)
    page.get_by_role("button", name=words["Preview"]).click()
    preview = page.locator(".photo-preview img")
    expect(preview).to_be_visible()
    expect(preview).to_have_js_property("naturalWidth", 40)
    assert not User.objects.exclude(photo="").exists()
    page.get_by_role("button", name=words["Save photo"]).click()
    shown = page.locator("img.avatar")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 40)


@pytest.mark.parametrize("words", [ENGLISH, DUTCH], ids=["english", "dutch"])
def test_chapter_7_1_as_the_manual_has_it(enter: Enter, words: dict[str, str]) -> None:
    page = enter(people.ADMIN)
    User.objects.filter(username=people.ADMIN).update(language="en" if words is ENGLISH else "nl")
    _open(page, words)
    _change_details(page, words)
    expect(page.get_by_label(words["Timezone"])).to_have_value(re.compile(r"Europe Amsterdam \(\+0[12]:00\)"))
    person = User.objects.get(username="farid@bkm.example")
    assert (person.timezone, person.language, person.visibility) == ("Europe/Amsterdam", "nl", "hidden")
    assert (person.cost_center, person.email, person.field2) == ("4711", "demo.user@bkm.example", "b")
    groups = {"Incoming rules", "Outgoing rules", "Sales", "Support"}
    assert set(person.user_groups.values_list("name", flat=True)) == groups
    _reset_password(page, words)
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)
    assert Mail.objects.get().to == "demo.user@bkm.example"
    _upload_photo(page, words)


def test_the_pages_are_accessible_and_fit(enter: Enter) -> None:
    page = enter(people.ADMIN)
    farid = User.objects.get(username=FARID)
    for name, address in (
        ("edit-user", f"/users/{farid.pk}/"), ("new-user", "/users/new/"),
        ("edit-photo", f"/users/{farid.pk}/photo/edit/"),
        ("delete-user", f"/users/{farid.pk}/delete/"), ("deactivate-user", f"/users/{farid.pk}/active/"),
        ("rename-fields", "/users/field-names/"),
    ):  # fmt: skip
        page.goto(address)
        assert axe(page) == [], name
        shoot(page, name)
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0, name
        page.set_viewport_size({"width": 1440, "height": 900})
    User.objects.filter(pk=farid.pk).update(first_name="Maximiliaan" * 7, last_name="x" * 80, department="Sales " * 13)
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (f"/users/{farid.pk}/", f"/users/{farid.pk}/delete/", f"/users/{farid.pk}/photo/edit/"):
        page.goto(address)
        assert overflow(page) == 0, address


def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(enter: Enter) -> None:
    page = enter(people.ADMIN)
    _open(page, ENGLISH)
    page.get_by_label("Username").fill("two words")
    page.get_by_label("Timezone").fill("Atlantis")
    page.get_by_label("E-mail address").fill("nobody")
    page.get_by_label("Department").fill("Kept as typed")
    page.get_by_role("button", name="Save", exact=True).first.click()
    for name in ("Username", "Timezone", "E-mail address"):
        expect(page.get_by_label(name)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Department")).to_have_value("Kept as typed")
    expect(page.get_by_label("Username")).to_have_value("two words")
    assert axe(page) == []
    shoot(page, "edit-user-errors")


def test_a_photo_with_everything_on_the_page(enter: Enter) -> None:
    page = enter(people.ADMIN)
    farid = User.objects.get(username=FARID)
    page.goto(f"/users/{farid.pk}/photo/edit/")
    page.get_by_label("Photo", exact=True).set_input_files(JPEG)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".photo-preview")).to_be_visible()
    assert axe(page) == []
    shoot(page, "edit-photo-preview")
    page.get_by_role("button", name="Save photo").click()
    expect(page.locator("img.avatar")).to_be_visible()
    User.objects.filter(pk=farid.pk).update(is_active=False)
    page.reload()
    assert axe(page) == []
    shoot(page, "edit-user-inactive")
