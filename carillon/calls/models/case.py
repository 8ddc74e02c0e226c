"""A kept what-if: a question with the result that somebody expects."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.calls import telling
from carillon.calls.result import Result, from_json, read_assumptions
from carillon.routing.clock import instant
from carillon.routing.path import Assumptions


class Case(models.Model):
    """A question at one day, or at the coming one of a weekday, and its expected result."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="cases")
    name = models.CharField(_("Name"), max_length=120)
    #: As calls/what_if.py asks: E.164, an extension or an emergency number.
    number = models.CharField(_("Called number"), max_length=20)
    #: Empty = somebody outside.
    caller = models.CharField(_("Caller"), max_length=20, blank=True)
    #: Wall time of `timezone`: on `day`, or on each `weekday` (0 = Monday). Exactly one of both.
    day = models.DateField(_("Date"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(_("Weekday"), null=True, blank=True)
    clock = models.TimeField(_("Time"))
    #: The second of both where the clock shows the time twice.
    later = models.BooleanField(default=False)
    timezone = models.CharField(_("Time zone"), max_length=50)
    #: "u12" (a user) or a number -> what is assumed of it.
    assumptions = models.JSONField(_("Assumptions"), default=dict, blank=True)
    #: calls/result.py reads it.
    expected = models.JSONField(_("Expected"))

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("Case")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(day__isnull=False, weekday__isnull=True)
                | models.Q(day__isnull=True, weekday__isnull=False),
                name="a_case_is_of_a_day_or_of_a_weekday",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def audit_words(field: str, value: object) -> str | None:
        """Say what is stored as data in words."""
        if field == "expected" and isinstance(value, dict):
            return telling.words(from_json(value))
        if field == "weekday" and isinstance(value, int):
            return str(WEEKDAYS[value])
        if field == "assumptions" and isinstance(value, dict):
            return ", ".join(f"{key}: {fate}" for key, fate in value.items()) or "-"
        return None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def result(self) -> Result:
        """What is expected."""
        return from_json(self.expected)

    @property
    def assumed(self) -> Assumptions:
        return read_assumptions(self.assumptions)

    def moment(self, now: datetime) -> datetime:
        """Return the instant that the case asks for: its day, or seen from `now` the coming one of its weekday."""
        if self.day is not None:
            return self._on(self.day)
        today = now.astimezone(self.zone).date()
        day = today + timedelta(days=((self.weekday or 0) - today.weekday()) % 7)
        at = self._on(day)
        return at if at >= now.replace(second=0, microsecond=0) else self._on(day + timedelta(days=7))

    def _on(self, day: date) -> datetime:
        clock: time = self.clock
        return instant(datetime.combine(day, clock), self.zone, end=self.later)
