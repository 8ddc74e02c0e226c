"""The room calls as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "carillon.calls"
