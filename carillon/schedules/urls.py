"""Addresses of Function numbers -> Schedules; a schedule goes by its function number's id."""

from __future__ import annotations

from django.urls import path

from carillon.schedules.views import drafts, history, holidays, listing, many, picture, rights, temporary, timezone
from carillon.schedules.views import schedule as views

app_name = "schedules"
urlpatterns = [
    path("", listing.schedule_list, name="list"),
    path("live/", listing.list_live, name="list_live"),
    path("many/event/", many.many_event, name="many_event"),
    path("many/copy/", many.many_copy, name="many_copy"),
    path("many/undo/", many.many_undo, name="many_undo"),
    path("rights/", rights.rights, name="rights"),
    path("rights/<int:group_pk>/", rights.group_rights, name="group_rights"),
    path("<int:pk>/", views.schedule_detail, name="detail"),
    path("<int:pk>/picture/", picture.schedule_picture, name="picture"),
    path("<int:pk>/order/", views.reorder, name="reorder"),
    path("<int:pk>/holidays/", holidays.holidays_add, name="holidays_add"),
    path("<int:pk>/history/", history.history, name="history"),
    path("<int:pk>/timezone/", timezone.change_timezone, name="timezone"),
    path("<int:pk>/timezone/shifts/", timezone.timezone_shifts, name="timezone_shifts"),
    path("<int:pk>/events/new-prompt/", drafts.new_prompt, name="new_prompt"),
    path("<int:pk>/temporary/", temporary.change_add, name="temporary"),
    path("<int:pk>/temporary/<int:change_pk>/end/", temporary.change_end, name="temporary_end"),
    path("<int:pk>/events/add/", views.event_add, name="event_add"),
    path("<int:pk>/events/<int:event_pk>/", views.event_edit, name="event_edit"),
    path("<int:pk>/events/<int:event_pk>/delete/", views.event_delete, name="event_delete"),
    path("<int:pk>/events/<int:event_pk>/move/", views.event_move, name="event_move"),
]
