"""Addresses of Function numbers -> Schedules; a schedule goes by its function number's id."""

from __future__ import annotations

from django.urls import path

from carillon.schedules.views import schedule as views
from carillon.schedules.views import temporary

app_name = "schedules"
urlpatterns = [
    path("", views.schedule_list, name="list"),
    path("<int:pk>/", views.schedule_detail, name="detail"),
    path("<int:pk>/order/", views.reorder, name="reorder"),
    path("<int:pk>/timezone/", views.change_timezone, name="timezone"),
    path("<int:pk>/temporary/", temporary.change_add, name="temporary"),
    path("<int:pk>/temporary/<int:change_pk>/end/", temporary.change_end, name="temporary_end"),
    path("<int:pk>/events/add/", views.event_add, name="event_add"),
    path("<int:pk>/events/<int:event_pk>/", views.event_edit, name="event_edit"),
    path("<int:pk>/events/<int:event_pk>/delete/", views.event_delete, name="event_delete"),
    path("<int:pk>/events/<int:event_pk>/move/", views.event_move, name="event_move"),
]
