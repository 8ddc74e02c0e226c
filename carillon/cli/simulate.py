"""Which call to decide without calling; carillon/calls/simulate.py decides and tells."""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from carillon.accounts.models import Organization
from carillon.calls import simulate
from carillon.cli.trouble import Trouble


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="the number that is called")
    parser.add_argument("--from", dest="caller", default="", help="who calls: an extension, or a number outside")
    parser.add_argument("--at", default="", metavar="TIME", help='"2027-01-01 10:00", in the organization\'s time zone')
    parser.add_argument("--organization", default="", metavar="SLUG", help="whose call it is (default: the number's)")
    parser.add_argument("--json", action="store_true", help="print the decision as data")


def run(options: argparse.Namespace) -> int:
    organization = _organization(options.organization)
    try:
        at = datetime.fromisoformat(options.at) if options.at else None
    except ValueError as error:
        raise Trouble(f'"{options.at}" is no time; write it as "2027-01-01 10:00".') from error
    if at and not at.tzinfo:
        at = at.replace(tzinfo=ZoneInfo(organization.timezone))
    print(simulate.simulate(organization, options.number, options.caller, at, as_json=options.json))
    return 0


def _organization(slug: str) -> Organization:
    chosen = Organization.objects.filter(slug=slug) if slug else Organization.objects.order_by("pk")
    found = chosen.first()
    if not found:
        slugs = ", ".join(Organization.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise Trouble(f'There is no organization "{slug}"; there are: {slugs or "none"}.')
    return found
