"""Every address of the portal, one include per room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from carillon.accounts import signin
from carillon.calls.views.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("sign-in/", signin.sign_in, name="account_login"),
    path("sign-out/", signin.sign_out, name="account_logout"),
    path("", include("carillon.accounts.urls")),
    path("help/", include("carillon.portal.urls")),
    path("schedules/", include("carillon.schedules.urls")),
    path("hunt-groups/", include("carillon.functions.urls")),
    path("prompts/", include("carillon.prompts.urls")),
    path("services/music-on-hold/", include("carillon.prompts.hold_urls")),
    path("numbers/", include("carillon.numbers.urls")),
    path("", include("carillon.users.urls")),
    path("calls/", include("carillon.calls.urls")),
]

handler400 = "carillon.portal.errors.bad_request"
handler403 = "carillon.portal.errors.forbidden"
handler404 = "carillon.portal.errors.not_found"
handler500 = "carillon.portal.errors.failed"
