"""Leads in the hands of a dealer or partner: since when, until when they report, and why one was taken back (IB-17)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.lead import Lead


class DealerAssignmentQuerySet(AccountScopedQuerySet):
    """Those of the leads that one sees."""

    technicians_see = False
    account_path = "lead__account"

    def _visible(self, user: object) -> Self:
        return self.filter(lead__in=Lead.objects.visible_to(user).values("pk"))

    def _changeable(self, user: object) -> Self:
        return self.filter(lead__in=Lead.objects.changeable_by(user).values("pk"))


@trail()
class DealerAssignment(models.Model):
    """One lead with one dealer, from the day it was handed over to the day it was taken back.

    `answer_by` is the day that was agreed for their report; a report moves it on. A lead that became a deal or was
    dropped stays theirs: `ended_on` is empty unless it was taken back.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="assignments")
    partner = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="lead_assignments")
    given_on = models.DateField()
    given_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answer_by = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    end_reason = models.CharField(max_length=240, blank=True, default="")

    objects = DealerAssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_on__isnull=True), name="dealer_assignment_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(answer_by__gte=models.F("given_on")), name="dealer_assignment_answers_later"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="") | Q(ended_on__isnull=False) & ~Q(end_reason=""),
                name="dealer_assignment_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead}, {self.partner}"
