"""What an administrator may type for an event, and how each slip is answered beside its field."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from carillon.accounts.zones import zones
from carillon.numbers.destinations import DestinationField
from carillon.numbers.models import FunctionNumber
from carillon.portal.ids import row_id
from carillon.prompts.models import Prompt
from carillon.schedules.models import Schedule, ScheduleEvent
from carillon.schedules.words import EVERY_DAY, day_numbers

Repeat = ScheduleEvent.Repeat
WINDOWS = {Repeat.DAY, Repeat.WEEK}
#: Years that people mean; further away the calendar's own arithmetic ends.
FIRST_YEAR, LAST_YEAR = 2000, 2199
CLOCKS = ["%H:%M", "%H:%M:%S", "%H.%M", "%Hh%M", "%H%M", "%Hh"]
DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
#: An event that repeats has to end before it begins again.
LONGEST = {Repeat.MONTH: timedelta(days=28), Repeat.YEAR: timedelta(days=365), Repeat.NONE: timedelta(days=3660)}


class DayField(forms.DateField):
    """A day as the manual writes it, YYYY-MM-DD; the spellings of Belgium are read as well."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(
            format="%Y-%m-%d", attrs={"placeholder": "YYYY-MM-DD", "autocomplete": "off", "data-day": ""}
        )
        super().__init__(input_formats=DAYS, widget=widget, required=False, **options)
        self.error_messages["invalid"] = _("Type a day as 2027-01-31.")

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(
                _("Choose a year from %(first)s to %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return day


class ClockField(forms.TimeField):
    """A time of 24 hours, HH:MM; 24:00 is midnight."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(
            format="%H:%M", attrs={"placeholder": "HH:MM", "autocomplete": "off", "data-clock": "", "list": "clocks"}
        )
        super().__init__(input_formats=CLOCKS, widget=widget, required=False, **options)
        self.error_messages["invalid"] = _("Type a time as 08:30.")

    def to_python(self, value: Any) -> time | None:
        if isinstance(value, str) and value.strip() in {"24:00", "24h", "24h00", "24.00", "2400"}:
            return time(0)
        if isinstance(value, str) and value.strip().isdigit() and len(value.strip()) != 4:
            # "99" would be read as 09:09: only four digits in a row are a time.
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        found: time | None = super().to_python(value)
        return found.replace(second=0, microsecond=0) if found else None


def one_line(typed: object) -> str:
    """Return a name without what cannot be read on a line; refused in words."""
    name = str(typed).strip()
    if not name.isprintable():
        raise forms.ValidationError(_("Use letters, digits and signs on one line."))
    return name


class ActionForm(forms.ModelForm[ScheduleEvent]):
    """Prompt, action and destination: all of the default event, and the end of every other."""

    destination = DestinationField(label=_("Destination"))

    class Meta:
        model = ScheduleEvent
        fields = ["prompt", "action", "destination"]

    def __init__(self, *args: Any, function: FunctionNumber, **options: Any) -> None:
        super().__init__(*args, **options)
        self.function = function
        prompts = cast(forms.ModelChoiceField[Prompt], self.fields["prompt"])
        prompts.queryset = function.organization.prompts.all()
        prompts.empty_label = str(_("None"))
        prompts.label = _("Prompt")
        destination = cast(DestinationField, self.fields["destination"])
        destination.organization = function.organization

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("action") != ScheduleEvent.Action.FORWARD:
            # What is hidden in the dialog neither counts nor stands in the way.
            self.errors.pop("destination", None)
            data["destination"] = ""
        elif not data.get("destination") and "destination" not in self.errors:
            self.add_error("destination", _("Say where the calls go: choose a number or a person, or type a number."))
        elif data.get("destination") == self.function.number.value:
            self.add_error("destination", _("That is this number itself: the call would go round in circles."))
        return data

    def _forget(self, *names: str) -> None:
        """Drop fields that the chosen repetition hides, with their errors."""
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data[name] = ScheduleEvent.End.NEVER if name == "end" else None

    def _needs(self, name: str, sentence: Any) -> None:
        if self.cleaned_data.get(name) in (None, "", []) and name not in self.errors:
            self.add_error(name, sentence)

    def clean_dates(self, data: dict[str, Any]) -> None:
        """Check the optional first and last day; what is not set is forgotten."""
        for side in ("start", "end"):
            if not data.get(f"set_{side}_date"):
                self._forget(f"{side}_date")
        if data.get("set_start_date"):
            self._needs("start_date", _("Type the first day, or clear the box “Set start date”."))
        if data.get("set_end_date"):
            self._needs("end_date", _("Type the last day, or clear the box “Set end date”."))
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day is before the first day."))


def chosen_prompt(form: ActionForm) -> Prompt | None:
    """Return the prompt that the dialog shows as chosen, whether it came from the row or was just picked."""
    pk = row_id(str(form["prompt"].value() or ""))
    return form.function.organization.prompts.filter(pk=pk).first() if pk is not None else None


class DefaultEventForm(ActionForm):
    """The default schedule event: always last, for the whole time that no other event matches."""


class EventForm(ActionForm):
    """The dialog of one event. `repeat` says which of its fields count; the others are left empty."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose weekdays from the list.")},
    )
    set_start_date = forms.BooleanField(label=_("Set start date"), required=False)
    start_date = DayField(label=_("Start date"))
    set_end_date = forms.BooleanField(label=_("Set end date"), required=False)
    end_date = DayField(label=_("End date"))
    time_from = ClockField(label=_("Time from"))
    time_to = ClockField(label=_("Time to"))
    from_date = DayField(label=_("From date"))
    from_time = ClockField(label=_("From time"))
    to_date = DayField(label=_("To date"))
    to_time = ClockField(label=_("To time"))
    end_until = DayField(label=_("Last day"))
    end_count = forms.IntegerField(label=_("Number of times"), required=False, min_value=1, max_value=1000)

    class Meta(ActionForm.Meta):
        fields = [
            "name", "repeat", "start_date", "end_date", "time_from", "time_to",
            "end", "end_until", "end_count", "prompt", "action", "destination",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["end"].required = False
        repeat = cast(forms.ChoiceField, self.fields["repeat"])
        # A public holiday is added on its own page and edited in its own dialog.
        repeat.choices = [choice for choice in Repeat.choices if choice[0] != Repeat.HOLIDAY]
        event = self.instance
        self.initial.update(
            weekdays=day_numbers(event.weekdays),
            set_start_date=bool(event.start_date),
            set_end_date=bool(event.end_date),
            from_time="00:00",
            to_time="00:00",
        )
        for side, wall in (("from", event.starts_at), ("to", event.ends_at)):
            if wall:
                self.initial[f"{side}_date"], self.initial[f"{side}_time"] = wall.split("T")

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        match data.get("repeat"):
            case Repeat.DAY | Repeat.WEEK as repeat:
                self._forget("from_date", "from_time", "to_date", "to_time", "end", "end_until", "end_count")
                self._clean_window(data, Repeat(repeat))
            case Repeat.NONE | Repeat.MONTH | Repeat.YEAR as repeat:
                self._forget("weekdays", "start_date", "end_date", "time_from", "time_to")
                self._clean_span(data, Repeat(repeat))
        return data

    def _clean_window(self, data: dict[str, Any], repeat: Repeat) -> None:
        if repeat is Repeat.DAY:
            self.errors.pop("weekdays", None)
            data["weekdays"] = list(range(7))
        self._needs("weekdays", _("Choose at least one weekday."))
        self._needs("time_from", _("Type the time at which it begins."))
        self._needs("time_to", _("Type the time at which it ends."))
        self.clean_dates(data)
        self.instance.weekdays = sum(1 << day for day in data.get("weekdays") or ()) & EVERY_DAY
        self.instance.starts_at = self.instance.ends_at = ""

    def _clean_span(self, data: dict[str, Any], repeat: Repeat) -> None:
        self._needs("from_date", _("Type the day on which it begins."))
        self._needs("from_time", _("Type the time at which it begins."))
        self._needs("to_date", _("Type the day on which it ends."))
        self._needs("to_time", _("Type the time at which it ends."))
        if repeat is Repeat.NONE:
            self._forget("end", "end_until", "end_count")
        self._clean_end(data)
        self.instance.weekdays = 0
        sides = [data.get(name) for name in ("from_date", "from_time", "to_date", "to_time")]
        if None in sides:
            return
        # Wall times of the schedule's zone, whatever it will be.
        start = datetime.combine(data["from_date"], data["from_time"])
        stop = datetime.combine(data["to_date"], data["to_time"])
        self._check_span(start, stop, repeat)
        if data.get("end_until") and data["end_until"] < start.date():
            self.add_error("end_until", _("It would end before it begins."))
        self.instance.starts_at, self.instance.ends_at = f"{start:%Y-%m-%dT%H:%M}", f"{stop:%Y-%m-%dT%H:%M}"

    def _check_span(self, start: datetime, stop: datetime, repeat: Repeat) -> None:
        if stop <= start:
            self.add_error("to_date", _("The end has to come after the begin."))
        elif stop - start > LONGEST[repeat]:
            self.add_error(
                "to_date",
                forms.ValidationError(
                    _("That is too long: at most %(days)s days for this repetition."),
                    params={"days": LONGEST[repeat].days},
                ),
            )

    def _clean_end(self, data: dict[str, Any]) -> None:
        end = data.get("end") or ScheduleEvent.End.NEVER
        data["end"] = end
        if end != ScheduleEvent.End.UNTIL:
            self._forget("end_until")
        if end != ScheduleEvent.End.COUNT:
            self._forget("end_count")
        if end == ScheduleEvent.End.UNTIL:
            self._needs("end_until", _("Type the last day on which it may begin."))
        if end == ScheduleEvent.End.COUNT:
            self._needs("end_count", _("Type how many times it happens."))


class TimezoneForm(forms.ModelForm[Schedule]):
    """The schedule's time zone, by its name in the world's table of zones."""

    timezone = forms.ChoiceField(label=_("Schedule timezone"))

    class Meta:
        model = Schedule
        fields = ["timezone"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.ChoiceField, self.fields["timezone"])
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones()]
