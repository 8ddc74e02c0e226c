"""The room schedules as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "carillon.schedules"
