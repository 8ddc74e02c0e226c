"""Addresses of User administration -> User groups and Users, and of a person's own calls."""

from __future__ import annotations

from django.urls import path

from carillon.users import groups_views, views

app_name = "users"
urlpatterns = [
    path("users/", views.user_list, name="list"),
    path("users/<int:pk>/", views.user_detail, name="detail"),
    path("user-groups/", groups_views.groups, name="groups"),
    path("user-groups/new/", groups_views.group_new, name="group_new"),
    path("user-groups/undo/", groups_views.groups_undo, name="groups_undo"),
    path("user-groups/<int:group_pk>/", groups_views.group, name="group"),
    path("user-groups/<int:group_pk>/members/", groups_views.group_members, name="group_members"),
    path("user-groups/<int:group_pk>/delete/", groups_views.group_delete, name="group_delete"),
    path("my-calls/", views.my_calls, name="my_calls"),
]
