"""Addresses of the manual and its pictures."""

from __future__ import annotations

from django.urls import path

from carillon.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.help_index, name="help_index"),
    path("images/<slug:name>.png", views.help_picture, name="help_picture"),
    path("<slug:name>/", views.help_page, name="help"),
]
