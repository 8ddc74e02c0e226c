"""On which days a public holiday falls: a rule by country, region and name, so that it holds in every year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays
from dateutil.relativedelta import SU, relativedelta

#: Names of rules are kept in this language where a country has it, and in the country's own otherwise.
KEY_LANGUAGE = "en_US"
#: Days of Belgium's communities and regions, which the library knows no rule for: region -> name -> month and day.
#: Source: the decrees of the communities; Wallonia's day is the third Sunday of September.
COMMUNITY_DAYS: dict[str, dict[str, tuple[int, int]]] = {
    "VLG": {"Day of the Flemish Community": (7, 11)},
    "BRU": {"Brussels Iris Day": (5, 8)},
    "FRC": {"Day of the French Community": (9, 27)},
    "DGC": {"Day of the German-speaking Community": (11, 15)},
    "WAL": {"Day of Wallonia": (9, 0)},
}
#: The library's tables end somewhere; no telephone number is planned further ahead.
FIRST_YEAR, LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Feast:
    """A public holiday. `country` is ISO 3166 alpha-2, `region` a subdivision or "", `name` its name as a key."""

    country: str
    region: str
    name: str


def falls_on(feast: Feast, day: date) -> bool:
    """Tell whether `day` is this holiday. A holiday that the tables no longer know falls on no day."""
    return day in days_of(feast, day.year)


@lru_cache(maxsize=16384)
def days_of(feast: Feast, year: int) -> frozenset[date]:
    """Return the days of a year on which a holiday falls: usually one, with some calendars two or none."""
    return frozenset(day for day, name in calendar(feast.country, feast.region, year) if name == feast.name)


@lru_cache(maxsize=4096)
def calendar(country: str, region: str, year: int, language: str = KEY_LANGUAGE) -> tuple[tuple[date, str], ...]:
    """Return day and name of each public holiday of a year in order; empty for what the tables do not know.

    `language` is one that the country's table has, or its own is used. Two holidays on one day are two entries.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    own = COMMUNITY_DAYS.get(region, {}) if country == "BE" else {}
    found = [(_community_day(year, *when), name) for name, when in own.items()]
    try:
        table = holidays.country_holidays(
            country, subdiv=None if own else region or None, years=year, language=language
        )
    except NotImplementedError:
        return tuple(found)
    # Two on one day are joined by the library with "; ".
    found += [(day, part) for day, names in table.items() for part in names.split("; ")]
    return tuple(sorted(found))


def _community_day(year: int, month: int, day: int) -> date:
    return date(year, month, day) if day else date(year, month, 1) + relativedelta(weekday=SU(3))
