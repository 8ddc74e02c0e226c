"""How people are reached: their personal lines and what they do with their own calls."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User
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
