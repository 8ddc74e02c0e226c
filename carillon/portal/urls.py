"""Addresses of the manual."""

from __future__ import annotations

from django.urls import path

from carillon.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.help_index, name="help_index"),
    path("<slug:name>/", views.help_page, name="help"),
]
