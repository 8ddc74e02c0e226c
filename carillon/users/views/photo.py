"""Edit photo as in the manual: Preview, Save photo, Cancel; and the photo itself, for the own organization only."""

from __future__ import annotations

from base64 import b64encode

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from carillon.accounts.http import Request, may
from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.users import people, photos
from carillon.users.details import PhotoForm
from carillon.users.views.edit import changeable

#: So long a preview can be saved.
_SECONDS = 3600
_SALT = "carillon.users.photo"


@require_GET
@may(Right.USERS_VIEW)
def photo(request: Request, pk: int) -> HttpResponse:
    """Answer with the photo; its address changes with it, so a browser may keep it."""
    person = get_object_or_404(request.organization.users, pk=pk)
    if not photos.is_kept(person.photo):
        raise Http404
    answer = HttpResponse(photos.path_of(person.photo).read_bytes(), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=86400"
    answer["Content-Disposition"] = 'inline; filename="photo.jpg"'
    return answer


def _seen(request: Request, person: User) -> str:
    """Return the photo that the preview showed, "" if there was none."""
    try:
        pk, name = signing.loads(request.POST.get("preview", ""), salt=_SALT, max_age=_SECONDS)
    except (signing.BadSignature, ValueError):
        return ""
    return str(name) if pk == person.pk and photos.is_kept(name) else ""


def _made(form: PhotoForm) -> str:
    """Return the photo of what was sent, "" where the form says what is wrong."""
    if form.is_valid():
        try:
            return photos.make(form.cleaned_data["photo"].read())
        except photos.PhotoError as error:
            form.add_error("photo", str(error))
    return ""


@may(Right.USERS_CHANGE)
def edit(request: Request, pk: int) -> HttpResponse:
    person = changeable(request, pk)
    form, shown = PhotoForm(), ""
    if request.method == "POST":
        shown = "" if request.FILES else _seen(request, person)
        if not shown:
            form = PhotoForm(request.POST, request.FILES)
            shown = _made(form)
        if shown and "save" in request.POST:
            people.set_photo(request, person, shown)
            messages.success(request, _("The photo is saved."))
            return redirect("users:detail", person.pk)
    context = {"person": person, "form": form, "has_photo": photos.is_kept(person.photo)}
    if shown:
        picture = b64encode(photos.path_of(shown).read_bytes()).decode()
        context |= {"picture": picture, "preview": signing.dumps([person.pk, shown], salt=_SALT)}
    return render(request, "users/photo.html", context)


@require_POST
@may(Right.USERS_CHANGE)
def remove(request: Request, pk: int) -> HttpResponse:
    person = changeable(request, pk)
    people.set_photo(request, person, "")
    messages.success(request, _("The photo is removed."))
    return redirect("users:detail", person.pk)
