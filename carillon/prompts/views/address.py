"""What the screens of a recording have in common: where it was asked for, and the row, if the person may see it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from carillon.accounts.http import Request
from carillon.prompts.models import PromptMaking
from carillon.prompts.permission import may_change


def next_of(request: Request) -> str:
    """Return where the recording was asked for, if that is here; else the list of prompts."""
    address = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=False)
    return address if safe and address.startswith("/") else reverse("prompts:list")


def with_next(request: Request, address: str, **more: str) -> str:
    """Return an address that leads back there."""
    return f"{address}?{urlencode({**more, 'next': next_of(request)})}"


def making_of(request: Request, making_pk: int) -> PromptMaking:
    """Return a recording on its way, if the person may change its prompt."""
    rows = request.organization.prompt_makings.select_related("organization", "prompt", "user", "call_back__callee")
    making = get_object_or_404(rows, pk=making_pk)
    if making.prompt:
        may_change(request.user, making.prompt)
    return making
