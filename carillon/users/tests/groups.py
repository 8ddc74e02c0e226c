"""What the tests of user groups share: who enters, what the pages send, and what their Undo takes back."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from carillon.accounts.models import User, UserGroup

LIST = "/user-groups/"
FLAGS = ("schedules_admin", "reports", "federated")


def of(group: UserGroup, name: str = "group") -> str:
    return reverse(f"users:{name}", args=[group.pk])


def entering(person: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    return client


def shown(*groups: UserGroup) -> dict[str, str]:
    """Return what the page of the list sends along for these groups as they are now."""
    sent = {}
    for group in groups:
        for flag in FLAGS:
            is_set = getattr(UserGroup.objects.get(pk=group.pk), flag)
            sent[f"initial-group{group.pk}-{flag}"] = str(is_set)
            if is_set:
                sent[f"group{group.pk}-{flag}"] = "on"
    return sent


def apply(admin: Client, group: UserGroup, flag: str, *, on: bool = True) -> str:
    """Tick or untick one box and click Apply; return the page."""
    data = shown(group)
    data.pop(f"group{group.pk}-{flag}", None)
    if on:
        data[f"group{group.pk}-{flag}"] = "on"
    return str(admin.post(LIST, data, follow=True).content.decode())


def undo_of(page: str) -> dict[str, str]:
    """Return what the Undo of a message sends."""
    found = re.search(r'name="entries" value="([\d ]+)"', page)
    assert found
    return {"entries": found[1]}


def statuses(person: User, *names: str) -> list[int]:
    client = entering(person)
    return [client.get(reverse(name)).status_code for name in names]
