"""The kinds of function numbers; today the hunt group: one number, members, and what happens when nobody answers."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import User
from carillon.accounts.roles import Right
from carillon.numbers.models import FunctionNumber
from carillon.prompts.models import Prompt


class Otherwise(models.TextChoices):
    """What happens to a caller whom nobody could take."""

    HANGUP = "hangup", _("Hang up")
    PROMPT = "prompt", _("Play a prompt and hang up")
    FORWARD = "forward", _("Forward to a number")


#: What an end of a hunt group is called where its prompt is listed.
_ENDS = {
    "on_no_answer_prompt": _("Hunt group %(group)s, when nobody answers"),
    "on_busy_prompt": _("Hunt group %(group)s, when all are busy"),
    "on_unreachable_prompt": _("Hunt group %(group)s, when no phone can be reached"),
}


class HuntGroup(models.Model):
    """Settings of a hunt group number."""

    class Strategy(models.TextChoices):
        PARALLEL = "parallel", _("Parallel (all ring at once)")
        SEQUENTIAL = "sequential", _("Sequential (always from the top)")
        CIRCULAR = "circular", _("Circular (after the last one that was called)")
        RANDOM = "random", _("Random")

    function_number = models.OneToOneField(
        FunctionNumber, on_delete=models.CASCADE, related_name="hunt_group", primary_key=True
    )
    strategy = models.CharField(_("Strategy"), max_length=12, choices=Strategy.choices, default=Strategy.PARALLEL)
    #: Of each attempt: of all members at once (parallel) or of each member in turn.
    ring_seconds = models.PositiveSmallIntegerField(
        _("Ring time in seconds"), default=20, validators=[MinValueValidator(1), MaxValueValidator(300)]
    )
    #: False: a member's own forward does not swallow the group's call.
    follow_forwards = models.BooleanField(_("Follow the members' own forwards"), default=False)
    on_no_answer = models.CharField(
        _("When nobody answers"), max_length=10, choices=Otherwise.choices, default=Otherwise.PROMPT
    )
    on_no_answer_prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("When nobody answers: prompt")
    )
    on_no_answer_number = models.CharField(_("When nobody answers: number"), max_length=16, blank=True)
    on_busy = models.CharField(
        _("When all are busy"), max_length=10, choices=Otherwise.choices, default=Otherwise.PROMPT
    )
    on_busy_prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("When all are busy: prompt")
    )
    on_busy_number = models.CharField(_("When all are busy: number"), max_length=16, blank=True)
    on_unreachable = models.CharField(
        _("When no phone can be reached"), max_length=10, choices=Otherwise.choices, default=Otherwise.PROMPT
    )
    on_unreachable_prompt = models.ForeignKey(
        Prompt,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("When no phone can be reached: prompt"),
    )
    on_unreachable_number = models.CharField(_("When no phone can be reached: number"), max_length=16, blank=True)
    audit_part_of = "function_number"
    prompt_use_needs = ("function_number__number",)
    prompt_use_right = Right.FUNCTIONS_VIEW

    class Meta:
        verbose_name = _("Hunt group")

    def __str__(self) -> str:
        return str(self.function_number)

    def prompt_use(self, field: str) -> tuple[str, str]:
        """Tell where the prompt plays, and the page on which that is changed."""
        return str(_ENDS[field]) % {"group": self}, reverse("functions:detail", args=[self.pk])


class HuntGroupMember(models.Model):
    """Somebody whom the group rings: a user (all their phones) or an external number. Exactly one of both."""

    hunt_group = models.ForeignKey(HuntGroup, on_delete=models.CASCADE, related_name="members")
    position = models.PositiveIntegerField()
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="hunt_memberships", verbose_name=_("User")
    )
    #: E.164.
    number = models.CharField(_("External number"), max_length=16, blank=True)
    audit_part_of = "hunt_group"

    class Meta:
        verbose_name = _("Member")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, number="") | (Q(user__isnull=True) & ~Q(number="")),
                name="a_member_is_a_user_or_a_number",
            ),
            models.UniqueConstraint(fields=["hunt_group", "user"], name="a_user_is_a_member_once"),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user else self.number
