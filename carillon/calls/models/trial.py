"""A call that somebody places from the portal to hear what callers hear: what was asked for, and what happened."""

from __future__ import annotations

from django.db import models

from carillon.accounts.models import Organization, User
from carillon.prompts.models import Prompt
from carillon.routing.path import Fate


class Trial(models.Model):
    """What one call of Try it shall do. The token that starts it is kept as its SHA-256 and works once."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="trials")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    #: Extension or E.164; empty where a prompt is heard.
    called = models.CharField(max_length=20, blank=True)
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, null=True, related_name="+")
    #: The number that others see, in E.164; empty = withheld.
    caller = models.CharField(max_length=20, blank=True)
    #: As if it were then; null = at the present.
    at = models.DateTimeField(null=True)
    #: Whether phones ring; otherwise a ringing tone is heard and `fate` is what they do.
    rings = models.BooleanField(default=True)
    fate = models.CharField(max_length=12, choices=[(fate.value, fate.value) for fate in Fate], default=Fate.ANSWERED)
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    node = models.CharField(max_length=40, blank=True)
    linkedid = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"]), models.Index(fields=["node", "linkedid"])]

    def __str__(self) -> str:
        return f"{self.caller or '-'} -> {self.called or self.prompt}"


class TrialStep(models.Model):
    """One thing that call control did in a trial, as it did it."""

    class Kind(models.TextChoices):
        DECIDED = "decided"
        BEGAN = "began"
        ENDED = "ended"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: Of a decision {"called", "steps"}; of a verb what callcontrol/way.py says of it, and at its end {"outcome"}.
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.kind
