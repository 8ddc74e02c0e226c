"""Who may pass: every view of the portal has exactly one of these guards, or stands on the list of open doors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right, can

P = ParamSpec("P")

if TYPE_CHECKING:

    class Request(HttpRequest):
        """What a guarded view gets: somebody who is signed in, and the organization whose rows may be reached."""

        user: User
        organization: Organization
        htmx: HtmxDetails

else:
    Request = HttpRequest

Guarded = Callable[Concatenate[Request, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send to the sign-in page and back again; a part of a page (htmx) sends the whole page there."""
    details = getattr(request, "htmx", None)
    if not details:
        address = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        return redirect_to_login(address)
    here = details.current_url_abs_path or "/"
    return HttpResponseClientRedirect(redirect_to_login(here, resolve_url("account_login")).url)


def _guard(right: Right | None) -> Callable[[Guarded[P]], View[P]]:
    def guard(view: Guarded[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User):
                return _to_sign_in(request)
            if right is not None and not can(user, right):
                raise PermissionDenied
            request.organization = user.organization  # type: ignore[attr-defined]  # from here it is a Request  # that is what makes it a Request
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the line above made it one  # a guarded view takes a Request

        guarded.guard = right or "signed_in"  # type: ignore[attr-defined]  # a mark for the walk of all addresses  # read by the tests that walk all views
        return guarded  # type: ignore[return-value]  # functools.wraps hides that it is the same call

    return guard


def may(right: Right) -> Callable[[Guarded[P]], View[P]]:
    """Guard: signed in and having `right`; anonymous people sign in first, others get 403."""
    return _guard(right)


def signed_in(view: Guarded[P]) -> View[P]:
    """Guard: anybody who is signed in."""
    return _guard(None)(view)


def schedules_admin(view: Guarded[P]) -> View[P]:
    """Guard: administrators, and members of a user group with the flag Schedules admin."""
    return may(Right.SCHEDULES_CHANGE)(view)


def admin(view: Guarded[P]) -> View[P]:
    """Guard: administrators of the organization."""
    return may(Right.USERS_CHANGE)(view)
