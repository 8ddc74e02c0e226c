"""Who is on the platform: organizations, their people and groups, who changed what, and the mail that leaves."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Organization(models.Model):
    """A tenant. Every row of the product is reached through one."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    name = models.CharField(_("Name"), max_length=100)
    slug = models.SlugField(unique=True)
    language = models.CharField(_("Language"), max_length=5, default="en")
    country = models.CharField(_("Country"), max_length=2, default="BE")
    timezone = models.CharField(_("Time zone"), max_length=50, default="Europe/Brussels")
    sip_domain = models.CharField(_("SIP domain"), max_length=100, blank=True)
    #: E.164; shown on outgoing calls of people who have no number of their own.
    main_number = models.CharField(_("Main number"), max_length=16, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    home_node = models.CharField(max_length=40, default="node1")
    #: Outbound is closed until opened (fraud); these are the organization's switches.
    allow_international = models.BooleanField(_("International numbers"), default=False)
    allow_premium = models.BooleanField(_("Premium numbers"), default=False)
    daily_calls_per_user = models.PositiveIntegerField(_("Calls per user and day"), default=200)
    daily_minutes_per_user = models.PositiveIntegerField(_("Minutes per user and day"), default=600)
    #: What the organization keeps in its people's fields 1 to 3 of the directory; empty = the plain name.
    field1_caption = models.CharField(_("Name of field 1"), max_length=40, blank=True)
    field2_caption = models.CharField(_("Name of field 2"), max_length=40, blank=True)
    field3_caption = models.CharField(_("Name of field 3"), max_length=40, blank=True)
    #: Raised by every write to the configuration, in the same transaction (see touch).
    revision = models.PositiveBigIntegerField(default=1)
    #: A restored database gets a new epoch, so that a cache of the old one is never believed.
    epoch = models.UUIDField(default=uuid.uuid4)
    audit_ignored = ("revision", "epoch")

    class Meta:
        ordering = ["name"]
        verbose_name = _("Organization")

    def __str__(self) -> str:
        return self.name

    @property
    def field_captions(self) -> tuple[StrOrPromise, StrOrPromise, StrOrPromise]:
        """What the fields 1 to 3 of people are called here."""
        return (
            self.field1_caption or _("Field 1"),
            self.field2_caption or _("Field 2"),
            self.field3_caption or _("Field 3"),
        )

    def touch(self) -> None:
        """Raise the revision; call it inside the transaction that changes configuration."""
        Organization.objects.filter(pk=self.pk).update(revision=F("revision") + 1)


class UserManager(BaseUserManager["User"]):
    """Makes users; a user without password cannot sign in with one."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person of an organization. What a user may do is decided in roles.py, nowhere else."""

    class Visibility(models.TextChoices):
        ALWAYS = "always_show", _("Always show")
        INTERNAL = "internal_only", _("Internal only")
        HIDDEN = "hidden", _("Hidden")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="users")
    username = models.CharField(_("Username"), max_length=150, unique=True)
    first_name = models.CharField(_("First name"), max_length=80, blank=True)
    last_name = models.CharField(_("Last name"), max_length=80, blank=True)
    department = models.CharField(_("Department"), max_length=80, blank=True)
    email = models.EmailField(_("E-mail address"), blank=True)
    #: E.164; signs in with it, too.
    mobile = models.CharField(_("Mobile phone"), max_length=16, blank=True)
    cost_center = models.CharField(_("Cost center"), max_length=40, blank=True)
    language = models.CharField(_("Language"), max_length=5, default="en")
    timezone = models.CharField(_("Time zone"), max_length=50, default="Europe/Brussels")
    visibility = models.CharField(_("Visibility"), max_length=20, choices=Visibility.choices, default=Visibility.ALWAYS)
    is_admin = models.BooleanField(_("Administrator"), default=False)
    #: Platform operator: may help inside any organization, visibly and recorded.
    is_operator = models.BooleanField(_("Operator"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)
    #: Raised to end all sessions for good: they hold a fingerprint of it.
    session_round = models.PositiveIntegerField(default=0)
    #: For the directory; what they hold is the organization's matter (Organization.field_captions).
    field1 = models.CharField(_("Field 1"), max_length=80, blank=True)
    field2 = models.CharField(_("Field 2"), max_length=80, blank=True)
    field3 = models.CharField(_("Field 3"), max_length=80, blank=True)
    #: SHA-256 of the picture below PHOTOS; empty = none.
    photo = models.CharField(_("Photo"), max_length=64, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()
    #: What the audit never sees; a user who is brought back needs a new password.
    audit_hidden = {"password": lambda: make_password(None)}
    audit_ignored = ("last_login", "session_round")
    #: The groups that a person is in are recorded with the person.
    audit_with = ("user_groups",)

    class Meta:
        ordering = ["last_name", "first_name", "pk"]
        indexes = [models.Index(fields=["organization", "last_name", "first_name", "id"])]
        verbose_name = _("User")
        constraints = [
            models.UniqueConstraint(Upper("username"), name="one_user_per_username"),
            models.UniqueConstraint(
                fields=["mobile"],
                condition=models.Q(is_active=True) & ~models.Q(mobile=""),
                name="one_active_user_per_mobile",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session has to hold to be one of this person's."""
        fingerprint = str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]  # Django's own, without type
        return f"{fingerprint}{self.session_round}" if self.session_round else fingerprint

    @staticmethod
    def audit_words(field: str, value: object) -> str | None:
        """Say in words what is stored as a hash."""
        return str(_("a picture")) if field == "photo" and value else None

    @staticmethod
    def audit_may_undo(user: User, pk: int) -> bool:
        """Tell whether `user` may take back a change of this person: only operators change operators."""
        return user.is_operator or not User.objects.filter(pk=pk, is_operator=True).exists()

    @cached_property
    def group_flags(self) -> frozenset[str]:
        """Flags that give rights and that any of the person's user groups has; one query, however many groups."""
        given = models.Q(*((flag, True) for flag in UserGroup.FLAGS), _connector=models.Q.OR)
        rows = self.user_groups.filter(given).order_by().values_list(*UserGroup.FLAGS).distinct()
        return frozenset(flag for row in rows for flag, is_set in zip(UserGroup.FLAGS, row, strict=True) if is_set)


class UserGroup(models.Model):
    """People who share settings; a user may be in many. Priority 1 is looked at first, one list per organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="user_groups")
    name = models.CharField(_("Name"), max_length=80)
    priority = models.PositiveIntegerField(_("Prio."))
    schedules_admin = models.BooleanField(_("Schedules admin"), default=False)
    acd_supervisor = models.BooleanField(_("ACD Supervisor"), default=False)
    #: Stored; nothing is shared with anybody because of it.
    federated = models.BooleanField(_("Federated"), default=False)
    reports = models.BooleanField(_("Reports"), default=False)
    members = models.ManyToManyField(User, through="GroupMember", related_name="user_groups", blank=True)

    #: Flags by which members get rights (roles.py says which).
    FLAGS = ("schedules_admin", "reports")
    #: Who joins or leaves is a change of its own: it neither bars nor comes along with the undo of a flag.
    audit_apart = ("members",)

    class Meta:
        verbose_name = _("User group")
        ordering = ["priority", "pk"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="one_user_group_per_name")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """One person in one user group; a row of its own, so that the audit can name it."""

    usergroup = models.ForeignKey(UserGroup, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = _("Membership")
        db_table = "accounts_usergroup_members"
        unique_together = [("usergroup", "user")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.user} ({self.usergroup})"


class AuditEntry(models.Model):
    """One change of one object: who, when, what it was and what it became. Undo reads it back."""

    class Verb(models.TextChoices):
        CREATE = "create", _("created")
        CHANGE = "change", _("changed")
        DELETE = "delete", _("deleted")
        UNDO = "undo", _("took back")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField(auto_now_add=True)
    #: Null where the product itself made the change.
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: Kept in words: the actor may be deleted.
    actor_name = models.CharField(max_length=160)
    address = models.GenericIPAddressField(null=True)
    verb = models.CharField(max_length=10, choices=Verb.choices)
    #: "schedules.schedule"; with object_id it names the aggregate.
    kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    undone_by = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="undoes")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["organization", "kind", "object_id", "-at"])]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.label}"


class Mail(models.Model):
    """A mail that leaves by SMTP, or stays in the outbox where no SMTP server is set."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept in the outbox")
        FAILED = "failed", _("Failed")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="mails")
    created_at = models.DateTimeField(auto_now_add=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
