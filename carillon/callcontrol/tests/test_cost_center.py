"""Whose cost center a call is kept with: of who pays, else of the colleague who called, else of who answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from carillon.accounts.models import Organization, User
from carillon.callcontrol.tests import test_journal
from carillon.callcontrol.tests.test_journal import events, journal, line, trace, write
from carillon.calls.models import Call
from carillon.functions.tests.builders import make_person

pytestmark = pytest.mark.django_db
organization = test_journal.organization


@pytest.fixture
def centers(organization: Organization) -> None:
    for name, center in (("ann", "4711"), ("bob", "4712"), ("eve", "4713")):
        if name == "eve":
            make_person(organization, "eve.peeters")
        User.objects.filter(username=f"{name}.peeters").update(cost_center=center)


def kept(folder: Path, text: str, traced: str = "") -> Call:
    """The row of a call; of the engine's two phones, Ann's gives up and Bob's answers."""
    if traced:
        write(folder, f"{traced}\n", "traces/worker1.jsonl")
    write(folder, text)
    journal(folder).catch_up()
    return Call.objects.get()


def test_the_cost_center_of_a_call(tmp_path: Path, organization: Organization, centers: None, client: Client) -> None:
    """From outside: of who answered. A later change leaves what was kept; page and export tell it."""
    row = kept(tmp_path, "".join(map(line, events("node1-1.5"))))
    assert row.cost_center == "4712"
    User.objects.filter(username="bob.peeters").update(cost_center="9999")
    client.force_login(make_person(organization, "alexandra.meuwissen", is_admin=True))
    assert "4712" in client.get(reverse("calls:detail", args=[row.pk])).content.decode()
    export = client.get(reverse("calls:export"))
    text = b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]  # it is streamed
    head, first = text.splitlines()[:2]
    assert head.endswith("Cost center")
    assert first.endswith("4712")


def test_a_colleague_who_calls_has_the_own_cost_center(
    tmp_path: Path, organization: Organization, centers: None
) -> None:
    calls = [e for e in events("node1-1.5", context=f"org-{organization.pk}") if e.channel != "PJSIP/pann-0002"]
    row = kept(tmp_path, "".join(map(line, calls)).replace("PJSIP/tcarrier-0001", "PJSIP/pann-0009"))
    assert row.cost_center == "4711"


def test_who_pays_a_forward_comes_first(tmp_path: Path, organization: Organization, centers: None) -> None:
    eve = User.objects.get(username="eve.peeters")
    decided = trace("node1-1.5", organization).replace('"payer": null', f'"payer": {eve.pk}')
    row = kept(tmp_path, "".join(map(line, events("node1-1.5"))), decided)
    assert row.payer == eve
    assert row.cost_center == "4713"
