"""Addresses of what all number fields share."""

from __future__ import annotations

from django.urls import path

from carillon.numbers import views

app_name = "numbers"
urlpatterns = [path("suggestions/", views.suggestions, name="suggest")]
