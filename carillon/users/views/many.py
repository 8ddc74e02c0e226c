"""Many people at once: look at what a change would do to each, then have it done, and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from carillon.accounts.http import Request, may
from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.portal.ids import row_ids
from carillon.schedules.many import Verdict
from carillon.users import many, search
from carillon.users.list_forms import JoinForm
from carillon.users.listing import Asked


def _chosen(request: Request) -> list[User]:
    """Return the people that the page is about, one too many at the most: those of the last page, or of the list."""
    organization = request.organization
    if request.method == "POST":
        ids = row_ids(request.POST.get("chosen", "").split())
    elif request.GET.get("all"):
        wanted = Asked.of(QueryDict(request.GET.get("query", "")[:1000])).wanted(organization.country)
        ids = [each.user_id for each in search.read(organization, wanted, many.MOST + 1)]
    else:
        ids = row_ids(request.GET.getlist("pk"))
    people = many.people_of(organization, ids[: many.MOST + 1])
    return list(people.order_by(*many.ORDER))


def _refusal(people: Sequence[User]) -> str:
    if not people:
        return _("Tick at least one person first.")
    if len(people) > many.MOST:
        said = {"count": many.MOST}
        return _("At most %(count)s people are changed at once. Narrow the list by a search or a filter.") % said
    return ""


def _answer(request: Request, page: dict[str, Any], change: many.Change) -> HttpResponse:
    """Show what the change would do, or do it and show what became of each person."""
    is_done = request.POST.get("step") == "apply"
    lines = (many.apply if is_done else many.preview)(request, change, page["people"])
    counts = {verdict.value: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
    entries = " ".join(dict.fromkeys(str(line.entry) for line in lines if line.entry))
    template = "users/many_result.html" if is_done else "users/many_preview.html"
    return render(request, template, page | {"lines": lines, "counts": counts, "entries": entries})


def _page(request: Request, title: str) -> dict[str, Any]:
    people = _chosen(request)
    return {"title": title, "people": people, "chosen": " ".join(str(person.pk) for person in people)}


def _switch(request: Request, title: str, *, active: bool) -> HttpResponse:
    page = _page(request, title)
    if refusal := _refusal(page["people"]):
        messages.warning(request, refusal)
        return redirect("users:list")
    return _answer(request, page | {"danger": not active}, many.Activation(active))


def _group(request: Request, title: str, *, joins: bool) -> HttpResponse:
    page = _page(request, title)
    if refusal := _refusal(page["people"]):
        messages.warning(request, refusal)
        return redirect("users:list")
    form = JoinForm(request.POST if request.method == "POST" else None, organization=request.organization)
    if request.method == "POST" and request.POST.get("step") != "edit" and form.is_valid():
        group = form.cleaned_data["group"]
        return _answer(request, page | {"group": group}, many.Membership(group, joins))
    return render(request, "users/many_group.html", page | {"form": form})


@may(Right.USERS_CHANGE)
def activate(request: Request) -> HttpResponse:
    return _switch(request, _("Activate users"), active=True)


@may(Right.USERS_CHANGE)
def deactivate(request: Request) -> HttpResponse:
    return _switch(request, _("Deactivate users"), active=False)


@may(Right.USERS_CHANGE)
def join(request: Request) -> HttpResponse:
    return _group(request, _("Add users to a group"), joins=True)


@may(Right.USERS_CHANGE)
def leave(request: Request) -> HttpResponse:
    return _group(request, _("Remove users from a group"), joins=False)


@require_POST
@may(Right.USERS_CHANGE)
def take_back(request: Request) -> HttpResponse:
    done, refused = many.take_back(request, row_ids(request.POST.get("entries", "").split())[: many.MOST])
    if done:
        text = ngettext("%(count)s change is taken back.", "%(count)s changes are taken back.", done)
        messages.info(request, text % {"count": done})
    if refused:
        text = ngettext(
            "%(count)s change could not be taken back: something was changed again since.",
            "%(count)s changes could not be taken back: something was changed again since.",
            refused,
        )
        messages.warning(request, text % {"count": refused})
    return redirect("users:list")
