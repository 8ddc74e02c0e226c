"""Django's migrate, after which the search index of the log is there: SQLite loses it when the table gets a column."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from carillon.calls import index


class Command(Migrate):
    """The same command with the same options."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            index.ensure(options["database"])
