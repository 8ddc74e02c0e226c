"""Which public holidays an administrator may choose, and what can be said of one that is in a schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.routing.feasts import Feast, countries
from carillon.schedules.forms import ActionForm, ClockField, DayField, one_line
from carillon.schedules.holiday_words import called, country_choices, region_choices
from carillon.schedules.models import ScheduleEvent


class PlaceForm(forms.Form):
    """Whose holidays: a country and, where it has days of its own, a region. A region of another country is none."""

    country = forms.ChoiceField(label=_("Country"))
    region = forms.ChoiceField(label=_("Region"), required=False)

    def __init__(self, typed: Mapping[str, str], *, usual: tuple[str, str], year: int) -> None:
        country = typed.get("country", usual[0])
        regions = region_choices(country, year) if country in countries() else region_choices("", year)
        region = typed.get("region", usual[1] if country == usual[0] else "")
        super().__init__({"country": country, "region": region if region in dict(regions) else ""})
        for name, choices in (("country", country_choices()), ("region", regions)):
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        self.fields["country"].error_messages["invalid_choice"] = _("Choose a country from the list.")

    @property
    def has_regions(self) -> bool:
        return len(cast(Sequence[Any], cast(forms.ChoiceField, self.fields["region"]).choices)) > 1

    @property
    def chosen(self) -> tuple[str, str]:
        """Country and region; nothing for a country that does not exist."""
        return (self.cleaned_data["country"], self.cleaned_data["region"]) if self.is_valid() else ("", "")


def usual_place(country: str, rules: Iterable[ScheduleEvent]) -> tuple[str, str]:
    """Return country and region of the newest rules, in any order; without any, `country`."""
    newest = sorted(
        (event for event in rules if event.repeat == ScheduleEvent.Repeat.HOLIDAY), key=lambda event: -event.pk
    )
    country = newest[0].feast_country if newest else country
    # A day that the whole country keeps does not tell in which region the company is.
    regions = (event.feast_region for event in newest if event.feast_country == country)
    return country, next(filter(None, regions), "")


def rules_of_all(organization: Organization) -> QuerySet[ScheduleEvent]:
    """Return the public holidays of all schedules of an organization."""
    return ScheduleEvent.objects.filter(
        schedule__function_number__organization=organization, repeat=ScheduleEvent.Repeat.HOLIDAY
    )


class HolidayTimesForm(ActionForm):
    """The times of a public holiday, the whole day unless told, and what happens to a call then."""

    set_start_date = forms.BooleanField(label=_("Set start date"), required=False)
    start_date = DayField(label=_("Start date"))
    set_end_date = forms.BooleanField(label=_("Set end date"), required=False)
    end_date = DayField(label=_("End date"))
    time_from = ClockField(label=_("Time from"))
    time_to = ClockField(label=_("Time to"))

    class Meta(ActionForm.Meta):
        fields = ["start_date", "end_date", "time_from", "time_to", "prompt", "action", "destination"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        event = self.instance
        self.initial.update(set_start_date=bool(event.start_date), set_end_date=bool(event.end_date))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.clean_dates(data)
        if data.get("time_from") or data.get("time_to"):
            self._needs("time_from", _("Type the time at which it begins, or leave both empty for the whole day."))
            self._needs("time_to", _("Type the time at which it ends, or leave both empty for the whole day."))
        if data.get("time_from") == data.get("time_to"):
            data["time_from"] = data["time_to"] = None
        return data


class HolidayEventForm(HolidayTimesForm):
    """The dialog of a public holiday that is in a schedule: which one it is stays."""

    class Meta(HolidayTimesForm.Meta):
        fields = ["name", *HolidayTimesForm.Meta.fields]

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class HolidaysForm(HolidayTimesForm):
    """Public holidays that are added together."""

    chosen = forms.MultipleChoiceField(
        label=_("Public holidays"),
        error_messages={
            "required": _("Choose at least one public holiday."),
            "invalid_choice": _("Choose public holidays from the list."),
        },
    )

    def __init__(self, *args: Any, feasts: Sequence[Feast], **options: Any) -> None:
        instance = ScheduleEvent(repeat=ScheduleEvent.Repeat.HOLIDAY, action=ScheduleEvent.Action.CLOSED)
        super().__init__(*args, instance=instance, **options)
        self.feasts = {feast.name: feast for feast in feasts}
        cast(forms.MultipleChoiceField, self.fields["chosen"]).choices = [(name, name) for name in self.feasts]

    def events(self) -> list[ScheduleEvent]:
        """Return the events that are chosen, in the order of the list, named in the reader's language."""
        made = []
        for name in (name for name in self.feasts if name in self.cleaned_data["chosen"]):
            feast, event = self.feasts[name], self.instance
            made.append(
                ScheduleEvent(
                    name=called(feast)[:80],
                    repeat=ScheduleEvent.Repeat.HOLIDAY,
                    feast_country=feast.country,
                    feast_region=feast.region,
                    feast_name=feast.name,
                    action=event.action,
                    destination=event.destination,
                    prompt=event.prompt,
                    time_from=event.time_from,
                    time_to=event.time_to,
                    start_date=event.start_date,
                    end_date=event.end_date,
                )
            )
        return made


def days_apart(days: Sequence[date]) -> list[tuple[date, date]]:
    """Return days in order as runs of days that follow each other."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and (day - runs[-1][1]).days == 1:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs
