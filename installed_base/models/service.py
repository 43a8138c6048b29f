"""What the service organisation sees: tickets and visits."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, Period, period_constraints, unique_external_id
from installed_base.models.accounts import Account, Contact, Site
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class Severity(models.TextChoices):
    """How urgent a ticket is; critical ones are promised within 24 hours, normal ones within 72 (MT-22)."""

    CRITICAL = "critical", _("Critical")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Sentiment(models.TextChoices):
    """The tone of the customer in a ticket (HS-02): angry, neither, or constructive."""

    NEGATIVE = "negative", _("Angry")
    NEUTRAL = "neutral", _("Neutral")
    POSITIVE = "positive", _("Constructive")


class TicketQuerySet(AccountScopedQuerySet):
    pass


class Ticket(Fact):
    """An issue of the customer, or an outage of a machine (IB-02, HS-08).

    `resolved_at` is the latest resolution; one that lies before `reopened_at` no longer counts. `downtime_hours` are
    hours of the machine, None where nobody wrote them down.
    """

    class Kind(models.TextChoices):
        BREAKDOWN = "breakdown", _("Breakdown")
        ISSUE = "issue", _("Issue")
        QUESTION = "question", _("Question")
        COMPLAINT = "complaint", _("Complaint")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tickets")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    number = models.CharField(max_length=120, blank=True, default="")
    title = models.CharField(max_length=240, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ISSUE)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.NORMAL)
    sentiment = models.CharField(max_length=10, choices=Sentiment.choices, blank=True, default="")
    opened_at = models.DateTimeField()
    first_answer_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    downtime_hours = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("ticket"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("opened_at")),
                name="ticket_resolved_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(first_answer_at__isnull=True) | Q(first_answer_at__gte=F("opened_at")),
                name="ticket_answered_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(downtime_hours__isnull=True) | Q(downtime_hours__gte=0), name="ticket_downtime_not_negative"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-opened_at"], name="ticket_account_opened")]

    @property
    def is_open(self) -> bool:
        """Not resolved, or reopened after it was."""
        return self.resolved_at is None or (self.reopened_at is not None and self.reopened_at >= self.resolved_at)

    def __str__(self) -> str:
        return self.number or self.title or self.external_id or f"{self.get_kind_display()} {self.opened_at:%Y-%m-%d}"


class TicketPeriod(Period):
    """Severity, resolution and reopening of a ticket, and the days on which they stood."""

    subject_field: ClassVar = "ticket"
    # Its unique constraint begins with the ticket: no index of its own.
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="periods", db_index=False)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.NORMAL)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = period_constraints("ticket_period", "ticket")


class VisitQuerySet(AccountScopedQuerySet):
    pass


class Visit(Fact):
    """A visit to the customer: a technician's, or one of somebody who talks."""

    class Kind(models.TextChoices):
        PREVENTIVE = "preventive", _("Preventive maintenance")
        REPAIR = "repair", _("Repair")
        INSTALLATION = "installation", _("Installation")
        TRAINING = "training", _("Training")
        ADVICE = "advice", _("Advice")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="visits")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="visits")
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="visits")
    technician = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="visits")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REPAIR)
    on = models.DateField()
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    note = models.TextField(blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("visit")]
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="visit_account_on")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on:%Y-%m-%d}"
