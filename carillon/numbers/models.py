"""Numbers and who has them: ranges, numbers, sites, trunks, and the base row of every function number."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization


class NumberRange(models.Model):
    """Consecutive E.164 numbers that an organization rents."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="number_ranges")
    first = models.CharField(_("First number"), max_length=16)
    last = models.CharField(_("Last number"), max_length=16)

    class Meta:
        ordering = ["first"]

    def __str__(self) -> str:
        return f"{self.first} - {self.last}"


class Site(models.Model):
    """A place where phones stand; emergency services are told this address by its number."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(_("Name"), max_length=80)
    address = models.CharField(_("Address"), max_length=200)
    #: E.164; the caller id of an emergency call, whose address record is this site.
    emergency_number = models.CharField(_("Emergency caller id"), max_length=16)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Number(models.Model):
    """One number with one use: E.164 numbers are unique on the platform, extensions within the organization."""

    class Kind(models.TextChoices):
        E164 = "e164", _("Phone number")
        EXTENSION = "extension", _("Extension")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="numbers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: "+3227811501" or "9011".
    value = models.CharField(_("Number"), max_length=16)

    class Meta:
        ordering = ["value"]
        constraints = [
            models.UniqueConstraint(fields=["value"], condition=Q(kind="e164"), name="one_use_per_number"),
            models.UniqueConstraint(fields=["organization", "value"], name="one_use_per_extension"),
        ]

    def __str__(self) -> str:
        return self.value


class FunctionNumber(models.Model):
    """A number with a service behind it. Its schedule and its kind's settings hang on it."""

    class Kind(models.TextChoices):
        HUNT_GROUP = "hunt", _("Hunt group")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="function_numbers")
    name = models.CharField(_("Name"), max_length=80)
    number = models.OneToOneField(
        Number, on_delete=models.PROTECT, related_name="function_number", verbose_name=_("Number")
    )
    kind = models.CharField(_("Number type"), max_length=10, choices=Kind.choices, default=Kind.HUNT_GROUP)
    #: Language of what callers hear; empty = the organization's.
    language = models.CharField(_("Language"), max_length=5, blank=True)

    audit_owns = ("number",)

    class Meta:
        verbose_name = _("Function number")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.number.value}"


class Trunk(models.Model):
    """A line to a carrier. Inbound calls are known by its address, outbound ones try trunks by priority."""

    #: Null = every organization may use it.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, blank=True, related_name="trunks"
    )
    name = models.CharField(_("Name"), max_length=80)
    #: Name of its PJSIP endpoint: random, unique on the platform, never a person's text.
    endpoint = models.CharField(max_length=40, unique=True)
    node = models.CharField(max_length=40, default="node1")
    host = models.CharField(_("Host"), max_length=100)
    port = models.PositiveIntegerField(_("Port"), default=5060)
    priority = models.PositiveSmallIntegerField(_("Priority"), default=1)

    class Meta:
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return self.name
