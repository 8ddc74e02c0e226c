"""What Asterisk must know of rows, as generated files: phones, trunks, music on hold, contexts, fallback and lamps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import structlog
from cryptography.fernet import InvalidToken
from django.db.models import Max, Q, Sum

from carillon.accounts.models import Organization, User
from carillon.asterisk import text
from carillon.asterisk.instance import write_secret
from carillon.callcontrol import hold
from carillon.devices.models import SipDevice
from carillon.devices.vault import digest, unseal
from carillon.functions.models import HuntGroupMember
from carillon.numbers.models import Number, Trunk
from carillon.routing.numbers import OUTSIDE_LINE, emergency_numbers, spellings

log = structlog.get_logger()

Row = TypeVar("Row")
PJSIP, EXTENSIONS, MUSIC = "pjsip.conf", "extensions.conf", hold.FILE


def mark() -> tuple[object, ...]:
    """Return a value that differs when any organization's configuration or a trunk changed; two short queries."""
    found = Organization.objects.aggregate(total=Sum("revision"), newest=Max("pk"))
    trunks = Trunk.objects.order_by("pk").values_list("pk", "endpoint", "host", "port", "priority", "organization_id")
    return found["total"], found["newest"], tuple(trunks)


def render(node: str, music: str = "") -> dict[str, str]:
    """Return the generated files of a node, by name; `music` is the file of music as it was."""
    devices = list(
        SipDevice.objects.filter(organization__home_node=node).select_related("user", "site", "organization")
    )
    trunks = list(Trunk.objects.filter(node=node).order_by("priority", "pk"))
    extensions = _extensions()
    musical = hold.musical_users(node)
    phones = _each(devices, lambda device: text.phone(_phone(device, extensions, musical)))
    lines = _each(trunks, lambda row: text.trunk(text.TrunkLine(row.endpoint, f"trunk-{row.pk}", row.host, row.port)))
    # Classes of music are there before a phone names them.
    return {
        MUSIC: hold.render(node, music),
        PJSIP: lines + phones,
        EXTENSIONS: _each(_contexts(node, devices, trunks), text.context),
    }


def _each(rows: Iterable[Row], write_one: Callable[[Row], str]) -> str:
    """Join what is written of each row; one that cannot be written is left out and must not hold up the others."""
    parts = []
    for row in rows:
        try:
            parts.append(write_one(row))
        except (ValueError, InvalidToken) as error:
            log.error("row left out of the configuration", row=str(row)[:100], error=str(error))
    return "".join(parts)


def gone(contacts: str, endpoints: Container[str]) -> list[str]:
    """Return the keys of registrations whose phone no longer exists; `contacts` is Asterisk's own list of them."""
    found = re.findall(r"^/registrar/contact/([^\s;]+);@([0-9a-f]+)", contacts, re.MULTILINE)
    return [f"{endpoint};@{rest}" for endpoint, rest in found if endpoint not in endpoints]


def write(folder: Path, files: dict[str, str]) -> list[str]:
    """Write the files whose text changed; return their names."""
    return [name for name, content in files.items() if write_secret(folder / name, content)]


def _extensions() -> dict[int, str]:
    """User id -> the number that colleagues see: the extension where there is one."""
    rows = Number.objects.filter(personal_line__isnull=False).order_by("kind", "-pk")
    return dict(rows.values_list("personal_line__user_id", "value"))


def _phone(device: SipDevice, extensions: dict[int, str], musical: Container[int]) -> text.Phone:
    own = device.user_id is not None and device.user_id in musical
    return text.Phone(
        endpoint=device.endpoint,
        digest=digest(device.endpoint, unseal(device.secret)),
        context=f"org-{device.organization_id}",
        caller_name=str(device.user) if device.user else "",
        caller_number=extensions.get(device.user_id or 0, ""),
        emergency_number=device.site.emergency_number,
        music=hold.of_user(device.user_id) if own else hold.of_organization(device.organization_id),
    )


def _contexts(node: str, devices: list[SipDevice], trunks: list[Trunk]) -> Iterator[text.Context]:
    by_user: dict[int, list[str]] = defaultdict(list)
    for device in devices:
        if device.user_id:
            by_user[device.user_id].append(device.endpoint)
    public: list[text.Fallback] = []
    fallbacks, hints = _by_organization(node, by_user)
    for organization in Organization.objects.filter(home_node=node).order_by("pk"):
        rows = fallbacks[organization.pk]
        public += [row for row in rows if row.spellings[0].startswith("+")]
        yield text.Context(
            name=f"org-{organization.pk}",
            emergency=tuple(_emergency(organization.country)),
            trunks=tuple(row.endpoint for row in trunks if row.organization_id in (None, organization.pk)),
            fallbacks=tuple(rows),
            hints=tuple(hints[organization.pk]),
        )
    for trunk in trunks:
        yield text.Context(f"trunk-{trunk.pk}", (), (), tuple(public))


def _emergency(country: str) -> Iterator[tuple[str, str]]:
    for number in emergency_numbers(country):
        yield number, number
        yield OUTSIDE_LINE + number, number


def _by_organization(
    node: str, by_user: dict[int, list[str]]
) -> tuple[dict[int, list[text.Fallback]], dict[int, list[tuple[str, tuple[str, ...]]]]]:
    members: dict[int, list[str]] = defaultdict(list)
    for function, user in HuntGroupMember.objects.filter(user__isnull=False).values_list("hunt_group_id", "user_id"):
        members[function] += by_user.get(user or 0, [])
    fallbacks: dict[int, list[text.Fallback]] = defaultdict(list)
    hints: dict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    active = Q(personal_line__user__in=User.objects.filter(is_active=True)) | Q(function_number__isnull=False)
    rows = Number.objects.filter(active, organization__home_node=node).order_by("pk")
    columns = (
        "organization_id",
        "organization__country",
        "kind",
        "value",
        "personal_line__user_id",
        "function_number__pk",
    )
    for organization, country, kind, value, user, function in rows.values_list(*columns):
        endpoints = tuple(by_user.get(user, []) if user else members.get(function, []))
        if endpoints:
            fallbacks[organization].append(text.Fallback(spellings(value, country), endpoints))
        if endpoints and user and kind == Number.Kind.EXTENSION:
            hints[organization].append((value, endpoints))
    return fallbacks, hints
