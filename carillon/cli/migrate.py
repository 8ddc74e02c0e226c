"""Bringing the database to the version of this code."""

from __future__ import annotations

import argparse

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from carillon.calls import index
from carillon.users import index as users_index


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def migrate() -> bool:
    """Migrate when there is something to migrate; True if there was."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def run(_options: argparse.Namespace) -> int:
    print("The database was brought up to date." if migrate() else "The database is up to date.")
    # Asked for by hand also where only a right was missing before.
    index.ensure()
    users_index.ensure()
    return 0
