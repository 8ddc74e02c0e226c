"""Services -> Music on hold: which level has which music, and the page on which a level gets it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from carillon.accounts.http import Request, may
from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right
from carillon.numbers.models import FunctionNumber
from carillon.numbers.search import asked
from carillon.prompts import hold
from carillon.prompts.hold import Place
from carillon.prompts.hold_actions import choose
from carillon.prompts.hold_form import HoldMusicForm, inherited_words
from carillon.prompts.player import player_of

PER_PAGE = 50
#: People whom a search shows; who looks for more types more.
MOST_PEOPLE = 25
MOST_WORDS = 5


def _numbers(organization: Organization) -> QuerySet[FunctionNumber]:
    rows = organization.function_numbers.select_related("number", "hold_music__prompt__organization")
    return rows.prefetch_related("hold_music__prompt__audio").order_by("name", "pk")


def _people(organization: Organization, text: str = "") -> QuerySet[User]:
    """Return the users of whom every word is a part of user ID, first or last name."""
    rows = organization.users.select_related("hold_music__prompt__organization").order_by(
        "last_name", "first_name", "pk"
    )
    for word in text.split()[:MOST_WORDS]:
        rows = rows.filter(Q(username__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word))
    return rows.prefetch_related("hold_music__prompt__audio")


@may(Right.SERVICES_CHANGE)
def levels(request: Request) -> HttpResponse:
    organization, text = request.organization, asked(request)
    house = hold.in_house(organization)
    page = Paginator(_numbers(organization), PER_PAGE).get_page(request.GET.get("page"))
    people = list(_people(organization, text)[: MOST_PEOPLE + 1]) if text else []
    context = {
        "house": house,
        "player": player_of(house.prompt, organization.language),
        "page": page,
        "numbers": [(row, hold.heard(Place(organization, function=row), house)) for row in page],
        "people": [(row, hold.heard(Place(organization, user=row), house)) for row in people[:MOST_PEOPLE]],
        "more": len(people) > MOST_PEOPLE,
        "text": text,
    }
    return render(request, "hold/levels.html", context)


@may(Right.SERVICES_CHANGE)
def organization(request: Request) -> HttpResponse:
    return _page(request, Place(request.organization), request.organization.language)


@may(Right.SERVICES_CHANGE)
def number(request: Request, function_pk: int) -> HttpResponse:
    function = get_object_or_404(_numbers(request.organization), pk=function_pk)
    language = function.language or request.organization.language
    return _page(request, Place(request.organization, function=function), language)


@may(Right.SERVICES_CHANGE)
def user(request: Request, user_pk: int) -> HttpResponse:
    person = get_object_or_404(_people(request.organization), pk=user_pk)
    return _page(request, Place(request.organization, user=person), person.language or request.organization.language)


def _page(request: Request, place: Place, language: str) -> HttpResponse:
    """Show what is heard at a place and whose it is, or give it other music."""
    is_house = not place.function and not place.user
    house = hold.delivered(place.organization) if is_house else hold.in_house(place.organization)
    now, inherited = hold.heard(place, house), inherited_words(house, place)
    initial = {"prompt": str(place.own.prompt_id) if place.own else ""}
    form = HoldMusicForm(request.POST or None, place=place, inherited=inherited, initial=initial)
    if request.method == "POST" and form.is_valid():
        choose(request, place, form.cleaned_data["prompt"])
        messages.success(request, _("Saved. It counts from the next hold."))
        return redirect(request.path)
    context = {
        "place": place,
        "is_house": is_house,
        "heard": now,
        "form": form,
        "language": language,
        "player": player_of(now.prompt, language),
    }
    return render(request, "hold/place.html", context)
