"""What may be typed for a temporary change: what happens, from when and until when, on the schedule's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.routing.ahead import following
from carillon.routing.clock import instant
from carillon.routing.schedule import Action, Schedule, decide
from carillon.routing.temporary import begin_of, beneath
from carillon.schedules import words
from carillon.schedules.forms import LONGEST, ActionForm, ClockField, DayField, Repeat
from carillon.schedules.models import TemporaryChange

NOW, LATER = "now", "later"
NEXT, TIME = "next", "time"


class TemporaryForm(ActionForm):
    """A temporary change made at `now` (aware) of the schedule that `facts` tell."""

    begins = forms.ChoiceField(label=_("Begins"), choices=[(NOW, _("Now")), (LATER, _("Later"))], initial=NOW)
    from_date = DayField(label=_("From date"))
    from_time = ClockField(label=_("From time"))
    ends = forms.ChoiceField(label=_("Ends"), required=False)
    to_date = DayField(label=_("To date"))
    to_time = ClockField(label=_("To time"))

    class Meta(ActionForm.Meta):
        model = TemporaryChange  # type: ignore[assignment]  # it has prompt, action and destination like an event

    def __init__(self, *args: Any, facts: Schedule, now: datetime, **options: Any) -> None:
        super().__init__(*args, instance=TemporaryChange(), **options)
        self.zone, self.now = facts.zone, now
        found = following(beneath(facts), now)
        self.next_change = found[0] if found else None
        choices: list[tuple[str, Any]] = [(TIME, _("At a time"))]
        if self.next_change:
            said = {"when": words.when(self.next_change, now, self.zone)}
            choices.insert(0, (NEXT, _("With the next change: %(when)s") % said))
        cast(forms.ChoiceField, self.fields["ends"]).choices = choices
        today = now.astimezone(self.zone).date()
        is_open = decide(facts, now).event.action is Action.OPEN
        self.initial.update(action="closed" if is_open else "open", ends=choices[0][0], from_date=today, to_date=today)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        begin = self._begin(data)
        end = self._end(data)
        if begin and end:
            self._check(begin, end)
            self.instance.starts_at, self.instance.ends_at = begin, end  # type: ignore[assignment]  # a change's own
        return data

    def _begin(self, data: dict[str, Any]) -> datetime | None:
        if data.get("begins") != LATER:
            self._forget("from_date", "from_time")
            return begin_of(self.now)
        self._needs("from_date", _("Type the day on which it begins."))
        self._needs("from_time", _("Type the time at which it begins."))
        begin = self._instant("from", self.zone)
        if begin and begin <= self.now:
            self.add_error("from_time", _("That time is over. Choose a later one, or that it begins now."))
            return None
        return begin

    def _end(self, data: dict[str, Any]) -> datetime | None:
        if data.get("begins") != LATER and data.get("ends") == NEXT:
            self._forget("to_date", "to_time")
            return self.next_change
        self.errors.pop("ends", None)
        self._needs("to_date", _("Type the day on which it ends."))
        self._needs("to_time", _("Type the time at which it ends."))
        return self._instant("to", self.zone, end=True)

    def _check(self, begin: datetime, end: datetime) -> None:
        if end <= max(begin, self.now):
            over = end <= self.now
            sentence = _("That time is over.") if over else _("The end has to come after the begin.")
            self.add_error("to_time", sentence)
        elif end - begin > LONGEST[Repeat.YEAR]:
            self.add_error("to_date", _("A temporary change lasts a year at most: add an event instead."))

    def _instant(self, side: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
        day, clock = self.cleaned_data.get(f"{side}_date"), self.cleaned_data.get(f"{side}_time")
        if day is None or clock is None:
            return None
        return instant(datetime.combine(day, clock), zone, end=end)

    def change(self) -> TemporaryChange:
        """Return the change of a valid form, not stored yet."""
        return cast(TemporaryChange, self.instance)
