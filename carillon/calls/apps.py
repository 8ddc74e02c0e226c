"""The room calls as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from carillon.calls import index


class CallsConfig(AppConfig):
    name = "carillon.calls"

    def ready(self) -> None:
        post_migrate.connect(index.ensure, sender=self, dispatch_uid="calls_search")
