"""What the recorder in the browser has to know: how much it may take, and where a page is secure."""

from __future__ import annotations

from django import template

from carillon.portal.ports import https_port
from carillon.prompts.convert import MEGABYTES

#: A browser keeps the samples of a recording in its memory.
MICROPHONE_SECONDS = 180
register = template.Library()


@register.simple_tag
def recorder_limits() -> dict[str, int | str]:
    """Return the limits, and the port of the portal's own https, empty without one."""
    return {"seconds": MICROPHONE_SECONDS, "megabytes": MEGABYTES, "https_port": https_port() or ""}
