"""What callers hear: a prompt has a name, words, and one recording per language, kept by the hash of its content.

Sounds lie in files: what callers hear in PROMPTS/<first two of sha256>/<sha256>.alaw, what was sent for it, unchanged,
in PROMPTS/originals/<first two>/<sha256>, and what a worker has yet to look at in PROMPTS/incoming/<token> (files.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.accounts.roles import Right, can
from carillon.numbers.models import FunctionNumber
from carillon.prompts.files import path_of


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

    @staticmethod
    def audit_gone(now: Mapping[Any, Any], before: Mapping[Any, Any]) -> bool:
        """Whether an undo would bring back a recording whose file housekeeping has deleted."""
        heard, wanted = (
            {row["fields"]["sha256"] for row in rows.values() if row["model"] == PromptAudio._meta.label_lower}
            for rows in (now, before)
        )
        return any(not path_of(sha256).is_file() for sha256 in wanted - heard)


class PromptAudio(models.Model):
    """The recording that callers hear in a language: raw A-law, 8 kHz, mono. sounds.py writes it."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="audio")
    #: Empty = the default recording.
    language = models.CharField(_("Language"), max_length=5, blank=True)
    sha256 = models.CharField(max_length=64)
    milliseconds = models.PositiveIntegerField()

    audit_part_of = "prompt"

    class Meta:
        verbose_name = _("Recording")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["prompt", "language"], name="one_recording_per_language")]

    def __str__(self) -> str:
        return f"{self.prompt} [{self.language or '*'}]"


class How(models.TextChoices):
    """Where a recording comes from."""

    SYSTEM = "system", _("Delivered with Carillon")
    SPEECH = "speech", _("Spoken text")
    FILE = "file", _("Imported file")
    CALL = "call", _("Recorded by phone")
    MICROPHONE = "microphone", _("Recorded in the browser")


class PromptVersion(models.Model):
    """Every recording that a prompt had in a language: the latest are kept, and those delivered with Carillon always.

    Versions of one sound in one prompt and language are one row, which says when the sound was last put there.
    """

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="versions")
    language = models.CharField(max_length=5, blank=True)
    sha256 = models.CharField(max_length=64)
    milliseconds = models.PositiveIntegerField()
    how = models.CharField(max_length=10, choices=How.choices)
    #: What was spoken; the name that the file had on its maker's machine; the number that was called.
    source = models.CharField(max_length=1000, blank=True)
    #: SHA-256 of the file as it was sent, in PROMPTS/originals; empty where there was none.
    original = models.CharField(max_length=64, blank=True)
    #: Loudest moment of each hundredth of the sound, two hex digits each (see report.py); empty = not measured.
    peaks = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: Kept in words: the maker may be deleted. Empty = the product itself.
    made_by_name = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "language", "sha256"], name="one_version_per_sound"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} [{self.language or '*'}] {self.made_at:%Y-%m-%d %H:%M}"


class PromptMaking(models.Model):
    """A recording on its way: what was sent or said, then what a worker made of it, then the prompt that has it.

    `prompt` empty: a new prompt, whose first recording is the default one. Else the recording of that prompt in
    `recording_language`, new or instead of the one it has.
    """

    class State(models.TextChoices):
        #: A telephone call records it.
        CALLING = "calling"
        #: A worker makes the sound.
        WAITING = "waiting"
        #: The sound is there and the person has to say whether it is kept.
        READY = "ready"
        DONE = "done"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="prompt_makings")
    #: Who made it, and has the prompt in the list of changes.
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, null=True, related_name="+")
    recording_language = models.CharField(max_length=5, blank=True)
    name = models.CharField(max_length=80, blank=True)
    description = models.TextField(max_length=1000, blank=True)
    how = models.CharField(max_length=10, choices=How.choices, default=How.SPEECH)
    #: What is said, in the voice of which language; or the token of the file in PROMPTS/incoming, and its name.
    text = models.TextField(max_length=1000, blank=True)
    language = models.CharField(max_length=5, blank=True)
    incoming = models.CharField(max_length=40, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    #: What a worker made of it: as in PromptVersion.
    sha256 = models.CharField(max_length=64, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    original = models.CharField(max_length=64, blank=True)
    peaks = models.CharField(max_length=200, blank=True)
    #: What the person is told of the sound before it is kept (see report.py).
    report = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    #: Why it failed: a key of SENTENCES in forms.py.
    error = models.CharField(max_length=20, blank=True)
    #: The prompt that it became; kept as a number: it may be deleted.
    prompt_number = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class CallBack(models.Model):
    """A telephone call that records a prompt: the portal asks for it, call control rings, tells and keeps."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DIALLING = "dialling"
        ANSWERED = "answered"
        RECORDING = "recording"
        LISTENING = "listening"
        KEPT = "kept"
        FAILED = "failed"

    making = models.OneToOneField(PromptMaking, on_delete=models.CASCADE, related_name="call_back")
    #: The dialplan's word for it: random, so that nobody dials it.
    token = models.CharField(max_length=32, unique=True)
    #: What rings: an extension of the organization, or E.164.
    number = models.CharField(max_length=16)
    #: Whose number it is: instructions are in this language, and this user pays for a call to the mobile.
    callee = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: Why it failed.
    error = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.number


class Announcement(models.Model):
    """What Carillon itself says on the telephone, such as how to record a prompt; one sound for all organizations."""

    key = models.SlugField(max_length=40)
    language = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["key", "language"]
        constraints = [models.UniqueConstraint(fields=["key", "language"], name="one_announcement_per_language")]

    def __str__(self) -> str:
        return f"{self.key} [{self.language}]"


class HoldMusic(models.Model):
    """Music on hold of an organization, of one of its function numbers or of one of its users: a prompt."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="hold_music")
    #: At most one of both; neither = the whole organization.
    function_number = models.OneToOneField(
        FunctionNumber, on_delete=models.CASCADE, null=True, related_name="hold_music"
    )
    user = models.OneToOneField(User, on_delete=models.CASCADE, null=True, related_name="hold_music")
    prompt = models.ForeignKey(
        Prompt, on_delete=models.PROTECT, related_name="hold_music", verbose_name=_("Music on hold")
    )

    prompt_use_right = Right.SERVICES_CHANGE
    prompt_use_needs = ("organization", "function_number__number", "user")

    class Meta:
        verbose_name = _("Music on hold")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(function_number__isnull=True, user__isnull=True),
                name="one_hold_music_per_organization",
            ),
            models.CheckConstraint(
                condition=models.Q(function_number__isnull=True) | models.Q(user__isnull=True),
                name="hold_music_has_one_place",
            ),
        ]

    def __str__(self) -> str:
        return str(self.function_number or self.user or self.organization)

    def prompt_use(self, _field: str) -> tuple[str, str]:
        """Tell where the prompt plays, and the page on which that is changed."""
        words = gettext("Music on hold of %(place)s") % {"place": self}
        if self.function_number_id:
            return words, reverse("hold:number", args=[self.function_number_id])
        return words, reverse("hold:user", args=[self.user_id]) if self.user_id else reverse("hold:organization")

    @staticmethod
    def audit_may_undo(user: User, _pk: int) -> bool:
        """Tell whether `user` may take back an own choice now."""
        return can(user, Right.SERVICES_CHANGE)
