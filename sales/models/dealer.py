"""Leads and deals in the hands of a dealer or partner: since when, until when they report, what they told, and why one
was taken back (IB-17)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.lead import Lead
from sales.models.opportunity import Opportunity


class DealerAssignmentQuerySet(AccountScopedQuerySet):
    """Those of the leads and the deals that one sees."""

    technicians_see = False
    account_path = "lead__account"

    def _visible(self, user: object) -> Self:
        return self._of(Lead.objects.visible_to(user), Opportunity.objects.visible_to(user))

    def _changeable(self, user: object) -> Self:
        return self._of(Lead.objects.changeable_by(user), Opportunity.objects.changeable_by(user))

    def _of(self, leads: models.QuerySet[Lead], deals: models.QuerySet[Opportunity]) -> Self:
        return self.filter(
            Q(lead__isnull=False, lead__in=leads.order_by().values("pk"))
            | Q(opportunity__isnull=False, opportunity__in=deals.order_by().values("pk"))
        )


@trail()
class DealerAssignment(models.Model):
    """One lead, or one deal, with one dealer, from the day it was handed over to the day it was taken back.

    `answer_by` is the day that was agreed for their report; a report moves it on. A lead that became a deal or was
    dropped, and a deal that was decided, stay theirs: `ended_on` is empty unless it was taken back. Reports on a lead
    are touches of it; those on a deal are `DealerReport`s.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, blank=True, related_name="assignments")
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.CASCADE, null=True, blank=True, related_name="assignments"
    )
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
            models.UniqueConstraint(
                fields=["opportunity"],
                condition=Q(ended_on__isnull=True, opportunity__isnull=False),
                name="dealer_assignment_one_of_a_deal",
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=False, opportunity__isnull=True)
                | Q(lead__isnull=True, opportunity__isnull=False),
                name="dealer_assignment_of_one_thing",
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
        return f"{self.lead or self.opportunity}, {self.partner}"


class DealerReportQuerySet(AccountScopedQuerySet):
    """Those on the deals that one sees."""

    technicians_see = False
    account_path = "assignment__opportunity__account"

    def _visible(self, user: object) -> Self:
        return self.filter(assignment__in=DealerAssignment.objects.visible_to(user).order_by().values("pk"))

    def _changeable(self, user: object) -> Self:
        return self.filter(assignment__in=DealerAssignment.objects.changeable_by(user).order_by().values("pk"))


@trail(removals=True)
class DealerReport(models.Model):
    """What a dealer told us of a deal on a day: their clock runs from the last one."""

    assignment = models.ForeignKey(DealerAssignment, on_delete=models.CASCADE, related_name="reports")
    on = models.DateField()
    what = models.CharField(max_length=240)
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DealerReportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(what=""), name="dealer_report_says_something")]
        indexes: ClassVar = [models.Index(fields=["assignment", "on"], name="dealer_report_of")]

    def __str__(self) -> str:
        return self.what
