"""How long a sound is, in words that fit a line."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def lasting(milliseconds: int) -> str:
    """Return "3.4 s" below a minute, "2:05 min" above."""
    if milliseconds < 60_000:
        return _("%(seconds)s s") % {"seconds": number_format(max(milliseconds, 100) / 1000, 1)}
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return _("%(clock)s min") % {"clock": f"{minutes}:{seconds:02}"}
