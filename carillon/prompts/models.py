"""What callers hear: a prompt has a name, words, and one recording per language, kept by the hash of its content."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User


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
        verbose_name = _("Voice prompt")
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
        verbose_name = _("Recording")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["prompt", "language"], name="one_recording_per_language")]

    def __str__(self) -> str:
        return f"{self.prompt} [{self.language or '*'}]"


class PromptMaking(models.Model):
    """A new prompt while a worker makes its sound; the prompt itself is written when the sound is there."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="prompt_makings")
    #: Who made it, and has the prompt in the list of changes.
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    description = models.TextField(max_length=1000, blank=True)
    #: What is said, in the voice of which language; or the file that was sent, until it is converted.
    text = models.TextField(max_length=1000, blank=True)
    language = models.CharField(max_length=5, blank=True)
    file = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    #: Why it failed: a key of SENTENCES in forms.py.
    error = models.CharField(max_length=20, blank=True)
    #: The prompt that it became; kept as a number: it may be deleted.
    prompt_number = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
