"""Addresses of the room of calls."""

from __future__ import annotations

from django.urls import URLPattern, path

from carillon.calls.views import cases, home, log, try_it, what_if

app_name = "calls"
urlpatterns: list[URLPattern] = [
    path("", log.log, name="log"),
    path("export/", log.log_export, name="export"),
    path("<int:pk>/", log.detail, name="detail"),
    path("what-if/", what_if.what_if, name="what_if"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/add/", cases.case_add, name="case_add"),
    path("cases/<int:pk>/accept/", cases.case_accept, name="case_accept"),
    path("cases/<int:pk>/delete/", cases.case_delete, name="case_delete"),
    path("try/", try_it.try_it, name="try_it"),
    path("try/start/", try_it.start, name="try_start"),
    path("try/<int:pk>/", try_it.steps, name="try_steps"),
    path("home/", home.home_live, name="home_live"),
]
