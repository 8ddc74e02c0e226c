"""Addresses of the room of calls."""

from __future__ import annotations

from django.urls import path

from carillon.calls.views import log

app_name = "calls"
urlpatterns = [
    path("", log.log, name="log"),
    path("export/", log.log_export, name="export"),
    path("<int:pk>/", log.detail, name="detail"),
]
