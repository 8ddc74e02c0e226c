"""The room users as a Django app; from its start the list of users follows every change."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "carillon.users"

    def ready(self) -> None:
        """Only now may models be imported."""
        audit, index = import_module("carillon.accounts.audit"), import_module("carillon.users.index")
        audit.FOLLOWERS.append(index.follow)
