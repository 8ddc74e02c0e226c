"""What was typed for an event while its person adds a new prompt: kept in the session, and put back afterwards."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from carillon.accounts.http import Request
from carillon.numbers.models import FunctionNumber
from carillon.portal.ids import row_id
from carillon.schedules.forms import ActionForm, EventForm

KEY = "event_draft"
#: Several values have one name.
LISTS = {"weekdays"}
BOXES = {"set_start_date", "set_end_date"}
LONGEST = 200
#: What is kept: the fields of the dialog and the version that it showed.
KEPT = {*EventForm.base_fields, "version"}


def keep(request: Request, function: FunctionNumber, event: int | None) -> None:
    """Keep what was typed for this event (None: a new one), as it stands; it is judged when it is saved."""
    typed = {name: [text[:LONGEST] for text in texts[:7]] for name, texts in request.POST.lists() if name in KEPT}
    request.session[KEY] = {"function": function.pk, "event": event, "typed": typed}


def of(request: Request, function: FunctionNumber) -> dict[str, Any] | None:
    """Return the draft of this function number that the address asks for."""
    draft: dict[str, Any] | None = request.session.get(KEY)
    return draft if "draft" in request.GET and draft and draft["function"] == function.pk else None


def put_back(request: Request, function: FunctionNumber, form: ActionForm) -> int | None:
    """Fill the form with what was typed and the new prompt; return the version that its page had shown."""
    draft = of(request, function)
    if draft is None or draft["event"] != form.instance.pk:
        return None
    typed = QueryDict(mutable=True)
    for name, texts in draft["typed"].items():
        typed.setlist(name, texts)
    for name in form.fields:
        if name in LISTS:
            form.initial[name] = typed.getlist(name)
        elif name in BOXES:
            form.initial[name] = name in typed
        elif name in typed:
            form.initial[name] = typed[name]
    prompt = row_id(request.GET.get("prompt", ""))
    if prompt is not None:
        form.initial["prompt"] = prompt
    version = typed.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None


def forget(request: Request) -> None:
    request.session.pop(KEY, None)
