"""From the dialog of an event to a new prompt and back, with everything still typed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from carillon.accounts.http import Request, may
from carillon.accounts.roles import Right
from carillon.portal.ids import row_id
from carillon.schedules import drafts
from carillon.schedules.views.schedule import event_of, function_of


@require_POST
@may(Right.PROMPTS_CHANGE)
def new_prompt(request: Request, pk: int) -> HttpResponse:
    """Keep the dialog as it stands and go to the page of a new prompt."""
    function = function_of(request, pk)
    event_pk = row_id(request.POST.get("event", ""))
    event = event_of(function, event_pk).pk if event_pk is not None else None
    drafts.keep(request, function, event)
    back = f"{reverse('schedules:detail', args=[pk])}?draft=1"
    address = f"{reverse('prompts:new')}?{urlencode({'next': back})}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
