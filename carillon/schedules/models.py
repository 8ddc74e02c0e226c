"""Opening hours as the manual's chapter 5 has them: events from top to bottom, the first match sets the state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User, UserGroup
from carillon.accounts.roles import Right, can
from carillon.numbers.models import FunctionNumber
from carillon.prompts.models import Prompt

MONDAY_TO_FRIDAY = 0b0011111


class Schedule(models.Model):
    """The schedule of one function number. `version` is raised by every change: reordering checks it."""

    function_number = models.OneToOneField(FunctionNumber, on_delete=models.CASCADE, related_name="schedule")
    timezone = models.CharField(_("Schedule timezone"), max_length=50, default="Europe/Brussels")
    version = models.PositiveIntegerField(default=1)
    audit_ignored = ("version",)

    class Meta:
        verbose_name = _("Schedule")

    def __str__(self) -> str:
        return str(self.function_number)

    @staticmethod
    def audit_may_undo(user: User, pk: int) -> bool:
        """Tell whether somebody who is no administrator may still change this schedule."""
        return schedules_given_to(user).filter(schedule__pk=pk).exists()

    def add_opening(self, position: int, name: str, since: time, until: time) -> None:
        """Add an event that opens from Monday to Friday; the caller keeps the positions apart."""
        self.events.create(
            position=position,
            name=name,
            action=ScheduleEvent.Action.OPEN,
            repeat=ScheduleEvent.Repeat.WEEK,
            weekdays=MONDAY_TO_FRIDAY,
            time_from=since,
            time_to=until,
        )


class ScheduleEvent(models.Model):
    """One event. Day and week use weekdays and times between dates; none, month and year use start and end."""

    class Action(models.TextChoices):
        OPEN = "open", _("Open")
        FORWARD = "forward", _("Forward")
        CLOSED = "closed", _("Closed")

    class Repeat(models.TextChoices):
        NONE = "none", _("Never")
        DAY = "day", _("Per day")
        WEEK = "week", _("Per week")
        MONTH = "month", _("Every month")
        YEAR = "year", _("Every year")
        HOLIDAY = "holiday", _("Public holiday")

    class End(models.TextChoices):
        NEVER = "never", _("Never")
        UNTIL = "until", _("On a date")
        COUNT = "count", _("After a number of times")

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="events")
    #: 1 is looked at first; the default event comes after all, whatever its position.
    position = models.PositiveIntegerField()
    is_default = models.BooleanField(default=False)
    name = models.CharField(_("Name of the event"), max_length=80)
    action = models.CharField(_("Action"), max_length=10, choices=Action.choices, default=Action.CLOSED)
    #: Where a forward goes: an extension or E.164 number; empty unless action is forward.
    destination = models.CharField(_("Destination"), max_length=16, blank=True)
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="schedule_events", verbose_name=_("Prompt")
    )
    repeat = models.CharField(_("Repeat"), max_length=10, choices=Repeat.choices, default=Repeat.NONE)
    #: Week: bit 0 = Monday ... bit 6 = Sunday.
    weekdays = models.PositiveSmallIntegerField(_("Days of the week"), default=0)
    #: Public holiday: its rule, see routing/feasts.py.
    feast_country = models.CharField(_("Country"), max_length=2, blank=True)
    feast_region = models.CharField(_("Region"), max_length=20, blank=True)
    feast_name = models.CharField(_("Public holiday"), max_length=120, blank=True)
    #: Day, week and public holiday: optional first and last day, both included.
    start_date = models.DateField(_("Set start date"), null=True, blank=True)
    end_date = models.DateField(_("Set end date"), null=True, blank=True)
    #: Day, week and public holiday, wall time, half-open; an end at or before the start is on the next day.
    time_from = models.TimeField(_("Time from"), null=True, blank=True)
    time_to = models.TimeField(_("Time to"), null=True, blank=True)
    #: None, month and year: wall times of the schedule's zone, without zone. Half-open.
    starts_at = models.CharField(_("Begins"), max_length=16, blank=True, help_text="YYYY-MM-DDTHH:MM")
    ends_at = models.CharField(_("Ends"), max_length=16, blank=True, help_text="YYYY-MM-DDTHH:MM")
    #: Month and year.
    end = models.CharField(_("End"), max_length=10, choices=End.choices, default=End.NEVER)
    end_until = models.DateField(_("End date"), null=True, blank=True)
    end_count = models.PositiveIntegerField(
        _("Number of times"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    audit_part_of = "schedule"
    audit_order = "position"
    prompt_use_needs = ("schedule__function_number__number",)

    class Meta:
        verbose_name = _("Schedule event")
        ordering = ["is_default", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["schedule"], condition=Q(is_default=True), name="one_default_event"),
            models.CheckConstraint(
                condition=~Q(action="forward") | ~Q(destination=""), name="a_forward_has_a_destination"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def audit_words(field: str, value: object) -> str | None:
        """Say the weekdays of an audit row by their names."""
        if field != "weekdays" or not isinstance(value, int):
            return None
        return ", ".join(str(name) for day, name in WEEKDAYS.items() if value >> day & 1) or "-"

    def prompt_use(self, _field: str) -> tuple[str, str]:
        """Tell where the prompt plays, and the page on which that is changed."""
        function = self.schedule.function_number
        name = gettext("Default event") if self.is_default else self.name
        words = gettext("Schedule of %(number)s, event “%(event)s”") % {"number": function, "event": name}
        return words, reverse("schedules:detail", args=[function.pk])


class TemporaryChange(models.Model):
    """A state that comes before all events from one instant to another and ends by itself."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="temporary_changes")
    action = models.CharField(_("Action"), max_length=10, choices=ScheduleEvent.Action.choices)
    #: As in ScheduleEvent.
    destination = models.CharField(_("Destination"), max_length=16, blank=True)
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="temporary_changes", verbose_name=_("Prompt")
    )
    starts_at = models.DateTimeField(_("Begins"))
    ends_at = models.DateTimeField(_("Ends"))
    #: Who made it, in words: the person may be deleted.
    made_by = models.CharField(max_length=160)
    audit_part_of = "schedule"
    prompt_use_needs = ("schedule__function_number__number",)

    class Meta:
        verbose_name = _("Temporary change")
        # What begins last decides: a change for this afternoon comes before one for this week.
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="a_change_ends_after_begin"),
            models.CheckConstraint(
                condition=~Q(action="forward") | ~Q(destination=""), name="a_temporary_forward_has_a_destination"
            ),
        ]

    def __str__(self) -> str:
        zone = ZoneInfo(self.schedule.timezone)
        begin, end = (f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" for instant in (self.starts_at, self.ends_at))
        return f"{self.get_action_display()}, {begin} - {end}"

    @staticmethod
    def audit_over(fields: Mapping[str, Any]) -> bool:
        """A change that has ended is nothing to undo or to be in the way of an undo."""
        ends = parse_datetime(str(fields["ends_at"]))
        return ends is not None and ends <= timezone.now()

    @staticmethod
    def prompt_use_counts() -> Q:
        """A change that has ended keeps no prompt."""
        return Q(ends_at__gt=timezone.now())

    def prompt_use(self, _field: str) -> tuple[str, str]:
        """Tell where the prompt plays, and the page on which that is changed."""
        function = self.schedule.function_number
        told = {"number": function, "person": self.made_by}
        words = gettext("Schedule of %(number)s, temporary change by %(person)s") % told
        return words, reverse("schedules:detail", args=[function.pk])


class ScheduleGrant(models.Model):
    """Which schedules the members of a user group flagged Schedules admin may change; without a row: all."""

    group = models.OneToOneField(UserGroup, on_delete=models.CASCADE, related_name="schedule_grant")
    #: All function numbers, also those that are yet to come; `functions` counts only without it.
    everything = models.BooleanField(_("All function numbers, also new ones"), default=True)
    functions = models.ManyToManyField(
        FunctionNumber,
        through="GivenFunction",
        related_name="schedule_grants",
        blank=True,
        verbose_name=_("Function numbers"),
    )

    class Meta:
        verbose_name = _("Who may change schedules")

    def __str__(self) -> str:
        return self.group.name

    @staticmethod
    def audit_may_undo(_user: User, _pk: int) -> bool:
        """Nobody but an administrator: an own change is no reason once somebody is none any more."""
        return False


class GivenFunction(models.Model):
    """One function number that a user group is given; a row of its own, so that the audit can name it."""

    grant = models.ForeignKey(ScheduleGrant, on_delete=models.CASCADE, related_name="given")
    function = models.ForeignKey(FunctionNumber, on_delete=models.CASCADE, related_name="given")
    audit_part_of = "grant"

    class Meta:
        verbose_name = _("Function number")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["grant", "function"], name="given_once")]

    def __str__(self) -> str:
        return str(self.function)


def schedules_given_to(user: User) -> models.QuerySet[FunctionNumber]:
    """Return the function numbers whose schedules `user` may see and change: those of all groups together.

    A user group flagged Schedules admin is given all until somebody chooses. One query, however many groups.
    """
    functions = user.organization.function_numbers.all()
    if can(user, Right.FUNCTIONS_CHANGE):
        return functions
    groups = user.user_groups.filter(schedules_admin=True, organization=user.organization)
    all_of_them = groups.exclude(schedule_grant__everything=False)
    chosen = GivenFunction.objects.filter(function=OuterRef("pk"), grant__group__in=groups, grant__everything=False)
    return functions.filter(Q(Exists(all_of_them)) | Q(Exists(chosen)))


def may_change_schedule(user: User, function_pk: int) -> bool:
    """Tell whether the schedule of this function number is given to `user`; an administrator costs no query."""
    if not can(user, Right.SCHEDULES_CHANGE):
        return False
    return can(user, Right.FUNCTIONS_CHANGE) or schedules_given_to(user).filter(pk=function_pk).exists()
