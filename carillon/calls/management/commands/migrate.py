"""Django's migrate, after which the indexes of searches are there: SQLite loses one when its table gets a column."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from carillon.calls import index
from carillon.users import index as users_index


class Command(Migrate):
    """The same command with the same options."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            index.ensure(options["database"])
            users_index.ensure(options["database"])
            executor = MigrationExecutor(connections[options["database"]])
            if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
                # People from before the list kept rows of its own.
                users_index.complete()
