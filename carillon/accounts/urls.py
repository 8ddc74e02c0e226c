"""Addresses of accounts: what was changed, mail, and a person's own language and colours."""

from __future__ import annotations

from django.urls import path

from carillon.accounts import views

app_name = "accounts"
urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("changes/<int:pk>/undo/", views.undo_change, name="undo"),
    path("operator/outbox/", views.outbox, name="outbox"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
