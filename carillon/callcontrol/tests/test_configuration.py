"""What Asterisk is told of the rows: phones, trunks, emergency numbers first, what rings in the fallback, lamps."""

from __future__ import annotations

from pathlib import Path

import pytest

from carillon.accounts.models import Organization
from carillon.callcontrol import configuration
from carillon.devices.vault import digest, seal
from carillon.functions.tests.builders import make_hunt_group, make_organization, make_person
from carillon.numbers.models import Trunk
from carillon.routing.numbers import Kind, emergency_numbers, read_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    made = make_organization()
    site = made.sites.create(name="Brussels", address="1000 Brussels", emergency_number="+3227811500")
    function = make_hunt_group(made, "Main number", "+3227811501")
    for position, (name, extension) in enumerate({"an.peeters": "9101", "bram.janssens": "9102"}.items(), 1):
        user = make_person(made, name, extension)
        endpoint = f"p{name.partition('.')[0]}"
        made.sip_devices.create(user=user, site=site, endpoint=endpoint, secret=seal("secret"))
        function.hunt_group.members.create(position=position, user=user)
    Trunk.objects.create(name="Carrier", endpoint="tcarrier", host="127.0.0.3", port=5070)
    return made


def sections(text: str) -> dict[str, list[str]]:
    """Section -> its lines; sections of one name are joined."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line:
            lines.append(line.strip())
    return found


def test_a_phone_signs_in_with_a_digest_and_never_with_its_secret(organization: Organization) -> None:
    text = configuration.render("node1")["pjsip.conf"]
    phone = sections(text)["pan"]
    assert f"context=org-{organization.pk}" in phone
    assert any(line.endswith(digest("pan", "secret")) for line in phone)
    assert 'callerid="An Peeters" <9101>' in phone
    assert "set_var=EMERGENCY_NUMBER=+3227811500" in phone
    assert "secret" not in text.replace("password_digest", "")


def test_a_trunk_is_known_by_its_address_and_has_its_own_context(organization: Organization) -> None:
    trunk = sections(configuration.render("node1")["pjsip.conf"])["tcarrier"]
    assert f"context=trunk-{Trunk.objects.get().pk}" in trunk
    assert "contact=sip:127.0.0.3:5070" in trunk


@pytest.mark.parametrize("country", ["BE", "NL", "FR", "DE", "GB", "LU"])
def test_the_dialplan_and_the_decision_agree_on_emergency_numbers(organization: Organization, country: str) -> None:
    Organization.objects.update(country=country)
    context = sections(configuration.render("node1")["extensions.conf"])[f"org-{organization.pk}"]
    first = [line for line in context if line.startswith("exten")]
    dialled = {line.removeprefix("exten => ").partition(",")[0] for line in first}
    assert set(emergency_numbers(country)) <= dialled
    assert all(read_number(number, country).kind is Kind.EMERGENCY for number in dialled)
    assert context.index("include => pbx") > max(map(context.index, first))


def test_the_fallback_rings_members_and_users_in_every_spelling(organization: Organization) -> None:
    found = sections(configuration.render("node1")["extensions.conf"])
    inside, public = found[f"fallback-org-{organization.pk}"], found[f"fallback-trunk-{Trunk.objects.get().pk}"]
    for spelling in ("+3227811501", "003227811501", "027811501"):
        for context in (inside, public):
            assert f"exten => {spelling},1,Dial(PJSIP/pan&PJSIP/pbram,30)" in context
    assert "exten => 9102,1,Dial(PJSIP/pbram,30)" in inside
    assert not any("9102" in line for line in public)  # extensions are nobody's business outside
    assert "exten => 9101,hint,PJSIP/pan" in found[f"org-{organization.pk}-hints"]


def test_one_organization_never_rings_anothers_phones(organization: Organization) -> None:
    other = make_organization("ardenne")
    site = other.sites.create(name="Marche", address="6900 Marche", emergency_number="+3284555100")
    user = make_person(other, "lucie.marchal", "9101")
    other.sip_devices.create(user=user, site=site, endpoint="plucie", secret=seal("secret"))
    found = sections(configuration.render("node1")["extensions.conf"])
    for name, lines in found.items():
        if f"org-{organization.pk}" in name.replace("-hints", ""):
            assert not any("plucie" in line for line in lines)
    assert "exten => 9101,1,Dial(PJSIP/plucie,30)" in found[f"fallback-org-{other.pk}"]


def test_a_row_that_cannot_be_written_is_left_out_and_the_others_stay(organization: Organization) -> None:
    phone = organization.sip_devices.get(endpoint="pan")
    phone.secret = "not sealed"
    phone.save()
    Trunk.objects.create(name="Bad", endpoint="tbad", host="127.0.0.4\n[evil]", port=5060)
    found = sections(configuration.render("node1")["pjsip.conf"])
    assert {"tcarrier", "pbram"} <= set(found)
    assert not {"pan", "tbad", "evil"} & set(found)


def test_files_are_written_only_when_their_text_changed(organization: Organization, tmp_path: Path) -> None:
    names = ["musiconhold.conf", "pjsip.conf", "extensions.conf"]
    assert configuration.write(tmp_path, configuration.render("node1")) == names
    assert configuration.write(tmp_path, configuration.render("node1")) == []
    organization.sip_devices.get(endpoint="pan").delete()
    assert configuration.write(tmp_path, configuration.render("node1")) == ["pjsip.conf", "extensions.conf"]
    assert (tmp_path / "pjsip.conf").stat().st_mode & 0o777 == 0o600


def test_the_mark_moves_with_every_revision_and_trunk(organization: Organization) -> None:
    seen = {configuration.mark()}
    organization.touch()
    seen.add(configuration.mark())
    Trunk.objects.update(port=5071)
    seen.add(configuration.mark())
    assert len(seen) == 3


def test_a_deleted_phones_registration_is_found_in_asterisks_list() -> None:
    said = (
        '/registrar/contact/pan;@5f3a0c                : {"via_addr":"127.0.0.41"}\n'
        '/registrar/contact/pgone;@faa0b8509c06657390305ce41b645a4a: {"uri":"sip:pgone@127.0.0.41:5081"}\n'
        "2 results found.\n"
    )
    assert configuration.gone(said, {"pan"}) == ["pgone;@faa0b8509c06657390305ce41b645a4a"]


def test_the_number_of_queries_does_not_depend_on_the_number_of_phones(
    organization: Organization, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    site = organization.sites.get()
    for number in range(30):
        user = make_person(organization, f"user.{number}", str(9200 + number))
        organization.sip_devices.create(user=user, site=site, endpoint=f"p{number}", secret=seal("secret"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]  # pytest-django's fixture has no public type
        configuration.render("node1")
