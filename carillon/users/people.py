"""Every change of a person: details with groups, password, photo, active or not, and the end."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.db import IntegrityError, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from carillon.accounts import audit, mail
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry, Organization, User
from carillon.numbers.models import Number
from carillon.users import photos
from carillon.users.details import NewUserForm, UserForm, fingerprint

Verb = AuditEntry.Verb


class RefusedError(Exception):
    """A change of a person that cannot be; str() is the sentence for the administrator."""


def save_person(request: Request, form: UserForm, seen: str) -> None:
    """Store details and groups together; RefusedError where the page showed others (`seen`), or a name is taken."""
    person = form.instance
    try:
        with audit.change(request, person):
            if seen and seen != fingerprint(person):
                raise RefusedError(
                    _(
                        "Somebody else changed this person meanwhile."
                        " What you typed is still here: save again to store it."
                    )
                )
            person.save(update_fields=UserForm.Meta.fields)
            person.user_groups.set(form.cleaned_data["groups"])
    except IntegrityError:
        form.name_is_taken()
        raise RefusedError("") from None


def create_person(request: Request, form: NewUserForm) -> User:
    """Make a person; without a password nobody can sign in as them. RefusedError where the name was just taken."""
    person = form.instance
    person.set_password(form.cleaned_data["password"] or None)
    try:
        with audit.change(request, person, Verb.CREATE):
            person.save()
            person.user_groups.set(form.cleaned_data["groups"])
    except IntegrityError:
        form.name_is_taken()
        raise RefusedError("") from None
    return person


def set_password(request: Request, person: User, password: str) -> None:
    """Give a person a new password: every session of theirs ends, and they are told by mail."""
    with audit.change(request, person):
        person.set_password(password)
        person.save(update_fields=["password"])
        if person.email:
            _tell_of_password(request, person)
    # It is not kept, so it cannot be put back: no Undo is offered.
    request.session.pop("undo", None)
    if person == request.user:
        update_session_auth_hash(request, person)


def _tell_of_password(request: Request, person: User) -> None:
    names = {"name": person, "username": person.username, "admin": request.user}
    with translation.override(person.language.partition("-")[0]):
        text = _(
            "Dear %(name)s,\n\n%(admin)s has set a new password for your user name %(username)s"
            " and will tell you what it is. You have been signed out everywhere.\n\n"
            "If you did not expect this, ask your administrator.\n"
        )
        mail.send(request.organization, person.email, _("Your password was changed"), text % names)


def set_active(request: Request, person: User, *, active: bool) -> None:
    """Let a person in again, or out for now; RefusedError says why not."""
    try:
        with transaction.atomic():
            if not active:
                _stays_possible(request, person)
            switch(request, person, active=active)
    except IntegrityError:
        raise RefusedError(_("Somebody else who is active has the same mobile phone by now.")) from None


def switch(request: Request, person: User, *, active: bool) -> int | None:
    """Store whether a person may sign in; return the audit row. Sessions of before stay ended, whatever comes later."""
    with audit.change(request, person) as changed:
        rows = User.objects.filter(pk=person.pk)
        rows.update(is_active=active, session_round=models.F("session_round") + 1)
        person.refresh_from_db()
    return changed.entry.pk if changed.entry else None


def _stays_possible(request: Request, person: User) -> None:
    """Refuse what would leave the organization without an administrator, or the person at the page outside."""
    if person == request.user:
        raise RefusedError(_("You cannot do this to yourself: ask another administrator."))
    # Two administrators who lock each other out at the same moment: the second one waits here.
    Organization.objects.select_for_update().get(pk=person.organization_id)
    others = request.organization.users.filter(is_admin=True, is_active=True).exclude(pk=person.pk)
    if person.is_admin and not others.exists():
        raise RefusedError(_("This is the last administrator of the organization."))


def delete_person(request: Request, person: User) -> None:
    """Delete a person: numbers are free, phones are nobody's; RefusedError says why not."""
    with transaction.atomic():
        _stays_possible(request, person)
        with audit.change(request, person, Verb.DELETE):
            numbers = list(Number.objects.filter(personal_line__user=person).values_list("pk", flat=True))
            person.delete()
            Number.objects.filter(pk__in=numbers).delete()
    photos.let_go(person.photo)


def set_photo(request: Request, person: User, photo: str) -> None:
    """Give a person the photo of this hash; empty takes it away."""
    before = person.photo
    with audit.change(request, person):
        person.photo = photo
        person.save(update_fields=["photo"])
    if before != photo:
        photos.let_go(before)


def save_captions(request: Request, organization: Organization, captions: dict[str, str]) -> None:
    """Name fields 1 to 3 of the organization's people."""
    with audit.change(request, organization):
        for name, caption in captions.items():
            setattr(organization, name, caption)
        organization.save(update_fields=list(captions))
