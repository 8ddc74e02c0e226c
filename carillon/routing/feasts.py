"""On which days a public holiday falls: a rule by country, region and name, so that it holds in every year."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

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
#: Years on each side in which a name of another language is looked for.
NEAR = 5
#: What the table says of a day and not of the holiday: a day that makes up for it belongs to the same rule.
_OF_A_DAY = re.compile(r" \((?:(?:observed|estimated|substitute day|in lieu)(?:, )?|substituted from [^)]*)+\)$")
_BRACKETS = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]$")


@dataclass(frozen=True, slots=True)
class Feast:
    """A public holiday. `country` is ISO 3166 alpha-2, `region` a subdivision or "", `name` its name as a key."""

    country: str
    region: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """One day of a table. `estimated`: the moon decides, so it may be a day earlier or later."""

    day: date
    name: str
    estimated: bool = False


def falls_on(feast: Feast, day: date) -> bool:
    """Tell whether `day` is this holiday. A holiday that the tables no longer know falls on no day."""
    return day in days_of(feast, day.year)


def is_known(feast: Feast, year: int) -> bool:
    """Tell whether the tables have a day for this holiday in the years from `year` on that anybody plans for."""
    return any(days_of(feast, near) for near in range(year, year + 9))


@lru_cache(maxsize=16384)
def days_of(feast: Feast, year: int) -> frozenset[date]:
    """Return the days of a year on which a holiday falls: usually one, with some calendars two or none.

    A day in its stead (observed, substitute) is one of them.
    """
    return frozenset(found.day for found in calendar(feast.country, feast.region, year) if found.name == feast.name)


@lru_cache(maxsize=4096)
def calendar(country: str, region: str, year: int) -> tuple[Holiday, ...]:
    """Return the public holidays of a year in order; empty for what the tables do not know."""
    own = COMMUNITY_DAYS.get(region, {}) if country == "BE" else {}
    found = {Holiday(_community_day(year, *when), name) for name, when in own.items()} if _in_range(year) else set()
    for day, name in _table(country, "" if own else region, year, KEY_LANGUAGE):
        found.add(Holiday(day, _OF_A_DAY.sub("", name), "estimated" in name))
    return tuple(sorted(found))


@cache
def countries() -> dict[str, tuple[str, ...]]:
    """Return the countries that the tables know with their regions, by codes."""
    found = {code: tuple(regions) for code, regions in holidays.list_supported_countries(include_aliases=False).items()}
    return found | {"BE": tuple(COMMUNITY_DAYS)}


@lru_cache(maxsize=1024)
def regions_of(country: str, year: int) -> tuple[str, ...]:
    """Return the regions whose holidays, this year or next, are not just those of the whole country."""
    return tuple(
        region
        for region in countries().get(country, ())
        if any(calendar(country, region, near) != calendar(country, "", near) for near in (year, year + 1))
    )


def region_name(country: str, region: str) -> str:
    """Return a region's name as its country writes it; its code where the table has no name."""
    aliases = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    return max((name for name, code in aliases.items() if code == region), key=len, default=region)


@lru_cache(maxsize=8192)
def feast_of(country: str, region: str, name: str, year: int) -> Feast:
    """Return the rule of a holiday: that of the whole country where the region keeps the same days."""
    here, everywhere = Feast(country, region, name), Feast(country, "", name)
    same = all(days_of(here, near) == days_of(everywhere, near) for near in range(year, year + 3))
    return everywhere if same else here


@lru_cache(maxsize=8192)
def name_in(feast: Feast, language: str, year: int) -> str:
    """Return a holiday's name in `language` (ISO 639), else in the country's own; its key where no table has it.

    The table of another language has the same days, but where two holidays share one it does not say which is which:
    the name that the days of several years have in common is this holiday's.
    """
    if any(feast.name in own for own in COMMUNITY_DAYS.values()):
        return feast.name
    region = "" if feast.country == "BE" else feast.region
    found: Counter[str] = Counter()
    for near in range(year - NEAR, year + NEAR + 1):
        days = days_of(feast, near)
        names = (name for day, name in _table(feast.country, region, near, language) if day in days)
        # "(estimated)" is said of a day, in the words of each language.
        found.update(name if feast.name.endswith(")") else _BRACKETS.sub("", name) for name in names)
    best = sorted(name for name, count in found.items() if count == max(found.values()))
    return feast.name if not best or feast.name in best else " / ".join(best)


@lru_cache(maxsize=8192)
def _table(country: str, region: str, year: int, language: str) -> tuple[tuple[date, str], ...]:
    """Return day and name of the library's table; nothing for what it does not know."""
    if not _in_range(year):
        return ()
    try:
        empty = holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        return ()
    if not empty.start_year <= year <= empty.end_year:
        return ()
    spoken = _spoken(country, language, empty.supported_languages) or empty.default_language
    with warnings.catch_warnings():
        # Of some years a table says by a warning that it knows not all: what it knows counts.
        warnings.simplefilter("ignore")
        table = holidays.country_holidays(country, subdiv=region or None, years=year, language=spoken)
    # Two on one day are joined by the library with "; ".
    return tuple((day, part) for day, names in table.items() for part in names.split("; "))


def _spoken(country: str, language: str, supported: tuple[str, ...]) -> str | None:
    """Return the table's own code of a language: that of the country first; None where it has none."""
    wanted = (f"{language}_{country}", language, f"{language}_GB", f"{language}_US")
    return next((code for code in wanted if code in supported), None)


def _in_range(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def _community_day(year: int, month: int, day: int) -> date:
    return date(year, month, day) if day else date(year, month, 1) + relativedelta(weekday=SU(3))
