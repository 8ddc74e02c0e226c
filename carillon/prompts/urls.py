"""Addresses of voice prompts."""

from __future__ import annotations

from django.urls import path

from carillon.prompts.views import hearing

app_name = "prompts"
urlpatterns = [
    path("player/", hearing.player, name="player"),
    path("<int:pk>/listen/", hearing.listen, name="listen"),
]
