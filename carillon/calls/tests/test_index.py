"""The index behind the search: made by every migration, also where a table was made anew or a right is missing."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection

from carillon.calls import index, search
from carillon.calls.models import Call
from carillon.calls.search import Wanted
from carillon.calls.tests.builders import NOW, make_call
from carillon.functions.tests.builders import make_hunt_group, make_organization

pytestmark = pytest.mark.django_db


class Editor:
    """What the migration asks of its schema editor, which cannot begin within a test's transaction."""

    connection = connection

    def execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_migrating_makes_what_is_missing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER calls_search_added" if connection.vendor == "sqlite" else "DROP INDEX calls_search"
        )
    call_command("migrate", verbosity=0, interactive=False)
    organization = make_organization()
    make_call(organization, answered_by="An Peeters")
    assert len(search.read(organization, Wanted(("peeters",)), 5)) == 1


def test_without_the_right_to_make_it_the_log_is_still_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        return  # SQLite has no rights

    def refuse(*_arguments: Any) -> None:
        raise DatabaseError("permission denied to create extension")

    monkeypatch.setattr(connection, "cursor", refuse)
    index._ensure_postgres(connection)
    monkeypatch.undo()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX calls_search")
    organization = make_organization()
    for n in range(5):
        make_call(organization, NOW + timedelta(seconds=n), answered_by="An Peeters" if n == 0 else "")
    assert len(search.read(organization, Wanted(("peeters",)), 5)) == 1


def test_calls_from_before_get_their_place_and_are_found() -> None:
    organization = make_organization()
    function = make_hunt_group(organization, "Main number", "+3227811501")
    call = make_call(organization)
    Call.objects.filter(pk=call.pk).update(search="", place=1, function=None, called_name="")
    importlib.import_module("carillon.calls.migrations.0003_log_search").fill(apps, Editor())
    call.refresh_from_db()
    assert (call.called_name, call.function_id) == ("Main number", function.pk)
    assert call.place > 1
    assert len(search.read(organization, Wanted(("47012",)), 5)) == 1
