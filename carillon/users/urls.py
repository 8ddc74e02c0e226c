"""Addresses of User administration -> User groups and Users, and of a person's own calls."""

from __future__ import annotations

from django.urls import path

from carillon.users.views import edit, groups, listing, many, person, photo

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
    path("users/new/", edit.new, name="new"),
    path("users/field-names/", edit.captions, name="captions"),
    path("users/<int:pk>/", edit.detail, name="detail"),
    path("users/<int:pk>/details/", edit.details, name="details"),
    path("users/<int:pk>/password/", edit.password, name="password"),
    path("users/<int:pk>/active/", edit.active, name="active"),
    path("users/<int:pk>/delete/", edit.delete, name="delete"),
    path("users/<int:pk>/photo/", photo.photo, name="photo"),
    path("users/<int:pk>/photo/edit/", photo.edit, name="photo_edit"),
    path("users/<int:pk>/photo/remove/", photo.remove, name="photo_remove"),
    path("user-groups/", groups.groups, name="groups"),
    path("user-groups/new/", groups.group_new, name="group_new"),
    path("user-groups/undo/", groups.groups_undo, name="groups_undo"),
    path("user-groups/<int:group_pk>/", groups.group, name="group"),
    path("user-groups/<int:group_pk>/members/", groups.group_members, name="group_members"),
    path("user-groups/<int:group_pk>/delete/", groups.group_delete, name="group_delete"),
    path("my-calls/", person.my_calls, name="my_calls"),
]
