"""Many function numbers at once: preview, result for each, one audit row for each, and taking all of it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import AuditEntry, User
from carillon.functions.tests.builders import (
    add_week,
    chapter_five,
    make_hunt_group,
    make_organization,
    make_person,
    make_schedules_admin,
)
from carillon.numbers.models import FunctionNumber
from carillon.schedules.models import ScheduleEvent, ScheduleGrant

pytestmark = pytest.mark.django_db

EVENT = reverse("schedules:many_event")
COPY = reverse("schedules:many_copy")
LUNCH = {
    "name": "lunch",
    "repeat": "week",
    "weekdays": ["0", "1"],
    "time_from": "12:30",
    "time_to": "13:30",
    "action": "closed",
}


@pytest.fixture
def main() -> FunctionNumber:
    return chapter_five(make_organization())


@pytest.fixture
def second(main: FunctionNumber) -> FunctionNumber:
    return make_hunt_group(main.organization, "second group", "9011")


@pytest.fixture
def third(main: FunctionNumber) -> FunctionNumber:
    function = make_hunt_group(main.organization, "third", "9012")
    add_week(function, "night", "22:00", "06:00")
    return function


@pytest.fixture
def admin(main: FunctionNumber) -> Client:
    client = Client()
    client.force_login(make_person(main.organization, "alexandra.meuwissen", is_admin=True))
    return client


def chosen(*functions: FunctionNumber) -> str:
    for function in functions:
        function.schedule.refresh_from_db()
    return " ".join(f"{each.pk}:{each.schedule.version}" for each in functions)


def post(client: Client, address: str, step: str, functions: str, **data: Any) -> str:
    """Press a button of these pages and return the page that follows."""
    return client.post(address, {"chosen": functions, "step": step} | data).content.decode()


def hidden(page: str) -> dict[str, Any]:
    """Return what the form of a preview sends along."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        found.setdefault(name, []).append(value)
    return found


def confirm(client: Client, address: str, page: str) -> str:
    """Press the button of a preview."""
    return client.post(address, hidden(page) | {"step": "apply"}).content.decode()


def results(page: str) -> dict[str, str]:
    """Return what became of each function number, by name."""
    rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", page, re.DOTALL)
    found = {}
    for row in rows:
        name = re.search(r">([^<]+)</a></th>", row)
        verdict = re.search(r"(will change|done|skipped|refused)</span>", row)
        assert name
        assert verdict
        found[name[1]] = verdict[1]
    return found


def order(function: FunctionNumber) -> list[str]:
    return list(function.schedule.events.filter(is_default=False).order_by("position").values_list("name", flat=True))


def test_one_event_comes_to_all_chosen_numbers_after_a_preview(
    admin: Client, main: FunctionNumber, second: FunctionNumber, third: FunctionNumber
) -> None:
    form = admin.get(EVENT, {"pk": [main.pk, second.pk]}).content.decode()
    assert "For 2 function numbers" in form
    preview = post(admin, EVENT, "preview", hidden(form)["chosen"][0], **LUNCH)
    assert results(preview) == {"Main number": "will change", "second group": "will change"}
    assert "“lunch” comes above its 3 events." in preview
    assert "“lunch”, Per week, 12:30 - 13:30, Monday and Tuesday, Closed" in preview
    assert "“lunch” comes above the default event." in preview
    assert order(second) == []
    page = confirm(admin, EVENT, preview)
    assert results(page) == {"Main number": "done", "second group": "done"}
    assert order(main) == ["lunch", "1 jan", "pm", "am"]
    assert order(second) == ["lunch"]
    assert order(third) == ["night"]
    assert second.schedule.events.get(name="lunch").weekdays == 0b11
    assert AuditEntry.objects.filter(kind="schedules.schedule").count() == 2


