"""What goes on at this moment, for pages that somebody looks at: rows of the nodes' state, no configuration."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization
from carillon.calls.models.call import Call


class LiveWatch(models.Model):
    """Somebody looks at an organization until this instant: the portal writes that, and its node tells what goes on."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="live_watch")
    #: Since when without a pause.
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    #: When the node last said what goes on, and which phones are registered.
    calls_at = models.DateTimeField(null=True)
    phones_at = models.DateTimeField(null=True)
    #: Raised with each change of the rows below: a page that knows these versions has nothing to fetch.
    calls_version = models.PositiveBigIntegerField(default=0)
    phones_version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id} until {self.until:%H:%M:%S}"


class LiveCall(models.Model):
    """A call of a watched organization that goes on. It is gone when the call ends or nobody looks any more."""

    class State(models.TextChoices):
        RINGING = "ringing", _("ringing")
        TALKING = "talking", _("talking")
        PROMPT = "prompt", _("hears a prompt")
        WAITING = "waiting", _("waiting")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="live_calls")
    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=60)
    direction = models.CharField(max_length=10, choices=Call.Direction.choices)
    caller = models.CharField(max_length=60, blank=True)
    caller_name = models.CharField(max_length=160, blank=True)
    called = models.CharField(max_length=60)
    called_name = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    #: Who rings or talks, or which prompt is heard.
    whom = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField()
    #: Since when it is in this state.
    since = models.DateTimeField()

    class Meta:
        ordering = ["started_at", "linkedid"]
        constraints = [models.UniqueConstraint(fields=["node", "linkedid"], name="one_live_row_per_call")]

    def __str__(self) -> str:
        return f"{self.caller} -> {self.called}: {self.state}"


class Registration(models.Model):
    """A phone of a watched organization that is registered at a node, by its endpoint's name."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="registrations")
    node = models.CharField(max_length=40)
    endpoint = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["endpoint"]

    def __str__(self) -> str:
        return self.endpoint
