"""Suggestions while somebody types where calls should go."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from carillon.accounts.http import Request, signed_in
from carillon.numbers.destinations import suggest
from carillon.numbers.search import asked


@signed_in
def suggestions(request: Request) -> HttpResponse:
    """Answer with the options of a datalist; the text is in the parameter that `field` names."""
    text = asked(request, request.GET.get("field", ""))
    return render(request, "numbers/_suggestions.html", {"places": suggest(request.organization, text)})
