"""Who may change schedules: per user group flagged Schedules admin the function numbers that its members are given."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from carillon.accounts.http import Request, may
from carillon.accounts.models import UserGroup
from carillon.accounts.roles import Right
from carillon.schedules.models import ScheduleGrant
from carillon.schedules.rights_actions import give
from carillon.schedules.rights_form import GrantForm


def _groups(request: Request) -> QuerySet[UserGroup]:
    people = Count("members", filter=Q(members__is_active=True), distinct=True)
    groups = request.organization.user_groups.filter(schedules_admin=True).select_related("schedule_grant")
    return groups.prefetch_related("schedule_grant__functions__number").annotate(people=people)


@may(Right.USERS_CHANGE)
def rights(request: Request) -> HttpResponse:
    return render(request, "schedules/rights.html", {"groups": _groups(request)})


@may(Right.USERS_CHANGE)
def group_rights(request: Request, group_pk: int) -> HttpResponse:
    group = get_object_or_404(_groups(request), pk=group_pk)
    grant = group.schedule_grant if hasattr(group, "schedule_grant") else ScheduleGrant(group=group)
    form = GrantForm(request.POST or None, instance=grant, organization=request.organization)
    if request.method == "POST" and form.is_valid():
        give(request, group, form)
        messages.success(request, _("Saved. “%(name)s” may change these schedules from now on.") % {"name": group.name})
        return redirect("schedules:rights")
    return render(request, "schedules/group_rights.html", {"group": group, "form": form})
