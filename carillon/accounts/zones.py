"""The time zones that people choose from: found by any part of their name."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

#: More than this many finds are not worth naming in an error.
NAMED = 3


@cache
def zones() -> tuple[str, ...]:
    """Return the zones of places, by name, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    return (*sorted(places), "UTC")


def label(zone: str, now: datetime) -> str:
    """Return a zone as the manual shows it, with its distance from UTC at `now`: Europe Brussels (+01:00)."""
    offset = now.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{zone.replace('/', ' ').replace('_', ' ')} ({offset[:3]}:{offset[3:5]})"


def _plain(text: str) -> str:
    return re.sub(r"[\s/_]+", " ", re.sub(r"\([^)]*\)\s*$", "", text)).strip().casefold()


def find(text: str) -> list[str]:
    """Return what `text` may mean: the one of that name, else those of that place, or those that hold it."""
    wanted = _plain(text)
    named = {zone: _plain(zone) for zone in zones()}
    if exact := [zone for zone, plain in named.items() if plain == wanted]:
        return exact
    if ends := [zone for zone, plain in named.items() if plain.endswith(f" {wanted}")]:
        return ends
    return [zone for zone, plain in named.items() if wanted and wanted in plain]


class ZoneField(forms.CharField):
    """A time zone, typed with suggestions (template accounts/_zones.html)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **options)
        self.widget.attrs |= {"list": "zones", "autocomplete": "off", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        """Show a stored name as people read it; what was typed stays as it is."""
        return label(value, timezone.now()) if value in zones() else value

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        found = find(text) if text else []
        if len(found) == 1 or not text:
            return found[0] if found else ""
        if not found:
            raise forms.ValidationError(_("There is no time zone of this name. Choose one from the list."), code="zone")
        some = ", ".join(zone.replace("_", " ") for zone in found[:NAMED])
        raise forms.ValidationError(
            _("Several time zones match: %(zones)s ... Choose one from the list."), params={"zones": some}, code="zone"
        )


def options() -> list[str]:
    """Return every zone as it is offered."""
    now = timezone.now()
    return [label(zone, now) for zone in zones()]
