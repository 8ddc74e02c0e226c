"""Which forwards of an organization lead to a number: they would end nowhere without it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from carillon.accounts.models import Organization
from carillon.functions.forms import ENDS
from carillon.functions.models import HuntGroup
from carillon.schedules.models import ScheduleEvent, TemporaryChange


@dataclass(frozen=True, slots=True)
class Reference:
    """A forward in words, and the page on which it is changed."""

    words: str
    address: str


def forwards_to(organization: Organization, number: str) -> list[Reference]:
    """Return every forward to `number` except those of the number's own settings; four queries."""
    schedules = [*_events(organization, number), *_changes(organization, number)]
    return [*schedules, *_groups(organization, number), *_people(organization, number)]


def _events(organization: Organization, number: str) -> list[Reference]:
    events = (
        ScheduleEvent.objects.filter(schedule__function_number__organization=organization, destination=number)
        .exclude(schedule__function_number__number__value=number)
        .select_related("schedule__function_number__number")
    )
    return [
        Reference(
            _("Schedule of %(number)s, event “%(event)s”")
            % {"number": event.schedule.function_number, "event": event.name},
            reverse("schedules:detail", args=[event.schedule.function_number_id]),
        )
        for event in events
    ]


def _changes(organization: Organization, number: str) -> list[Reference]:
    changes = TemporaryChange.objects.filter(
        schedule__function_number__organization=organization, destination=number, ends_at__gt=timezone.now()
    ).exclude(schedule__function_number__number__value=number)
    return [
        Reference(
            _("Schedule of %(number)s, temporary change by %(person)s")
            % {"number": change.schedule.function_number, "person": change.made_by},
            reverse("schedules:detail", args=[change.schedule.function_number_id]),
        )
        for change in changes.select_related("schedule__function_number__number")
    ]


def _groups(organization: Organization, number: str) -> list[Reference]:
    leads_there = Q()
    for end in ENDS:
        leads_there |= Q(**{f"{end}_number": number})
    groups = (
        HuntGroup.objects.filter(leads_there, function_number__organization=organization)
        .exclude(function_number__number__value=number)
        .select_related("function_number__number")
    )
    return [
        Reference(
            _("Hunt group %(group)s, when nobody takes the call") % {"group": group},
            reverse("functions:detail", args=[group.pk]),
        )
        for group in groups
    ]


def _people(organization: Organization, number: str) -> list[Reference]:
    # By the relation's name: people are a higher room, whose code this one may not know.
    people = organization.users.filter(call_forward__number=number)
    return [
        Reference(_("Forward of %(person)s") % {"person": person}, reverse("users:detail", args=[person.pk]))
        for person in people
    ]
