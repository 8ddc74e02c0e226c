"""The room prompts as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "carillon.prompts"
