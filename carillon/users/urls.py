"""Addresses of User administration -> Users, and of a person's own calls."""

from __future__ import annotations

from django.urls import path

from carillon.users import edit_views, photo_views, views

app_name = "users"
urlpatterns = [
    path("users/", views.user_list, name="list"),
    path("users/new/", edit_views.new, name="new"),
    path("users/field-names/", edit_views.captions, name="captions"),
    path("users/<int:pk>/", edit_views.detail, name="detail"),
    path("users/<int:pk>/details/", edit_views.details, name="details"),
    path("users/<int:pk>/password/", edit_views.password, name="password"),
    path("users/<int:pk>/active/", edit_views.active, name="active"),
    path("users/<int:pk>/delete/", edit_views.delete, name="delete"),
    path("users/<int:pk>/photo/", photo_views.photo, name="photo"),
    path("users/<int:pk>/photo/edit/", photo_views.edit, name="photo_edit"),
    path("users/<int:pk>/photo/remove/", photo_views.remove, name="photo_remove"),
    path("my-calls/", views.my_calls, name="my_calls"),
]
