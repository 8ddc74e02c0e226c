"""Addresses of User administration -> Users, and of a person's own calls."""

from __future__ import annotations

from django.urls import path

from carillon.users import views

app_name = "users"
urlpatterns = [
    path("users/", views.user_list, name="list"),
    path("users/<int:pk>/", views.user_detail, name="detail"),
    path("my-calls/", views.my_calls, name="my_calls"),
]
