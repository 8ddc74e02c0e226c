"""Addresses of Services -> Music on hold: the levels, and each level's own page."""

from __future__ import annotations

from django.urls import path

from carillon.prompts.views import hold_music

app_name = "hold"
urlpatterns = [
    path("", hold_music.levels, name="levels"),
    path("organization/", hold_music.organization, name="organization"),
    path("numbers/<int:function_pk>/", hold_music.number, name="number"),
    path("users/<int:user_pk>/", hold_music.user, name="user"),
]
