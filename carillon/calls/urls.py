"""Addresses of the room of calls."""

from __future__ import annotations

from django.urls import URLPattern, path

from carillon.calls.views import home

app_name = "calls"
urlpatterns: list[URLPattern] = [
    path("home/", home.home_live, name="home_live"),
]
