"""The demo world as rows: the manual's own organization and a second one; tests and screenshots use the same."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from carillon.accounts.models import Organization, User
from carillon.demo import people, phrases, speech
from carillon.demo.people import Behaviour, Company, Person
from carillon.devices.models import SipDevice
from carillon.devices.vault import new_endpoint_name, new_secret, seal, unseal
from carillon.functions.models import HuntGroup, Otherwise
from carillon.numbers.models import FunctionNumber, Number, Trunk
from carillon.prompts.models import How, Prompt
from carillon.prompts.sounds import Sound, set_recording
from carillon.prompts.speech import keep
from carillon.schedules.models import Schedule, ScheduleEvent
from carillon.users import index
from carillon.users.models import CallForward, PersonalLine

CARRIER_HOST = "127.0.0.3"
CARRIER = "Demo carrier"
SECOND_GROUP = "9011"


@dataclass(frozen=True)
class World:
    """The rows that tests, screenshots and the demo phones need by hand."""

    organization: Organization
    other: Organization
    trunk: Trunk

    @property
    def main(self) -> FunctionNumber:
        return self.organization.function_numbers.get(number__value=people.BKM.main_number)

    @property
    def second(self) -> FunctionNumber:
        return self.organization.function_numbers.get(number__value=SECOND_GROUP)

    def user(self, username: str) -> User:
        return User.objects.get(username=username)

    def secret(self, device: SipDevice) -> str:
        """The SIP password of a device, in clear."""
        return unseal(device.secret)

    @property
    def visitors_phone(self) -> SipDevice:
        return SipDevice.objects.get(user__username=people.VISITOR)


def build(
    recordings: speech.Recordings | None = None,
    *,
    password: str | None = None,
    store: Path | None = None,
    carrier_port: int = 5070,
    languages: tuple[str, ...] = ("", *phrases.LANGUAGES[1:]),
) -> World:
    """Write the world, once: what is there already is left as people changed it, but for the carrier's address.

    Without `recordings` prompts are mute; without `password` nobody can sign in.
    """
    with transaction.atomic():
        trunk = _trunk(carrier_port)
        slugs = set(Organization.objects.values_list("slug", flat=True))
        for company in people.COMPANIES:
            if company.slug not in slugs:
                _Builder(company, recordings or {}, store or settings.PROMPTS, languages).build(password)
        return World(Organization.objects.get(slug="bkm"), Organization.objects.get(slug="ardenne"), trunk)


def _trunk(port: int) -> Trunk:
    trunk, _made = Trunk.objects.get_or_create(
        name=CARRIER,
        organization=None,
        defaults={"endpoint": f"t{new_endpoint_name()[1:]}", "host": CARRIER_HOST, "port": port, "node": settings.NODE},
    )
    if trunk.port != port:
        trunk.port = port
        trunk.save(update_fields=["port"])
    return trunk


class _Builder:
    """Writes one organization."""

    def __init__(
        self, company: Company, recordings: speech.Recordings, store: Path, languages: tuple[str, ...]
    ) -> None:
        self.company = company
        self.recordings = recordings
        self.store = store
        self.languages = languages

    def build(self, password: str | None) -> None:
        company = self.company
        self.organization = Organization.objects.create(
            name=company.name,
            slug=company.slug,
            language=company.language,
            main_number=company.main_number,
            sip_domain=f"{company.slug}.example",
            home_node=settings.NODE,
        )
        self.organization.number_ranges.create(first=company.first_number, last=company.last_number)
        self.site = self.organization.sites.create(
            name=company.site, address=company.address, emergency_number=company.first_number
        )
        self._prompts()
        self._people(make_password(password))
        self._groups()
        if company is people.BKM:
            self._main_number()
            self._second_group()
        else:
            self._flowers()
        self.organization.touch()

    def _prompts(self) -> None:
        for item in (*phrases.PHRASES, *phrases.EXTRA, *phrases.SOUNDS):
            key = "" if item.key == phrases.OWN else item.key
            prompt = self.organization.prompts.create(key=key, name=item.name, description=item.description)
            for language in self.languages:
                if audio := self.recordings.get((item.key, language)):
                    how = How.SYSTEM if key else How.FILE
                    set_recording(prompt, language, Sound(keep(self.store, audio), len(audio) // 8, how), None)

    def _prompt(self, key: str) -> Prompt:
        return self.organization.prompts.get(key=key)

    def _people(self, password: str) -> None:
        self.users: dict[str, User] = {}
        for person in self.company.people:
            username = self.company.username(person)
            first, last = person.name.split(" ")
            user = User.objects.create(
                organization=self.organization,
                username=username,
                email=username,
                password=password,
                first_name=first,
                last_name=last,
                department=person.department,
                mobile=person.mobile,
                language=person.language,
                is_admin=person.is_admin,
            )
            self.users[person.name] = user
            for kind, value in ((Number.Kind.EXTENSION, person.extension), (Number.Kind.E164, person.direct)):
                number = self.organization.numbers.create(kind=kind, value=value)
                PersonalLine.objects.create(user=user, number=number)
            self._phone(person, user)
            if person.forward:
                CallForward.objects.create(user=user, number=person.forward)
        index.refresh(user.pk for user in self.users.values())

    def _phone(self, person: Person, user: User) -> None:
        if person.phone is Behaviour.NO_PHONE:
            return
        words = "Your own SIP phone" if person.phone is Behaviour.VISITORS else f"Desk phone of {person.name}"
        self.organization.sip_devices.create(user=user, site=self.site, description=words, secret=seal(new_secret()))

    def _groups(self) -> None:
        for priority, (name, (schedules_admin, acd_supervisor, reports)) in enumerate(people.GROUPS.items(), start=1):
            group = self.organization.user_groups.create(
                name=name,
                priority=priority,
                schedules_admin=schedules_admin,
                acd_supervisor=acd_supervisor,
                reports=reports,
            )
            group.members.set([self.users[person.name] for person in self.company.people if name in person.groups])

    def _hunt_group(self, name: str, value: str, members: tuple[str, ...], **hunt: object) -> Schedule:
        kind = Number.Kind.E164 if value.startswith("+") else Number.Kind.EXTENSION
        number = self.organization.numbers.create(kind=kind, value=value)
        function = self.organization.function_numbers.create(name=name, number=number)
        says = self._prompt("user_no_answer"), self._prompt("busy_greeting"), self._prompt("general_greeting")
        group = HuntGroup.objects.create(
            function_number=function,
            on_no_answer=Otherwise.PROMPT,
            on_no_answer_prompt=says[0],
            on_busy=Otherwise.PROMPT,
            on_busy_prompt=says[1],
            on_unreachable=Otherwise.PROMPT,
            on_unreachable_prompt=says[2],
            **hunt,
        )
        for position, member in enumerate(members, start=1):
            group.members.create(position=position, user=self.users[member])
        return Schedule.objects.create(function_number=function, timezone=self.organization.timezone)

    def _main_number(self) -> None:
        """The schedule of the manual's chapter 5, event by event."""
        members = ("An Peeters", "Chloe Lambert", "Greet Wouters")
        schedule = self._hunt_group("Main number", self.company.main_number, members, ring_seconds=20)
        schedule.events.create(
            position=1,
            name="1 jan",
            action=ScheduleEvent.Action.CLOSED,
            prompt=self._prompt("ooo_greeting"),
            repeat=ScheduleEvent.Repeat.YEAR,
            starts_at="2021-01-01T00:00",
            ends_at="2021-01-02T00:00",
        )
        schedule.add_opening(2, "pm", time(13, 30), time(18))
        schedule.add_opening(3, "am", time(8, 30), time(12, 30))
        schedule.events.create(position=4, is_default=True, name="Default", action=ScheduleEvent.Action.CLOSED)

    def _second_group(self) -> None:
        """Always open, so that a visitor hears phones ring at any hour."""
        schedule = self._hunt_group(
            "second group",
            SECOND_GROUP,
            ("Daan Vermeulen", "Elise Dubois", "Karin Schmitz"),
            strategy=HuntGroup.Strategy.SEQUENTIAL,
            ring_seconds=10,
        )
        schedule.events.create(position=1, is_default=True, name="Default", action=ScheduleEvent.Action.OPEN)

    def _flowers(self) -> None:
        schedule = self._hunt_group("Boutique", self.company.main_number, ("Lucie Marchal", "Noah Gillet"))
        schedule.add_opening(1, "semaine", time(9), time(18))
        schedule.events.create(position=2, is_default=True, name="Default", action=ScheduleEvent.Action.CLOSED)


def new_password() -> str:
    """A password for demo sign-ins and first administrators that a person can type: about 60 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
