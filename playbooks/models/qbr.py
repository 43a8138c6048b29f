"""Business reviews with customers (QB-01..07): the meeting, who comes, what is said, agreed and sent."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account, Contact
from installed_base.models.scoping import AccountScopedQuerySet
from playbooks.models.plays import Task


class QbrQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def open(self) -> Self:
        """Neither held nor cancelled."""
        return self.filter(held_at__isnull=True, cancelled_on__isnull=True)


class OfQbrQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "qbr__account"


class Side(models.TextChoices):
    """Who called a meeting off."""

    CUSTOMER = "customer", _("The customer")
    US = "us", _("We")


@trail()
class Qbr(models.Model):
    """One business review with a customer, from the day it stands in the plan until its summary is sent.

    `slot_on` is the date the rhythm gave it, counted from `anchor_on`, which never changes; `first_planned_on` the
    first date it was planned for, which never changes either; `planned_on` the date that counts now. `agreed_on` is the
    day on which that date was agreed with the customer; empty while it only stands in the plan. `after` is the meeting
    at which this one was agreed.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="qbrs")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="qbrs")
    owner_chosen = models.BooleanField(default=False)
    anchor_on = models.DateField()
    slot_on = models.DateField()
    first_planned_on = models.DateField()
    known_on = models.DateField()
    after = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="following")
    planned_on = models.DateField()
    starts_at = models.TimeField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True, default="")
    agreed_on = models.DateField(null=True, blank=True)
    agreed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    summary_due_at = models.DateTimeField(null=True, blank=True)
    summary_sent_at = models.DateTimeField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    cancelled_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cancelled_side = models.CharField(max_length=8, choices=Side.choices, blank=True, default="")
    cancel_reason = models.CharField(max_length=240, blank=True, default="")
    # For us alone (QB-06): never part of what a customer gets.
    health_note = models.TextField(blank=True, default="")
    chances_note = models.TextField(blank=True, default="")
    risks_note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = QbrQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "slot_on"], name="qbr_one_per_slot"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(cancelled_on__isnull=True), name="qbr_held_or_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, summary_due_at__isnull=True, summary_sent_at__isnull=True)
                | Q(held_at__isnull=False, summary_due_at__isnull=False),
                name="qbr_summary_after_meeting",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on__isnull=True, cancelled_side="", cancel_reason="")
                | (Q(cancelled_on__isnull=False) & ~Q(cancelled_side="") & ~Q(cancel_reason="")),
                name="qbr_cancelled_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["first_planned_on"], name="qbr_first_planned"),
            models.Index(
                fields=["planned_on"], condition=Q(held_at__isnull=True, cancelled_on__isnull=True), name="qbr_open"
            ),
            models.Index(
                fields=["summary_due_at"],
                condition=Q(held_at__isnull=False, summary_sent_at__isnull=True),
                name="qbr_summary_due",
            ),
        ]

    @property
    def state(self) -> str:
        """cancelled, held, summary (held, and the summary is not sent), planned or to_plan."""
        if self.cancelled_on:
            return "cancelled"
        if self.held_at:
            return "held" if self.summary_sent_at else "summary"
        return "planned" if self.agreed_on else "to_plan"

    def __str__(self) -> str:
        return f"QBR {self.planned_on:%Y-%m-%d}"


class QbrMove(models.Model):
    """That an agreed date was moved, and why."""

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="moves")
    from_on = models.DateField()
    to_on = models.DateField()
    reason = models.CharField(max_length=240)
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    on = models.DateField()

    objects = OfQbrQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="qbr_moved_with_reason")]


class Seat(models.TextChoices):
    """As what somebody comes (QB-03): four of ours, three of theirs."""

    LEAD = "lead", _("CS manager, leads")
    ACCOUNT_OWNER = "account_owner", _("Account owner")
    EXPERT = "expert", _("Technical expert")
    SPONSOR = "sponsor", _("Executive sponsor")
    MAIN = "main", _("Main contact")
    EXECUTIVE = "executive", _("Executive")
    OTHER = "other", _("Also there")


OURS = (Seat.LEAD, Seat.ACCOUNT_OWNER, Seat.EXPERT, Seat.SPONSOR)
THEIRS = (Seat.MAIN, Seat.EXECUTIVE, Seat.OTHER)


class QbrAttendee(models.Model):
    """Somebody who is asked to come: one of ours or one of theirs. `came` is empty until the meeting was held."""

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="attendees")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    user = models.ForeignKey("core.User", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    seat = models.CharField(max_length=14, choices=Seat.choices)
    came = models.BooleanField(null=True, blank=True)

    objects = OfQbrQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["qbr", "contact"], name="qbr_contact_once"),
            models.UniqueConstraint(fields=["qbr", "user"], name="qbr_user_once"),
            models.CheckConstraint(
                condition=Q(contact__isnull=False, user__isnull=True, seat__in=THEIRS)
                | Q(contact__isnull=True, user__isnull=False, seat__in=OURS),
                name="qbr_attendee_of_one_side",
            ),
        ]


class QbrPart(models.Model):
    """One of the five parts of the agenda (QB-04): its minutes, what we say in it, and what was said."""

    class Key(models.TextChoices):
        REVIEW = "review", _("Review of the period")
        VALUE = "value", _("What it brought")
        FEEDBACK = "feedback", _("Your feedback")
        ROADMAP = "roadmap", _("What comes next")
        ACTIONS = "actions", _("Actions")

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="parts")
    key = models.CharField(max_length=8, choices=Key.choices)
    minutes = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True, default="")
    notes = models.TextField(blank=True, default="")

    objects = OfQbrQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["qbr", "key"], name="qbr_part_once"),
            models.CheckConstraint(condition=Q(minutes__lte=240), name="qbr_part_within_hours"),
        ]


class QbrAction(models.Model):
    """What somebody does after the meeting, by when. Ours is a task; theirs is the customer's, by a person or nobody
    in particular."""

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="actions")
    title = models.CharField(max_length=240)
    due_on = models.DateField()
    task = models.OneToOneField(Task, on_delete=models.SET_NULL, null=True, blank=True, related_name="qbr_action")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ours = models.BooleanField()
    done_on = models.DateField(null=True, blank=True)
    created_on = models.DateField()
    created_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OfQbrQuerySet.as_manager()

    @property
    def finished_on(self) -> Any:
        """When it was done: our own by its task, theirs by what we were told."""
        return self.task.done_on if self.task is not None else self.done_on


class QbrPack(models.Model):
    """The pack as it was shared: its figures with their rows. What was shared stays what it was."""

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="packs")
    first = models.DateField()
    on = models.DateField()
    language = models.CharField(max_length=5)
    content = models.JSONField()
    shared_at = models.DateTimeField()
    shared_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OfQbrQuerySet.as_manager()


class QbrLetter(models.Model):
    """The agenda or the summary: a draft until it is sent, and then what was sent, to whom and when."""

    class Kind(models.TextChoices):
        AGENDA = "agenda", _("Agenda")
        SUMMARY = "summary", _("Summary")

    qbr = models.ForeignKey(Qbr, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.CharField(max_length=240)
    body = models.TextField()
    receivers = models.JSONField(default=list)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OfQbrQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["qbr", "kind"], condition=Q(sent_at__isnull=True), name="qbr_letter_one_draft"
            ),
        ]
