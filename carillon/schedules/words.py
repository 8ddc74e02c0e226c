"""How an event's duration and a state's end are said in words, in the reader's language and the manual's forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.routing.feasts import Feast
from carillon.routing.schedule import Action
from carillon.schedules import holiday_words
from carillon.schedules.models import ScheduleEvent

EVERY_DAY = 0b1111111


def day_numbers(mask: int) -> list[int]:
    """Return the weekdays of a bit mask, 0 = Monday."""
    return [day for day in range(7) if mask >> day & 1]


def moment(wall: str) -> str:
    """Return "2021-01-01 00:00" for the stored "2021-01-01T00:00"."""
    return wall.replace("T", " ")


def _clock(value: time | None) -> str:
    return value.strftime("%H:%M") if value else ""


def feast(event: ScheduleEvent) -> Feast:
    """Return the rule of an event that repeats with a public holiday."""
    return Feast(event.feast_country, event.feast_region, event.feast_name)


def duration(event: ScheduleEvent) -> str:
    """Return the Duration column exactly as the manual prints it."""
    if event.is_default:
        return _("Always")
    span = f"{moment(event.starts_at)} - {moment(event.ends_at)}"
    window = f"{_clock(event.time_from)} - {_clock(event.time_to)}"
    match ScheduleEvent.Repeat(event.repeat):
        case ScheduleEvent.Repeat.DAY:
            return _("Per day, %(window)s") % {"window": window}
        case ScheduleEvent.Repeat.WEEK:
            return _("Per week, %(window)s") % {"window": window}
        case ScheduleEvent.Repeat.MONTH:
            return _("Every month %(span)s") % {"span": span}
        case ScheduleEvent.Repeat.YEAR:
            return _("Every year %(span)s") % {"span": span}
        case ScheduleEvent.Repeat.HOLIDAY:
            return holiday_words.rule(feast(event))
        case ScheduleEvent.Repeat.NONE:
            return span


def weekdays(mask: int) -> str:
    """Return "Monday to Friday", "Saturday and Sunday", "every day"."""
    days = day_numbers(mask)
    if mask == EVERY_DAY:
        return _("every day")
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": WEEKDAYS[days[0]], "last": WEEKDAYS[days[-1]]}
    return get_text_list([str(WEEKDAYS[day]) for day in days], _("and"))


def details(event: ScheduleEvent, today: date | None = None) -> str:
    """Return what the Duration column leaves out: the weekdays, the dates between, the end; when a holiday is next."""
    parts: list[str] = []
    if event.repeat == ScheduleEvent.Repeat.HOLIDAY:
        today = today or timezone.now().date()
        parts.append(holiday_words.ahead(feast(event), today, event.start_date, event.end_date))
        if event.time_from and event.time_to and event.time_from != event.time_to:
            parts.append(f"{_clock(event.time_from)} - {_clock(event.time_to)}")
    if event.repeat == ScheduleEvent.Repeat.WEEK:
        parts.append(weekdays(event.weekdays))
    if event.time_from and event.time_to and _is_overnight(event, event.time_from, event.time_to):
        parts.append(_("ends on the next day"))
    if event.start_date:
        parts.append(_("from %(day)s") % {"day": event.start_date.isoformat()})
    if event.end_date:
        parts.append(_("until %(day)s") % {"day": event.end_date.isoformat()})
    if event.end == ScheduleEvent.End.UNTIL and event.end_until:
        parts.append(_("until %(day)s") % {"day": event.end_until.isoformat()})
    if event.end == ScheduleEvent.End.COUNT and event.end_count:
        parts.append(ngettext("%(count)s time", "%(count)s times", event.end_count) % {"count": event.end_count})
    return ", ".join(parts)


def _is_overnight(event: ScheduleEvent, since: time, until: time) -> bool:
    # The whole of a holiday is its day.
    return until < since or (until == since and event.repeat != ScheduleEvent.Repeat.HOLIDAY)


def times(kept: Mapping[str, str]) -> str:
    """Return the times of an event as a decision kept them (times_of in routing/explain.py); "" for the default."""
    if "days" in kept:
        mask = sum(1 << int(day) - 1 for day in kept["days"])
        return f"{weekdays(mask)}, {kept['since']} - {kept['until']}"
    if "feast" in kept:
        rule = holiday_words.rule(Feast(kept["country"], kept["region"], kept["feast"]))
        return rule if kept["since"] == kept["until"] else f"{rule}, {kept['since']} - {kept['until']}"
    if "from" in kept:
        return _lasts(kept["from"], kept["to"])
    if "start" not in kept:
        return ""
    span = f"{kept['start']} - {kept['stop']}"
    match kept.get("repeat"):
        case "month":
            return _("Every month %(span)s") % {"span": span}
        case "year":
            return _("Every year %(span)s") % {"span": span}
        case _:
            return span


def _lasts(start: str, stop: str) -> str:
    """From when until when a temporary change lasted, on the reader's clock."""
    begin, end = (timezone.localtime(datetime.fromisoformat(instant)) for instant in (start, stop))
    return f"{begin:%Y-%m-%d %H:%M} - {end:%Y-%m-%d %H:%M}"


def when(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return how a person says an instant seen from `now`: "12:30", "Tuesday 08:30", "2027-01-01 00:00"."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    ahead = (local.date() - today).days
    clock = local.strftime("%H:%M")
    if ahead <= 0:
        return clock
    if ahead == 1:
        return _("tomorrow %(clock)s") % {"clock": clock}
    if ahead < 7:
        return _("%(weekday)s %(clock)s") % {"weekday": WEEKDAYS[local.weekday()], "clock": clock}
    return f"{local.date().isoformat()} {clock}"


def state(action: Action) -> str:
    """Return the word of a state, as the list shows it beside its colour and icon."""
    match action:
        case Action.OPEN:
            return _("open")
        case Action.FORWARD:
            return _("forwarded")
        case Action.CLOSED:
            return _("closed")


def until(action: Action, following: Action | None, instant: str) -> str:
    """Return "until 12:30", or "opens Tuesday 08:30" where a number is not open now and opens next."""
    if following is Action.OPEN and action is not Action.OPEN:
        return _("opens %(when)s") % {"when": instant}
    return _("until %(when)s") % {"when": instant}
