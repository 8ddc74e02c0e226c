"""How a public holiday, its country and its region are called in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from carillon.routing.feasts import Feast, countries, days_of, is_known, name_in, region_name, regions_of

#: The country whose holidays come first: the one that Carillon is written in.
FIRST = "BE"
#: Days and places of Belgium that the table of holidays has no words for.
COMMUNITY_WORDS = {
    "Day of the Flemish Community": gettext_lazy("Day of the Flemish Community"),
    "Brussels Iris Day": gettext_lazy("Brussels Iris Day"),
    "Day of the French Community": gettext_lazy("Day of the French Community"),
    "Day of the German-speaking Community": gettext_lazy("Day of the German-speaking Community"),
    "Day of Wallonia": gettext_lazy("Day of Wallonia"),
}
COMMUNITIES = {
    "VLG": gettext_lazy("Flemish Community"),
    "BRU": gettext_lazy("Brussels-Capital"),
    "FRC": gettext_lazy("French Community"),
    "DGC": gettext_lazy("German-speaking Community"),
    "WAL": gettext_lazy("Wallonia"),
}


def language() -> str:
    """Return the reader's language, ISO 639."""
    return (get_language() or "en").partition("-")[0]


def called(feast: Feast) -> str:
    """Return a holiday's name in the reader's language."""
    words = COMMUNITY_WORDS.get(feast.name)
    return str(words) if words else name_in(feast, language(), timezone.now().year)


@lru_cache(maxsize=16)
def _territories(code: str) -> Mapping[str, str]:
    try:
        return dict(Locale.parse(code).territories)
    except UnknownLocaleError:
        return {}


def country(code: str) -> str:
    """Return a country's name."""
    return _territories(language()).get(code, code)


def region(code: str, part: str) -> str:
    """Return a region's name, as its country writes it."""
    if code == "BE" and part in COMMUNITIES:
        return str(COMMUNITIES[part])
    return region_name(code, part) if code in countries() else part


def place(feast: Feast) -> str:
    """Return "Belgium" or "Belgium, Flemish Community"."""
    parts = [country(feast.country)]
    if feast.region:
        parts.append(region(feast.country, feast.region))
    return ", ".join(parts)


def rule(feast: Feast) -> str:
    """Return "Public holiday: Easter Monday (Belgium)"."""
    return _("Public holiday: %(name)s (%(place)s)") % {"name": called(feast), "place": place(feast)}


def country_choices() -> list[tuple[str, str]]:
    """Return every country of the table by name, the first one first."""
    named = sorted(((code, country(code)) for code in countries()), key=lambda choice: choice[1])
    return sorted(named, key=lambda choice: choice[0] != FIRST)


def region_choices(code: str, year: int) -> list[tuple[str, str]]:
    """Return the whole country and the regions that have holidays of their own."""
    parts = [(part, region(code, part)) for part in regions_of(code, year)]
    named = parts if code == "BE" else sorted(parts, key=lambda choice: choice[1])
    return [("", _("Whole country")), *named]


def next_day(feast: Feast, first: date, last: date | None) -> date | None:
    """Return the first day from `first` to `last` (both included) on which a holiday falls; None: none soon."""
    found = (day for year in range(first.year, first.year + 9) for day in sorted(days_of(feast, year)))
    return next((day for day in found if first <= day and (last is None or day <= last)), None)


def ahead(feast: Feast, today: date, first: date | None, last: date | None) -> str:
    """Return "next 2027-03-29", or why it never comes."""
    day = next_day(feast, max(today, first or today), last)
    if day:
        return _("next %(day)s") % {"day": day.isoformat()}
    if is_known(feast, today.year):
        return _("does not come any more")
    return _("the calendar no longer knows this holiday: it falls on no day")
