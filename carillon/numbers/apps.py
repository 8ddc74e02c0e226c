"""The room numbers as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "carillon.numbers"
