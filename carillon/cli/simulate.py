"""Which call to decide without calling; carillon/calls/simulate.py decides and tells."""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from carillon.accounts.models import Organization
from carillon.calls import simulate
from carillon.cli.trouble import Trouble
from carillon.numbers.destinations import find_person, read_destination
from carillon.routing.path import Assumptions, Fate

#: What can be assumed, and its words; whoever is not named answers.
FATES = {
    Fate.BUSY: "is busy",
    Fate.NO_ANSWER: "does not answer",
    Fate.UNREACHABLE: "has the phone off",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="the number that is called")
    parser.add_argument("--from", dest="caller", default="", help="who calls: an extension, or a number outside")
    parser.add_argument("--at", default="", metavar="TIME", help='"2027-01-01 10:00", in the organization\'s time zone')
    parser.add_argument("--organization", default="", metavar="SLUG", help="whose call it is (default: the number's)")
    for fate, words in FATES.items():
        flag = f"--{fate.value.replace('_', '-')}"
        help_text = f"somebody who {words}: a name, an extension or a number outside; may be repeated"
        parser.add_argument(flag, action="append", default=[], metavar="NAME_OR_NUMBER", help=help_text)
    parser.add_argument("--json", action="store_true", help="print the decision as data")


def run(options: argparse.Namespace) -> int:
    organization = _organization(options.organization)
    try:
        at = datetime.fromisoformat(options.at) if options.at else None
    except ValueError as error:
        raise Trouble(f'"{options.at}" is no time; write it as "2027-01-01 10:00".') from error
    if at and not at.tzinfo:
        at = at.replace(tzinfo=ZoneInfo(organization.timezone))
    assumed = _assumptions(organization, options)
    print(simulate.simulate(organization, options.number, options.caller, at, assumed, as_json=options.json))
    return 0


def _assumptions(organization: Organization, options: argparse.Namespace) -> Assumptions:
    people: dict[int, Fate] = {}
    numbers: dict[str, Fate] = {}
    for fate in FATES:
        for text in getattr(options, fate.value):
            try:
                number = read_destination(organization, text)
            except ValidationError as error:
                raise Trouble(" ".join(error.messages)) from error
            if person := find_person(organization, number):
                people[person.pk] = fate
            else:
                numbers[number] = fate
    return Assumptions(people, numbers)


def _organization(slug: str) -> Organization:
    chosen = Organization.objects.filter(slug=slug) if slug else Organization.objects.order_by("pk")
    found = chosen.first()
    if not found:
        slugs = ", ".join(Organization.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise Trouble(f'There is no organization "{slug}"; there are: {slugs or "none"}.')
    return found
