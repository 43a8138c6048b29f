"""What we have with the customer beside machines and paper: contact moments, and what they gain by us."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from installed_base.models.accounts import Account, Contact
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class ContactMomentQuerySet(AccountScopedQuerySet):
    technicians_see = False


class ContactMoment(Fact):
    """A call, meeting, visit or answered message with a person; automatic mail is none (metrics.md, Contact).

    `subject` is what it was about: a renewal, a ticket, an opportunity (kind and id), or nothing in particular.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("Visit")
        MESSAGE = "message", _("Answered message")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contact_moments")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="moments")
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CALL)
    on = models.DateField()
    note = models.TextField(blank=True, default="")
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField(null=True, blank=True)

    objects = ContactMomentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("contact_moment")]
        indexes: ClassVar = [
            models.Index(fields=["account", "-on"], name="contact_moment_account"),
            models.Index(
                fields=["subject_kind", "subject_id"], condition=~models.Q(subject_kind=""), name="contact_moment_about"
            ),
        ]


class RoiRecordQuerySet(AccountScopedQuerySet):
    technicians_see = False


class RoiRecord(Fact):
    """A result that was promised, and what came of it (HS-03): "scrap below 2 %", promised 2, realised 1.8.

    `realised_on` is the day on which customer and we agreed that the goal is met; empty while it is not. `before` is
    how it was without us, in the same unit. `inputs` are what the calculator was asked (installed_base.rules.returns),
    `worth_reporting` what it answered: euros a year in the reporting currency.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roi_records")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    goal = models.CharField(max_length=240)
    unit = models.CharField(max_length=40, blank=True, default="")
    before = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    promised = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    realised = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    agreed_on = models.DateField()
    realised_on = models.DateField(null=True, blank=True)
    realised_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    inputs = models.JSONField(default=dict, blank=True)
    worth_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    note = models.TextField(blank=True, default="")

    objects = RoiRecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("roi_record"),
            models.CheckConstraint(
                condition=models.Q(realised_on__isnull=True) | models.Q(realised_on__gte=models.F("agreed_on")),
                name="roi_record_realised_after_agreed",
            ),
        ]

    def __str__(self) -> str:
        return self.goal
