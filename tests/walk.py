"""Every address of the portal, and for each kind of key the row of a given organization that it points to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from carillon.accounts.models import AuditEntry, Organization, User
from carillon.calls.models import Case
from carillon.calls.tests.builders import make_call
from carillon.numbers.models import FunctionNumber
from carillon.prompts import files
from carillon.prompts.models import How, Prompt, PromptMaking, PromptVersion
from carillon.prompts.speech import keep
from carillon.schedules.models import TemporaryChange
from carillon.users.photos import path_of

#: Doors that are open to everybody, by name.
OPEN = {"account_login", "account_logout", "accounts:language", "accounts:theme"}


@dataclass(frozen=True)
class Route:
    """One address pattern: its name, its keys in order, and the view behind it."""

    name: str
    keys: tuple[str, ...]
    view: Callable[..., Any]


def routes(resolver: URLResolver | None = None, prefix: str = "", keys: tuple[str, ...] = ()) -> Iterator[Route]:
    """Yield every named address; an address without name fails the walk."""
    for pattern in (resolver or get_resolver()).url_patterns:
        below = (*keys, *pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from routes(pattern, space, below)
        else:
            assert isinstance(pattern, URLPattern)
            assert pattern.name, f"{pattern.pattern} has no name"
            yield Route(f"{prefix}{pattern.name}", below, pattern.callback)


def _trial(organization: Organization) -> int:
    person = organization.users.filter(is_admin=True)[0]
    return organization.trials.get_or_create(user=person, token_sha256=f"of {organization.slug}", called="9011")[0].pk


def _case(organization: Organization) -> Case:
    result = {"happenings": [], "end": "normal"}
    return organization.cases.create(name="x", number="112", weekday=0, clock=time(10), timezone="UTC", expected=result)


def _prompt(organization: Organization) -> Prompt:
    """Return a prompt that can be heard."""
    prompt, _made = organization.prompts.get_or_create(name="walk")
    sound = {"sha256": keep(settings.PROMPTS, b"\xd5" * 80), "milliseconds": 10}
    prompt.audio.get_or_create(language="", defaults=sound)
    return prompt


def _version(prompt: Prompt) -> PromptVersion:
    """Return an imported recording of a prompt, with the file as it came."""
    content = b"as it came"
    path = files.original(sha256(content).hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    about = {"milliseconds": 10, "how": How.FILE, "original": path.name, "made_at": timezone.now()}
    sound = sha256(b"\xd5" * 80).hexdigest()
    return prompt.versions.get_or_create(language="", sha256=sound, defaults=about)[0]


def _making(organization: Organization, person: User) -> PromptMaking:
    """A sound that waits for its ear."""
    keep(settings.PROMPTS, b"\xd5" * 80)
    sound = {"sha256": sha256(b"\xd5" * 80).hexdigest(), "state": PromptMaking.State.READY, "text": "x"}
    return organization.prompt_makings.get_or_create(user=person, name="walk", defaults=sound)[0]


def _photo(person: User) -> None:
    """Give the person a photo that is there."""
    person.photo = sha256(b"walk").hexdigest()
    person.save(update_fields=["photo"])
    path = path_of(person.photo)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff")


def _change(function: FunctionNumber) -> TemporaryChange:
    now = timezone.now()
    times = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    return function.schedule.temporary_changes.get_or_create(action="closed", made_by="x", defaults=times)[0]


def body(answer: Any) -> str:
    """Return what a page says, also one that is streamed; a picture or a sound says nothing."""
    if answer.headers.get("Content-Type", "").startswith(("image/", "audio/")):
        return ""
    data: bytes = answer.getvalue() if answer.streaming else answer.content
    return data.decode()


def own_keys(route: Route, organization: Organization) -> dict[str, Any]:
    """Return keys that point to rows of `organization`; an unknown kind of key fails: teach it here."""
    if route.name == "calls:try_steps":
        return {"pk": _trial(organization)}
    function = organization.function_numbers.filter(hunt_group__members__isnull=False).first()
    person = organization.users.order_by("pk").first()
    assert function
    assert person
    entry = organization.audit_entries.first() or AuditEntry.objects.create(
        organization=organization, actor=person, actor_name="x", verb="change", label="x",
        kind="schedules.schedule", object_id=function.schedule.pk,
    )  # fmt: skip
    call = organization.calls.first() or make_call(organization)
    room = route.name.partition(":")[0]
    last: dict[str, Callable[[], Any]] = {
        "event_pk": lambda: function.schedule.events.order_by("is_default", "pk")[0].pk,
        "change_pk": lambda: _change(function).pk,
        "member_pk": lambda: function.hunt_group.members.all()[0].pk,
        "name": lambda: "schedules",
        "group_pk": lambda: organization.user_groups.filter(schedules_admin=True)[0].pk,
        "function_pk": lambda: function.pk,
        "user_pk": lambda: person.pk,
        "making_pk": lambda: _making(organization, person).pk,
        "version_pk": lambda: _version(_prompt(organization)).pk,
    }
    first = {"schedules": function.pk, "functions": function.pk, "users": person.pk, "accounts": entry.pk}
    if route.name == "users:photo":
        _photo(person)
    if room == "prompts":
        is_reset = route.name == "prompts:reset"
        first[room] = organization.prompts.exclude(key="")[0].pk if is_reset else _prompt(organization).pk
    if room == "calls":
        is_case = route.name.startswith("calls:case")
        first[room] = (organization.cases.first() or _case(organization)).pk if is_case else call.pk
    return {key: first[room] if key == "pk" else last[key]() for key in route.keys}
