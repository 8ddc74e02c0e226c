"""How people are reached: their personal lines and what they do with their own calls."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.numbers.models import Number


class PersonalLine(models.Model):
    """A number that reaches a user: an extension, or a published number."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="lines")
    number = models.OneToOneField(Number, on_delete=models.PROTECT, related_name="personal_line")

    audit_owns = ("number",)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number.value


class CallForward(models.Model):
    """Forward always: the user's calls go to this number instead of ringing."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="call_forward")
    #: An extension or E.164.
    number = models.CharField(_("Forward all calls to"), max_length=16)

    class Meta:
        verbose_name = _("Call forward")

    def __str__(self) -> str:
        return self.number


class ListedPerson(models.Model):
    """A person as the list of users finds and sorts people; written by index.py alone, from the rows it is made of."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="listed_people", db_index=False
    )
    #: Without a way back: it is no part of what the audit keeps of a person.
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    #: What a search looks at, see numbers/trigrams.py.
    search = models.CharField(max_length=600)
    primary = models.CharField(_("Primary line"), max_length=16, blank=True)
    extension = models.CharField(_("Extension"), max_length=16, blank=True)
    phones = models.PositiveIntegerField(_("Phones"))
    #: Copies, so that filters read this table alone.
    department = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField()
    #: One for each column that can be sorted: unique, so that a page begins where the last one ended.
    by_username = models.CharField(max_length=100)
    by_first_name = models.CharField(max_length=100)
    by_last_name = models.CharField(max_length=100)
    by_primary = models.CharField(max_length=100)
    by_email = models.CharField(max_length=100)
    by_department = models.CharField(max_length=100)
    by_extension = models.CharField(max_length=100)
    by_mobile = models.CharField(max_length=100)
    by_cost_center = models.CharField(max_length=100)
    by_phones = models.CharField(max_length=100)
    by_forward = models.CharField(max_length=100)
    by_language = models.CharField(max_length=100)
    by_state = models.CharField(max_length=100)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "by_username"], name="listed_username"),
            models.Index(fields=["organization", "by_first_name"], name="listed_first_name"),
            models.Index(fields=["organization", "by_last_name"], name="listed_last_name"),
            models.Index(fields=["organization", "by_primary"], name="listed_primary"),
            models.Index(fields=["organization", "by_email"], name="listed_email"),
            models.Index(fields=["organization", "by_department"], name="listed_by_department"),
            models.Index(fields=["organization", "by_extension"], name="listed_extension"),
            models.Index(fields=["organization", "by_mobile"], name="listed_mobile"),
            models.Index(fields=["organization", "by_cost_center"], name="listed_cost_center"),
            models.Index(fields=["organization", "by_phones"], name="listed_phones"),
            models.Index(fields=["organization", "by_forward"], name="listed_forward"),
            models.Index(fields=["organization", "by_language"], name="listed_language"),
            models.Index(fields=["organization", "by_state"], name="listed_state"),
            models.Index(fields=["organization", "department"], name="listed_department"),
            models.Index(fields=["organization", "is_active"], name="listed_active"),
            models.Index(fields=["organization", "phones"], name="listed_has_phone"),
        ]

    def __str__(self) -> str:
        return self.by_last_name
