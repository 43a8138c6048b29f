"""What somebody said of a cell of the whitespace matrix (WS-03), and the deals that were opened from one."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models import Opportunity


class CellAnswerQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def standing(self, on: date) -> Self:
        """Said on or before that day, and neither taken back nor said anew by then."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), known_on__lte=on)


@trail()
class CellAnswer(models.Model):
    """Why a customer does not buy a column of the portfolio, by a person, from a day on. A later answer ends it.

    `column` is the key of the column (`machine:Picking`, `service`, `stream:training`). A refusal is asked again from
    `again_on`. `note` is in somebody's own words.
    """

    class State(models.TextChoices):
        COMPETITOR = "competitor", _("Buys it from a competitor")
        ITSELF = "itself", _("Does it themselves")
        NEVER_OFFERED = "never_offered", _("Never offered")
        DECLINED = "declined", _("Offered and declined")
        NOT_APPLICABLE = "not_applicable", _("Does not apply")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cell_answers", db_index=False)
    column = models.CharField(max_length=140)
    state = models.CharField(max_length=16, choices=State.choices)
    competitor = models.CharField(max_length=120, blank=True, default="")
    note = models.TextField(blank=True, default="")
    known_on = models.DateField()
    said_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, related_name="+")
    again_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = CellAnswerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "column"], condition=Q(ended_on__isnull=True), name="cell_answer_once"
            ),
            models.CheckConstraint(
                condition=(Q(state="declined") & Q(again_on__isnull=False))
                | (~Q(state="declined") & Q(again_on__isnull=True)),
                name="cell_answer_declined_until",
            ),
            models.CheckConstraint(
                condition=Q(again_on__isnull=True) | Q(again_on__gt=F("known_on")), name="cell_answer_again_later"
            ),
            models.CheckConstraint(
                condition=Q(competitor="") | Q(state="competitor"), name="cell_answer_names_a_competitor"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("known_on")), name="cell_answer_ends_later"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "column"], name="cell_answer_account")]

    def __str__(self) -> str:
        return f"{self.column}: {self.get_state_display()}"


class CellDealQuerySet(AccountScopedQuerySet):
    account_path = "opportunity__account"
    technicians_see = False


class CellDeal(models.Model):
    """The column for which a deal was opened; its account is that of the deal."""

    opportunity = models.OneToOneField(Opportunity, on_delete=models.CASCADE, primary_key=True, related_name="cell")
    column = models.CharField(max_length=140)

    objects = CellDealQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.column}: {self.opportunity}"
