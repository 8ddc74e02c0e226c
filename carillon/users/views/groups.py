"""User administration -> User groups: the list with its flags, a group with its members, what deleting one means."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from carillon.accounts.http import Request, may
from carillon.accounts.models import User, UserGroup
from carillon.accounts.roles import Right
from carillon.numbers.search import asked
from carillon.portal.ids import row_ids
from carillon.users import groups_actions as actions
from carillon.users.groups_effects import losses
from carillon.users.groups_forms import FlagsForm, GroupForm, MembersForm
from carillon.users.search import matching

#: Groups on one page of the list, people on one page of a group.
GROUPS_PER_PAGE, PEOPLE_PER_PAGE = 100, 50


def _groups(request: Request) -> QuerySet[UserGroup]:
    return request.organization.user_groups.select_related("organization", "schedule_grant")


def _done(request: Request) -> dict[str, Any]:
    """Return what the last click did; it is told once."""
    return {"done": request.session.pop(actions.DONE, None)}


@may(Right.USERS_CHANGE)
def groups(request: Request) -> HttpResponse:
    text = asked(request)
    rows = _groups(request).prefetch_related("schedule_grant__functions").annotate(people=Count("memberships"))
    found = rows.filter(name__icontains=text).order_by("name", "pk")
    page = Paginator(found, GROUPS_PER_PAGE).get_page(request.GET.get("page"))
    data = request.POST if request.method == "POST" else None
    forms = [FlagsForm(data, group=group) for group in page]
    # Boxes cannot be wrong; asking makes their values.
    if request.method == "POST" and all(form.is_valid() for form in forms):
        done = actions.apply(request, forms)
        if done.entries:
            actions.tell(request, done)
        else:
            messages.info(request, _("Nothing was ticked or unticked."))
        return redirect(request.get_full_path())
    return render(request, "users/groups.html", {"page": page, "forms": forms, "text": text, **_done(request)})


def _save(request: Request, form: GroupForm) -> bool:
    done = actions.save(request, form) if request.method == "POST" and form.is_valid() else None
    if done:
        actions.tell(request, done)
    elif form.is_bound and form.is_valid():
        form.add_error("name", _("There is already a user group with this name."))
    return done is not None


@may(Right.USERS_CHANGE)
def group_new(request: Request) -> HttpResponse:
    form = GroupForm(request.POST or None, organization=request.organization)
    if _save(request, form):
        return redirect("users:group", form.instance.pk)
    return render(request, "users/group_new.html", {"form": form})


def _people(request: Request, group: UserGroup, text: str) -> QuerySet[User]:
    """Return the members; where something is searched, everybody whom it describes, each knowing of being a member."""
    people = request.organization.users.annotate(
        is_member=Exists(group.memberships.filter(user=OuterRef("pk")))
    ).order_by("last_name", "first_name", "pk")
    return matching(request.organization, people, text) if text else people.filter(is_member=True)


@may(Right.USERS_CHANGE)
def group(request: Request, group_pk: int) -> HttpResponse:
    found = get_object_or_404(_groups(request), pk=group_pk)
    name = found.name
    form = GroupForm(request.POST or None, instance=found, organization=request.organization)
    if _save(request, form):
        return redirect(request.get_full_path())
    text = asked(request)
    page = Paginator(_people(request, found, text), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    members = found.memberships.count() if text else page.paginator.count
    context = {"group": found, "name": name, "form": form, "page": page, "text": text, "members": members}
    return render(request, "users/group.html", context | _done(request))


@require_POST
@may(Right.USERS_CHANGE)
def group_members(request: Request, group_pk: int) -> HttpResponse:
    found = get_object_or_404(_groups(request), pk=group_pk)
    form = MembersForm(request.POST, organization=request.organization)
    if form.is_valid():
        done = actions.set_members(request, found, form.cleaned_data["add"], form.cleaned_data["remove"])
        if done.entries:
            actions.tell(request, done)
        else:
            messages.info(request, _("Nothing differs: somebody else was quicker."))
    else:
        messages.warning(request, _("Nobody was added or removed: a chosen person does not exist any more."))
    return redirect(f"{request.path.removesuffix('members/')}?{request.GET.urlencode()}".rstrip("?"))


@may(Right.USERS_CHANGE)
def group_delete(request: Request, group_pk: int) -> HttpResponse:
    found = get_object_or_404(_groups(request), pk=group_pk)
    if request.method == "POST":
        actions.tell(request, actions.delete(request, found))
        return redirect("users:groups")
    given = found.schedule_grant.functions.select_related("number") if hasattr(found, "schedule_grant") else ()
    context = {"group": found, "members": found.memberships.count(), "losses": losses(found), "given": given}
    return render(request, "users/group_delete.html", context)


@require_POST
@may(Right.USERS_CHANGE)
def groups_undo(request: Request) -> HttpResponse:
    done, refused = actions.take_back(request, row_ids(request.POST.get("entries", "").split()[:1000]))
    if done.entries:
        messages.info(request, " ".join([_("Undone."), *done.sentences]))
    if refused:
        text = ngettext(
            "%(count)s change could not be taken back: something was changed again since.",
            "%(count)s changes could not be taken back: something was changed again since.",
            refused,
        )
        messages.warning(request, text % {"count": refused})
    here = _groups(request).filter(pk__in=row_ids([request.POST.get("group", "")])).first()
    return redirect("users:group", here.pk) if here else redirect("users:groups")