def test_each_change_is_taken_back_alone_and_all_together(
    admin: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    page = post(admin, EVENT, "apply", chosen(main, second), **LUNCH)
    one = AuditEntry.objects.get(object_id=main.schedule.pk)
    admin.post(reverse("accounts:undo", args=[one.pk]))
    assert order(main) == ["1 jan", "pm", "am"]
    assert order(second) == ["lunch"]
    said = admin.post(reverse("schedules:many_undo"), {"entries": hidden(page)["entries"][0]}, follow=True)
    assert order(second) == []
    assert "1 schedule is what it was before." in said.content.decode()
    assert "1 change could not be taken back" in said.content.decode()


def test_a_schedule_that_was_changed_since_the_preview_is_skipped_and_says_by_whom(
    admin: Client, client: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    preview = post(admin, EVENT, "preview", chosen(main, second), **LUNCH)
    client.force_login(make_person(main.organization, "an.peeters", is_admin=True))
    am = main.schedule.events.get(name="am")
    client.post(reverse("schedules:event_delete", args=[main.pk, am.pk]), {"version": 1})
    page = confirm(admin, EVENT, preview)
    assert results(page) == {"Main number": "skipped", "second group": "done"}
    assert "changed since the preview, by An Peeters" in page
    assert order(main) == ["1 jan", "pm"]


def test_a_page_that_is_sent_twice_does_nothing_twice(admin: Client, main: FunctionNumber) -> None:
    preview = post(admin, EVENT, "preview", chosen(main), **LUNCH)
    confirm(admin, EVENT, preview)
    assert results(confirm(admin, EVENT, preview)) == {"Main number": "skipped"}
    assert order(main) == ["lunch", "1 jan", "pm", "am"]


def test_a_number_is_not_forwarded_to_itself_and_the_others_are(
    admin: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    forward = LUNCH | {"action": "forward", "destination": "second group"}
    preview = post(admin, EVENT, "preview", chosen(main, second), **forward)
    assert results(preview) == {"Main number": "will change", "second group": "refused"}
    assert "“lunch” would forward this number to itself." in preview
    assert results(confirm(admin, EVENT, preview)) == {"Main number": "done", "second group": "refused"}
    assert main.schedule.events.get(name="lunch").destination == "9011"
    assert order(second) == []


def test_a_slip_is_answered_beside_its_field_and_nothing_typed_is_lost(admin: Client, main: FunctionNumber) -> None:
    page = post(admin, EVENT, "preview", chosen(main), **LUNCH | {"time_to": "25:00"})
    assert "Type a time as 08:30." in page
    assert 'value="lunch"' in page
    assert hidden(page)["chosen"] == [chosen(main)]
    again = post(admin, EVENT, "edit", chosen(main), **LUNCH)
    assert 'value="lunch"' in again
    assert "Type a time" not in again


def test_a_schedule_takes_the_place_of_others(
    admin: Client, main: FunctionNumber, second: FunctionNumber, third: FunctionNumber
) -> None:
    main.schedule.events.filter(is_default=True).update(action="forward", destination="9012")
    preview = post(admin, COPY, "preview", chosen(main, second, third), source=main.pk, mode="replace")
    assert results(preview) == {"Main number": "skipped", "second group": "will change", "third": "refused"}
    assert "Events that go: none. Events that come: “1 jan”, “pm” and “am”." in preview
    page = confirm(admin, COPY, preview)
    assert results(page) == {"Main number": "skipped", "second group": "done", "third": "refused"}

    def content(function: FunctionNumber) -> list[Any]:
        left_out = {"id", "schedule", "position"}
        fields = [each.attname for each in ScheduleEvent._meta.concrete_fields if each.name not in left_out]
        return list(function.schedule.events.values_list(*fields))

    assert content(second) == content(main)
    assert order(third) == ["night"]
    # Once more: nothing differs.
    again = post(admin, COPY, "preview", chosen(second), source=main.pk, mode="replace")
    assert results(again) == {"second group": "skipped"}


def test_a_copy_comes_above_what_is_there_where_that_is_chosen(
    admin: Client, main: FunctionNumber, third: FunctionNumber
) -> None:
    page = post(admin, COPY, "apply", chosen(third), source=main.pk, mode="add", source_version="1")
    assert results(page) == {"third": "done"}
    assert order(third) == ["1 jan", "pm", "am", "night"]
    places = third.schedule.events.filter(is_default=False).values_list("position", flat=True)
    assert list(places) == [1, 2, 3, 4]
    assert third.schedule.events.get(is_default=True).action == "closed"


def test_a_replaced_schedule_comes_back_as_it_was(admin: Client, main: FunctionNumber, third: FunctionNumber) -> None:
    before = list(third.schedule.events.values())
    page = post(admin, COPY, "apply", chosen(third), source=main.pk, mode="replace", source_version="1")
    assert order(third) == ["1 jan", "pm", "am"]
    admin.post(reverse("schedules:many_undo"), {"entries": hidden(page)["entries"][0]})
    assert list(third.schedule.events.values()) == before


def test_a_copied_schedule_that_was_changed_since_the_preview_is_shown_once_more(
    admin: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    preview = post(admin, COPY, "preview", chosen(second), source=main.pk, mode="replace")
    am = main.schedule.events.get(name="am")
    admin.post(reverse("schedules:event_delete", args=[main.pk, am.pk]), {"version": 1})
    page = confirm(admin, COPY, preview)
    assert "was changed meanwhile. Nothing is done yet" in page
    assert results(page) == {"second group": "will change"}
    assert order(second) == []
    assert results(confirm(admin, COPY, page)) == {"second group": "done"}
    assert order(second) == ["1 jan", "pm"]


def test_another_time_zone_is_told(admin: Client, main: FunctionNumber, second: FunctionNumber) -> None:
    type(second.schedule).objects.filter(pk=second.schedule.pk).update(timezone="Asia/Kathmandu")
    page = post(admin, COPY, "preview", chosen(second), source=main.pk, mode="add")
    assert "Its times then count in Asia/Kathmandu." in page


def test_all_that_match_are_chosen_with_one_tick(
    admin: Client, main: FunctionNumber, second: FunctionNumber, third: FunctionNumber
) -> None:
    page = admin.get(EVENT, {"all": "1", "query": "state=closed&q=90"}).content.decode()
    assert hidden(page)["chosen"] == [chosen(second, third)]
    assert "For 3 function numbers" in admin.get(COPY, {"all": "1", "query": ""}).content.decode()


@pytest.mark.parametrize("data", [{}, {"pk": "x"}, {"pk": "99999999"}, {"all": "1", "query": "q=nobody"}])
def test_nothing_chosen_leads_back_with_a_word(admin: Client, main: FunctionNumber, data: dict[str, str]) -> None:
    for address in (EVENT, COPY):
        page = admin.get(address, data, follow=True)
        assert page.redirect_chain[-1][0] == reverse("schedules:list")
        assert "Tick at least one function number first." in page.content.decode()


@pytest.mark.parametrize("text", ["", "x", "1", ":", "1:x", "1:2:3", "-1:1", "9" * 30 + ":1"])
def test_a_mangled_choice_chooses_nothing(admin: Client, main: FunctionNumber, text: str) -> None:
    assert admin.post(EVENT, {"chosen": text, "step": "apply"} | LUNCH).status_code == 302
    assert order(main) == ["1 jan", "pm", "am"]


def test_numbers_that_are_foreign_or_not_given_are_neither_shown_nor_changed(
    client: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    foreign = make_hunt_group(make_organization("other"), "foreign", "9011")
    steven = make_person(main.organization, "steven.claes")
    ScheduleGrant.objects.create(group=make_schedules_admin(steven), everything=False).functions.add(second)
    client.force_login(steven)
    page = post(client, EVENT, "apply", chosen(main, second, foreign), **LUNCH)
    assert results(page) == {"second group": "done"}
    assert [order(main), order(foreign)] == [["1 jan", "pm", "am"], []]
    copy = client.get(COPY, {"pk": [second.pk]}).content.decode()
    assert "Main number" not in copy
    assert "not one of the available choices" in post(client, COPY, "apply", chosen(second), source=main.pk, mode="add")


def test_only_own_changes_that_may_be_taken_back_are(
    admin: Client, client: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    post(admin, EVENT, "apply", chosen(main), **LUNCH)
    entry = AuditEntry.objects.get()
    steven = make_person(main.organization, "steven.claes")
    make_schedules_admin(steven)
    client.force_login(steven)
    page = client.post(reverse("schedules:many_undo"), {"entries": f"{entry.pk} x 99999"}, follow=True)
    assert "could not be taken back" in page.content.decode()
    assert order(main)[0] == "lunch"
    client.force_login(make_person(make_organization("other"), "stranger", is_admin=True))
    client.post(reverse("schedules:many_undo"), {"entries": f"{entry.pk}"})
    assert order(main)[0] == "lunch"


def test_a_plain_user_may_not(client: Client, main: FunctionNumber) -> None:
    client.force_login(make_person(main.organization, "plain"))
    for address in (EVENT, COPY, reverse("schedules:many_undo")):
        assert client.post(address, {"chosen": chosen(main)}).status_code == 403


def test_the_next_message_does_not_offer_to_take_back_the_last_one_alone(
    admin: Client, main: FunctionNumber, second: FunctionNumber
) -> None:
    post(admin, EVENT, "apply", chosen(main, second), **LUNCH)
    assert "undo" not in admin.session


def test_names_are_shown_and_never_run(admin: Client, main: FunctionNumber) -> None:
    page = post(admin, EVENT, "preview", chosen(main), **LUNCH | {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in page


def test_the_preview_costs_the_same_queries_for_2_and_60(
    admin: Client, main: FunctionNumber, second: FunctionNumber, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        post(admin, COPY, "preview", chosen(main, second), source=main.pk, mode="replace")
    more = [make_hunt_group(main.organization, f"group {place}", f"7{place:03}") for place in range(60)]
    picked = chosen(*more)
    with django_assert_max_num_queries(14):
        post(admin, COPY, "preview", picked, source=main.pk, mode="replace")
    assert User.objects.count() == 1
