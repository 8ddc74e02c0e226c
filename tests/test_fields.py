"""Each field that a person can set, with the test in which it changes a call, a message, a right or a report."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings

import carillon

TRY = "carillon/calls/tests/test_try_it.py::"
CALLS = "tests/test_screens_change_calls.py::"
EVENT = f"{CALLS}test_each_field_of_an_event_changes_a_call"
DEFAULT = f"{CALLS}test_each_field_of_the_default_event_changes_a_call"
HOLIDAYS = "tests/test_holidays_change_calls.py::"
HOLIDAY_TIMES = (
    *("set_start_date", "start_date", "set_end_date", "end_date", "time_from", "time_to"),
    *("prompt", "action", "destination"),
)
TEMPORARY = "carillon/schedules/tests/test_temporary.py::test_each_field_of_a_temporary_change_changes_a_call"
GROUP = f"{CALLS}test_each_field_of_a_hunt_group_changes_a_call"
PROMPTS = "carillon/prompts/tests/test_making.py::"
CALLED_BACK = "tests/calls/test_call_back.py::test_what_is_recorded_and_kept_is_what_the_next_caller_hears"
WHAT_IF = "carillon/calls/tests/test_what_if_page.py::"
CASES = "carillon/calls/tests/test_cases.py::"
LOG = "carillon/calls/tests/test_log_views.py::test_each_filter_of_the_log_finds_its_calls"
GIVEN = "carillon/schedules/tests/test_rights.py::test_two_groups_together_give_what_both_do"
COPIED = "carillon/schedules/tests/test_many.py::test_a_copy_comes_above_what_is_there_where_that_is_chosen"
EDIT = "carillon/users/tests/test_edit.py::"
GROUPS = "carillon/users/tests/test_groups.py::"
SIGN_IN = "tests/browser/test_frame.py::test_the_sign_in_page_is_accessible_and_signs_in"
FLAGS = {
    "schedules_admin": f"{GROUPS}test_schedules_admin_gives_schedules_and_leads_to_those_that_are_given",
    "reports": f"{GROUPS}test_reports_gives_the_log_and_nothing_more",
    # The one exception: it is kept for a sharing that does not exist yet, and the screen says so.
    "federated": f"{GROUPS}test_federated_is_kept_and_gives_nothing",
}

LIST = "carillon/users/tests/test_list.py::"
JOINED = "carillon/users/tests/test_many.py::test_people_join_and_leave_a_group_in_one_change"

#: room.Form -> its fields -> the proof.
TABLE: dict[str, dict[str, str]] = {
    "schedules.EventForm": dict.fromkeys(
        (
            *("name", "repeat", "weekdays", "set_start_date", "start_date", "set_end_date", "end_date", "time_from"),
            *("time_to", "from_date", "from_time", "to_date", "to_time", "end", "end_until", "end_count"),
            *("prompt", "action", "destination"),
        ),
        EVENT,
    ),
    "schedules.DefaultEventForm": dict.fromkeys(("prompt", "action", "destination"), DEFAULT),
    "schedules.PlaceForm": dict.fromkeys(
        ("country", "region"), f"{HOLIDAYS}test_country_and_region_decide_which_day_it_is"
    ),
    "schedules.HolidaysForm": {
        "chosen": f"{HOLIDAYS}test_only_the_chosen_holidays_change_a_call",
        **dict.fromkeys(HOLIDAY_TIMES, f"{HOLIDAYS}test_each_field_of_added_holidays_changes_a_call"),
    },
    "schedules.HolidayEventForm": dict.fromkeys(
        ("name", *HOLIDAY_TIMES), f"{HOLIDAYS}test_each_field_of_a_holidays_dialog_changes_a_call"
    ),
    "schedules.TemporaryForm": dict.fromkeys(
        (
            *("action", "destination", "prompt", "begins", "from_date", "from_time"),
            *("ends", "to_date", "to_time"),
        ),
        TEMPORARY,
    ),
    "schedules.TimezoneForm": {"timezone": f"{CALLS}test_the_time_zone_changes_a_call"},
    "schedules.GrantForm": dict.fromkeys(("everything", "functions"), GIVEN),
    "schedules.CopyForm": dict.fromkeys(("source", "mode"), COPIED),
    "prompts.NewPromptForm": {
        **dict.fromkeys(
            ("name", "description", "text", "language"),
            f"{PROMPTS}test_a_text_is_spoken_and_is_what_a_caller_hears",
        ),
        "source": "tests/browser/test_microphone.py::test_what_is_recorded_is_what_a_caller_hears",
        "file": f"{PROMPTS}test_an_imported_file_is_what_a_caller_hears",
        "phone": CALLED_BACK,
    },
    "prompts.PromptForm": dict.fromkeys(
        ("name", "description"),
        "carillon/prompts/tests/test_detail.py::test_the_new_name_and_description_are_what_a_dialog_shows",
    ),
    "prompts.SoundForm": {
        **dict.fromkeys(
            ("source", "text", "language", "file"), f"{PROMPTS}test_another_language_is_what_its_callers_hear"
        ),
        "phone": CALLED_BACK,
    },
    "prompts.PhoneFields": {"phone": CALLED_BACK},
    "prompts.HoldMusicForm": {
        "prompt": "carillon/prompts/tests/test_hold_music.py::test_each_level_gives_its_music_to_those_who_are_held"
    },
    "functions.HuntGroupForm": {
        "name": f"{CALLS}test_the_name_of_a_hunt_group_is_how_a_forward_finds_it",
        **dict.fromkeys(
            (
                *("number", "language", "strategy", "ring_seconds", "follow_forwards"),
                *("on_no_answer", "on_no_answer_prompt", "on_no_answer_number"),
                *("on_busy", "on_busy_prompt", "on_busy_number"),
                *("on_unreachable", "on_unreachable_prompt", "on_unreachable_number"),
            ),
            GROUP,
        ),
    },
    "functions.MemberForm": {"member": f"{CALLS}test_a_new_member_changes_a_call"},
    "users.ColumnsForm": {
        "columns": f"{LIST}test_each_chosen_column_says_what_it_is_called",
        "size": f"{LIST}test_columns_and_page_size_are_kept_per_person",
    },
    "users.JoinForm": {"group": JOINED},
    "users.FlagsForm": FLAGS,
    "users.GroupForm": {
        "name": f"{GROUPS}test_the_name_and_the_flags_of_a_group_are_changed_on_its_page",
        **FLAGS,
    },
    "users.MembersForm": dict.fromkeys(
        ("add", "remove"),
        "carillon/users/tests/test_group_members.py::test_joining_gives_the_rights_of_the_group_and_leaving_takes_them",
    ),
    "users.ForwardForm": {"number": f"{CALLS}test_a_persons_forward_changes_a_call"},
    "users.UserForm": {
        "username": f"{EDIT}test_a_person_signs_in_with_the_new_user_name_and_no_longer_with_the_old",
        "cost_center": "carillon/callcontrol/tests/test_cost_center.py::test_the_cost_center_of_a_call",
        **dict.fromkeys(
            ("language", "timezone"), f"{EDIT}test_a_person_reads_the_portal_in_the_language_and_zone_that_are_set"
        ),
        "visibility": f"{EDIT}test_nobody_hidden_is_suggested_or_found_by_name_and_the_number_still_works",
        **dict.fromkeys(
            ("first_name", "last_name"), f"{EDIT}test_names_are_what_the_called_phone_shows_and_the_search_finds"
        ),
        **dict.fromkeys(
            ("department", "field1", "field2", "field3"),
            f"{EDIT}test_each_field_of_the_directory_is_found_in_the_list",
        ),
        "email": f"{EDIT}test_a_new_password_counts_ends_every_session_and_is_told_by_mail",
        "groups": f"{EDIT}test_a_box_of_a_group_gives_its_right_on_the_very_next_request",
    },
    "users.NewUserForm": dict.fromkeys(
        (
            *("username", "cost_center", "language", "timezone", "visibility", "first_name", "last_name"),
            *("department", "email", "field1", "field2", "field3", "groups", "password", "retype"),
        ),
        "carillon/users/tests/test_coming_and_going.py::test_a_new_user_signs_in_and_has_what_was_typed",
    ),
    "users.PasswordForm": dict.fromkeys(
        ("password", "retype"), f"{EDIT}test_a_new_password_counts_ends_every_session_and_is_told_by_mail"
    ),
    "users.PhotoForm": {"photo": "carillon/users/tests/test_photos.py::test_a_photo_is_seen_before_it_is_saved"},
    "users.CaptionsForm": dict.fromkeys(
        ("field1_caption", "field2_caption", "field3_caption"),
        f"{EDIT}test_captions_are_what_the_fields_are_called_for_everybody",
    ),
    "calls.TryForm": {
        **dict.fromkeys(
            ("what", "number", "prompt", "caller", "when", "date", "time", "phones"),
            f"{TRY}test_each_field_changes_what_is_tried",
        ),
    },
    "calls.WhatIfForm": {
        "number": f"{WHAT_IF}test_a_name_is_as_good_as_a_number_and_nonsense_is_told_beside_its_field",
        "caller": f"{WHAT_IF}test_who_calls_from_inside_goes_out_and_who_calls_from_outside_does_not",
        **dict.fromkeys(("date", "time"), f"{WHAT_IF}test_one_sentence_says_what_a_caller_gets"),
        "later": f"{WHAT_IF}test_the_hour_that_the_clock_shows_twice_can_be_asked_for_twice",
        "assume": f"{WHAT_IF}test_what_is_assumed_takes_the_call_another_way",
    },
    "calls.CaseForm": dict.fromkeys(("name", "when"), f"{CASES}test_a_case_is_kept_with_its_name_and_moment"),
    "calls.LogFilter": dict.fromkeys(("q", "since", "until", "result", "function", "direction", "person"), LOG),
    "accounts.SignInForm": {"login": SIGN_IN, "password": SIGN_IN},
}
#: Forms that only give others their fields.
BASES = {"schedules.ActionForm", "schedules.HolidayTimesForm"}
#: Fields that a form gets when it is made (allauth's by its settings), and one that nobody is shown.
ADDED, HIDDEN = {"accounts.SignInForm": {"login"}}, {"remember"}
#: Where a field's proof is one line of a parametrized test, the line has to be there.
LINES = {EVENT: "EVENT_FIELDS", GROUP: "GROUP_FIELDS"}


def product_forms() -> dict[str, type[forms.BaseForm]]:
    """Return every form class that a module of the product defines, by room and name."""
    found: dict[str, type[forms.BaseForm]] = {}
    for module in pkgutil.walk_packages(carillon.__path__, "carillon."):
        if ".tests" in module.name or ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, forms.BaseForm) and value.__module__ == module.name:
                found[f"{module.name.split('.')[1]}.{value.__name__}"] = value
    return {name: form for name, form in found.items() if name not in BASES}


def test_every_form_of_the_product_is_in_the_table() -> None:
    assert set(product_forms()) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_every_field_is_in_the_table_and_nothing_else(name: str) -> None:
    fields = set(vars(product_forms()[name])["base_fields"]) | ADDED.get(name, set())
    assert fields - HIDDEN == set(TABLE[name])


@pytest.mark.parametrize("proof", sorted({proof for fields in TABLE.values() for proof in fields.values()}))
def test_each_proof_exists(proof: str) -> None:
    path, _colon, function = proof.partition("::")
    text = (Path(settings.PROJECT) / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {function}\(", text, re.MULTILINE)


def test_a_proof_with_lines_has_one_for_each_of_its_fields() -> None:
    from_calls = importlib.import_module("tests.test_screens_change_calls")
    for proof, lines in LINES.items():
        proven = {row[0] for row in getattr(from_calls, lines)}
        claimed = {field for fields in TABLE.values() for field, test in fields.items() if test == proof}
        assert claimed == proven
