"""The room functions as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class FunctionsConfig(AppConfig):
    name = "carillon.functions"
