"""Addresses of voice prompts."""

from __future__ import annotations

from django.urls import path

from carillon.prompts.views import call_back, hearing, making

app_name = "prompts"
urlpatterns = [
    path("new/", making.new, name="new"),
    path("making/<int:making_pk>/", making.wait, name="making"),
    path("making/<int:making_pk>/keep/", making.keep, name="keep"),
    path("making/<int:making_pk>/listen/", making.hear, name="hear"),
    path("making/<int:making_pk>/cancel/", call_back.cancel, name="call_cancel"),
    path("making/<int:making_pk>/again/", call_back.again, name="call_again"),
    path("phones/", call_back.phones, name="phones"),
    path("<int:pk>/record/", making.record, name="record"),
    path("player/", hearing.player, name="player"),
    path("<int:pk>/listen/", hearing.listen, name="listen"),
]
