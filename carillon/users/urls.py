"""Addresses of User administration -> Users, and of a person's own calls."""

from __future__ import annotations

from django.urls import path

from carillon.users.views import listing, many, person

app_name = "users"
urlpatterns = [
    path("users/", listing.user_list, name="list"),
    path("users/columns/", listing.columns, name="columns"),
    path("users/export/", listing.export_list, name="export"),
    path("users/activate/", many.activate, name="activate"),
    path("users/deactivate/", many.deactivate, name="deactivate"),
    path("users/join/", many.join, name="join"),
    path("users/leave/", many.leave, name="leave"),
    path("users/undo/", many.take_back, name="take_back"),
    path("users/<int:pk>/", person.user_detail, name="detail"),
    path("my-calls/", person.my_calls, name="my_calls"),
]
