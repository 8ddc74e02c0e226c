"""The call log: what happened to each call, by whom it was decided, and why."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.calls.models.place import PlaceField
from carillon.numbers.models import FunctionNumber


class Call(models.Model):
    """One call, built from the engine's events. It exists although call control or the database was away."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")
        INTERNAL = "internal", _("Internal")

    class Result(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", _("Busy")
        UNREACHABLE = "unreachable", _("Unreachable")
        PROMPT = "prompt", _("Heard a prompt")
        ABANDONED = "abandoned", _("Caller hung up")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        TRIED = "tried", _("Tried, nobody rang")

    class DecidedBy(models.TextChoices):
        CALL_CONTROL = "callcontrol", _("Call control")
        FALLBACK = "fallback", _("Fallback")
        DIALPLAN = "dialplan", _("Emergency dialplan")

    #: Null for a call to a number that nobody has.
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="calls")
    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=60)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    started_at = models.DateTimeField(_("Started"))
    #: Where the call stands in the log: by its beginning, each place once.
    place = PlaceField(unique=True, editable=False)
    answered_at = models.DateTimeField(_("Answered"), null=True)
    ended_at = models.DateTimeField(_("Ended"))
    #: Milliseconds that two people talked; 0 if nobody answered.
    talk_ms = models.PositiveBigIntegerField(default=0)
    caller = models.CharField(_("Caller"), max_length=60, blank=True)
    #: The name of the caller and of what was called, as they were then.
    caller_name = models.CharField(max_length=160, blank=True)
    caller_user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    called = models.CharField(_("Called number"), max_length=60)
    called_name = models.CharField(max_length=160, blank=True)
    #: The function number that was called, as long as it exists.
    function = models.ForeignKey(
        FunctionNumber, on_delete=models.SET_NULL, null=True, related_name="calls", db_index=False
    )
    result = models.CharField(_("Result"), max_length=12, choices=Result.choices)
    answered_by = models.CharField(_("Answered by"), max_length=160, blank=True)
    answered_user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by = models.CharField(max_length=12, choices=DecidedBy.choices)
    #: Placed from the portal to hear what callers hear: it counts in no report.
    is_test = models.BooleanField(default=False)
    #: Whether a trunk carried a leg of this call out, how long it talked, and whose budget that is (null: the
    #: organization's own, for forwards of function numbers).
    went_outside = models.BooleanField(default=False)
    outside_ms = models.PositiveBigIntegerField(default=0)
    payer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: The cost center, as it was then, of the person who pays; else of the colleague who called, else who answered.
    cost_center = models.CharField(_("Cost center"), max_length=40, blank=True)
    #: Who rang, in order: [{"endpoint", "name", "rang_at", "answered_at", "ended_at", "result"}]; ISO 8601, UTC.
    legs = models.JSONField(default=list)
    #: What the caller heard: [{"prompt", "sha256", "at"}], in order.
    heard = models.JSONField(default=list)
    #: Names and numbers of the call as the log is searched; calls/search.py writes and reads it.
    search = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["organization", "-place"], name="calls_log"),
            models.Index(fields=["organization", "result", "-place"], name="calls_log_result"),
            models.Index(fields=["organization", "direction", "-place"], name="calls_log_direction"),
            # Not by organization: the key's own deletion looks calls up by it.
            models.Index(fields=["function", "-place"], name="calls_log_function"),
            models.Index(fields=["organization", "-started_at", "-id"]),
            models.Index(
                fields=["organization", "payer", "-started_at"],
                name="calls_budget",
                condition=models.Q(went_outside=True),
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["node", "linkedid"], name="one_row_per_call")]

    def __str__(self) -> str:
        return f"{self.caller} -> {self.called}"


class CallPerson(models.Model):
    """A colleague who had part in a call: called, was called, or whose phone rang."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="people", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    #: The call's own.
    place = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["user", "-place"], name="calls_log_person")]
        constraints = [models.UniqueConstraint(fields=["call", "user"], name="one_part_per_person")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.user_id}"


class DecisionTrace(models.Model):
    """What call control decided in one run of a call's script, with its reasons; joined by node + linkedid + run."""

    node = models.CharField(max_length=40)
    linkedid = models.CharField(max_length=60)
    run = models.CharField(max_length=80)
    #: "worker1" or "worker2".
    worker = models.CharField(max_length=20)
    at = models.DateTimeField()
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="+")
    revision = models.PositiveBigIntegerField(default=0)
    #: Whose budget an outgoing leg of this run is; null = the organization's own.
    payer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: The number that this run decided for: what was dialled, or where a forward led.
    called = models.CharField(max_length=60, blank=True)
    #: A list of steps as routing/plan.py has them.
    steps = models.JSONField(default=list)
    #: The way through the plan as names of outcomes, "then.no_answer"; with what was passed, verb by verb:
    #: [{"verb": "ring", "who": [...], "seconds": 20, "outcome": "no_answer"}, ...] (callcontrol/way.py writes it).
    path = models.TextField(blank=True)
    passed = models.JSONField(default=list)
    #: Whether the caller went while this run was under way. Null: its end was not told (its worker died).
    hungup = models.BooleanField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["node", "linkedid", "run"], name="one_trace_per_run")]

    def __str__(self) -> str:
        return f"{self.linkedid} {self.run}"
