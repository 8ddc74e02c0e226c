"""The room users as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "carillon.users"
