"""Addresses of voice prompts."""

from __future__ import annotations

from django.urls import path

from carillon.prompts.views import call_back, detail, hearing, listing, making

app_name = "prompts"
urlpatterns = [
    path("", listing.prompt_list, name="list"),
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
    path("<int:pk>/", detail.detail, name="detail"),
    path("<int:pk>/uses/", listing.uses, name="uses"),
    path("<int:pk>/remove/", detail.remove, name="remove"),
    path("<int:pk>/reset/", detail.reset, name="reset"),
    path("<int:pk>/delete/", detail.delete, name="delete"),
    path("<int:pk>/versions/<int:version_pk>/listen/", detail.hear_version, name="hear_version"),
    path("<int:pk>/versions/<int:version_pk>/original/", detail.original, name="original"),
    path("<int:pk>/versions/<int:version_pk>/bring-back/", detail.bring_back, name="bring_back"),
]
