"""Addresses of Function numbers -> Hunt groups."""

from __future__ import annotations

from django.urls import path

from carillon.functions import views

app_name = "functions"
urlpatterns = [
    path("", views.hunt_groups, name="list"),
    path("add/", views.create, name="create"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/open/", views.open_hours, name="open_hours"),
    path("<int:pk>/members/add/", views.member_add, name="member_add"),
    path("<int:pk>/members/order/", views.members_order, name="members_order"),
    path("<int:pk>/members/<int:member_pk>/remove/", views.member_remove, name="member_remove"),
]
