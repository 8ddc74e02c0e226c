"""What the recorder in the browser has to know: how much it may take, and where a page is secure."""

from __future__ import annotations

from django import template

from carillon.portal.ports import https_port
from carillon.prompts.making import MEGABYTES, SECONDS

register = template.Library()


@register.simple_tag
def recorder_limits() -> dict[str, int | str]:
    """Return the limits, and the port of the portal's own https, empty without one."""
    return {"seconds": SECONDS, "megabytes": MEGABYTES, "https_port": https_port() or ""}
