"""Who lives in the demo world: invented organizations, their people, groups, numbers, and how their phones behave."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Behaviour(StrEnum):
    """What a demo phone does when it rings."""

    ANSWERS = "answers"  # after 3 seconds, and says its name
    BUSY = "busy"
    NEVER_ANSWERS = "never_answers"
    ABSENT = "absent"  # the phone exists and is not registered
    NO_PHONE = "no_phone"
    VISITORS = "visitors"  # waits for the visitor's own SIP phone


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; `name` is "First Last", `direct` is E.164."""

    name: str
    department: str
    extension: str
    direct: str
    phone: Behaviour
    language: str = "en"
    groups: tuple[str, ...] = ()
    is_admin: bool = False
    mobile: str = ""
    forward: str = ""

    @property
    def login(self) -> str:
        return self.name.lower().replace(" ", ".")


@dataclass(frozen=True, slots=True)
class Company:
    """One organization of the demo world."""

    name: str
    slug: str
    language: str
    main_number: str
    first_number: str
    last_number: str
    site: str
    address: str
    people: tuple[Person, ...]

    def username(self, person: Person) -> str:
        return f"{person.login}@{self.slug}.example"


#: Name of a user group -> (Schedules admin, ACD Supervisor, Reports), in order of priority (manual, chapters 3 and 6).
GROUPS = {
    "Everybody": (False, False, False),
    "Incoming rules": (False, False, False),
    "Outgoing rules": (False, False, False),
    "Reports": (False, False, True),
    "CC": (False, False, False),
    "Steven": (True, False, False),
    "ACD Supervisor": (False, True, False),
    "Sales": (False, False, False),
    "Support": (False, False, False),
}
#: The manual's example user is in these three.
ALL = ("Everybody", "Incoming rules", "Outgoing rules")

FARIDS_MOBILE = "+32470555014"

BKM = Company(
    name="Brabant Klokken Manufactuur",
    slug="bkm",
    language="en",
    main_number="+3227811501",
    first_number="+3227811500",
    last_number="+3227811699",
    site="Brussels",
    address="Klokkengieterslaan 12, 1000 Brussels",
    people=(
        Person("An Peeters", "Reception", "9101", "+3227811601", Behaviour.ANSWERS, "nl", (*ALL, "CC")),
        Person("Bram Janssens", "Sales", "9102", "+3227811602", Behaviour.ANSWERS, "nl", (*ALL, "Sales")),
        Person("Chloe Lambert", "Sales", "9103", "+3227811603", Behaviour.NEVER_ANSWERS, "fr", (*ALL, "Sales")),
        Person("Daan Vermeulen", "Support", "9104", "+3227811604", Behaviour.BUSY, "nl", (*ALL, "Support", "CC")),
        Person("Elise Dubois", "Support", "9105", "+3227811605", Behaviour.ANSWERS, "fr", (*ALL, "Support", "CC")),
        Person(
            "Farid Benali",
            "Sales",
            "9106",
            "+3227811606",
            Behaviour.NO_PHONE,
            "fr",
            (*ALL, "Sales"),
            mobile=FARIDS_MOBILE,
            forward=FARIDS_MOBILE,
        ),
        Person("Greet Wouters", "Management", "9107", "+3227811607", Behaviour.ANSWERS, "en", ALL, is_admin=True),
        Person("Steven Claes", "Management", "9108", "+3227811608", Behaviour.NEVER_ANSWERS, "en", (*ALL, "Steven")),
        Person("Ingrid Leclercq", "Finance", "9109", "+3227811609", Behaviour.ANSWERS, "fr", (*ALL, "Reports")),
        Person("Jonas Desmet", "Warehouse", "9110", "+3227811610", Behaviour.ABSENT, "nl", ALL),
        Person(
            "Karin Schmitz",
            "Support",
            "9111",
            "+3227811611",
            Behaviour.ANSWERS,
            "de",
            (*ALL, "Support", "ACD Supervisor"),
        ),
        Person("Your Phone", "Visitors", "9100", "+3227811600", Behaviour.VISITORS, "en", ALL),
    ),
)

ARDENNE = Company(
    name="Ardenne Fleurs",
    slug="ardenne",
    language="fr",
    main_number="+3284555100",
    first_number="+3284555100",
    last_number="+3284555119",
    site="Marche",
    address="Rue des Jonquilles 3, 6900 Marche",
    people=(
        Person("Lucie Marchal", "Boutique", "9101", "+3284555101", Behaviour.ANSWERS, "fr", ALL, is_admin=True),
        Person("Noah Gillet", "Atelier", "9102", "+3284555102", Behaviour.ANSWERS, "fr", ALL),
    ),
)

COMPANIES = (BKM, ARDENNE)
ADMIN = "greet.wouters@bkm.example"
SCHEDULES_ADMIN = "steven.claes@bkm.example"
PLAIN_USER = "an.peeters@bkm.example"
VISITOR = "your.phone@bkm.example"
OTHER_ADMIN = "lucie.marchal@ardenne.example"
