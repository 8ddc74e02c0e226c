"""The room devices as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "carillon.devices"
