"""What callers hear: a prompt has a name, words, and one recording per language, kept by the hash of its content."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization


class Prompt(models.Model):
    """A phrase or sound. System prompts have a key, cannot be deleted and exist once per organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="prompts")
    #: "general_greeting"; empty for the organization's own prompts.
    key = models.SlugField(max_length=40, blank=True)
    name = models.CharField(_("Name"), max_length=80)
    #: A good rule is to enter the complete phrase.
    description = models.TextField(_("Description"), max_length=1000, blank=True)
    updated_at = models.DateTimeField(_("Last modification"), auto_now=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_prompt_per_name"),
            models.UniqueConstraint(
                fields=["organization", "key"], condition=~models.Q(key=""), name="one_system_prompt_per_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PromptAudio(models.Model):
    """A recording: raw A-law, 8 kHz, mono, in PROMPTS/<first two of sha256>/<sha256>.alaw."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="audio")
    #: Empty = the default recording.
    language = models.CharField(_("Language"), max_length=5, blank=True)
    sha256 = models.CharField(max_length=64)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["prompt", "language"], name="one_recording_per_language")]

    def __str__(self) -> str:
        return f"{self.prompt} [{self.language or '*'}]"
