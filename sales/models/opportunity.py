"""The one opportunity of every kind, with its lines per machine."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, Period, period_constraints, unique_external_id
from core.models.trail import trail
from core.reach import reach_of
from installed_base.models import Account, Asset, Product
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.stage import Stage, stage_name
from sales.rules import pipeline_of


class DealKind(models.TextChoices):
    """Kinds of deal (metrics.md). The kind is set when the deal is created and never changes."""

    NEW_LOGO = "new_logo", _("New customer")
    WIN_BACK = "win_back", _("Win-back")
    ADDITIONAL_MACHINE = "additional_machine", _("Additional machine")
    UPGRADE = "upgrade", _("Upgrade")
    CROSS_SELL = "cross_sell", _("Cross-sell")
    REPLACEMENT = "replacement", _("Replacement")
    CONTRACT_UPSELL = "contract_upsell", _("Contract upsell")


class LostReason(models.TextChoices):
    """Why a deal was lost; a note says the rest."""

    PRICE = "price", _("Price")
    COMPETITOR = "competitor", _("Gone to a competitor")
    NO_BUDGET = "no_budget", _("No budget this year")
    NO_DECISION = "no_decision", _("They did not decide")
    NO_NEED = "no_need", _("No need after all")
    NO_FIT = "no_fit", _("It does not fit what they need")
    TIMING = "timing", _("Too late, or too early")
    OTHER = "other", _("Other")


class OpportunityQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def _owned_by(self, owners: frozenset[int], user: Any) -> Self:
        """A deal of which nobody knows the account is seen by those who see its owner's work."""
        return super()._owned_by(owners, user) | self.filter(account__isnull=True, owner__in=owners)

    def _changeable(self, user: Any) -> Self:
        """Besides those of one's accounts, the deals that one owns and sees: sales runs them (EX-27)."""
        reach = reach_of(user)
        own = super()._changeable(user)
        return own | self._visible(user).filter(owner__in=reach.own) if reach.works else own


@trail(exclude=["attributes"], removals=True)
class Opportunity(Fact):
    """A possible sale. `value` is a booking value, never revenue. `account` may be unknown on imported deals."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="opportunities")
    kind = models.CharField(max_length=20, choices=DealKind.choices)
    name = models.CharField(max_length=240)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.IDENTIFIED)
    # Why it went back to this stage; empty where it came from an earlier one.
    stage_reason = models.CharField(max_length=240, blank=True, default="")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="opportunities")
    # The dealer who works it; the owner keeps watch.
    partner = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="dealt_deals")
    probability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    identified_on = models.DateField(null=True, blank=True)
    expected_close_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    lost_because = models.CharField(max_length=20, choices=LostReason.choices, blank=True, default="")
    lost_reason = models.CharField(max_length=200, blank=True, default="")
    note = models.TextField(blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("opportunity"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=1),
                name="opportunity_probability_share",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(stage__in=["won", "lost"]), name="opportunity_closed_is_decided"
            ),
            models.CheckConstraint(condition=Q(lost_because="") | Q(stage="lost"), name="opportunity_lost_because"),
        ]
        indexes: ClassVar = [models.Index(fields=["stage", "id"], name="opportunity_stage")]

    def __str__(self) -> str:
        return self.name

    def get_stage_display(self) -> Any:  # type: ignore[no-redef]
        """The name of its stage, which is another one in another pipeline."""
        return stage_name(self.stage, pipeline_of(self.kind))


class OpportunityLine(models.Model):
    """What a deal is about, machine by machine."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="lines")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="opportunity_lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opportunity", "asset"], condition=Q(asset__isnull=False), name="opportunity_line_once"
            ),
        ]


class OpportunityPeriod(Period):
    """Stage, value, probability, expected close and owner of a deal, and the days on which they stood."""

    subject_field: ClassVar = "opportunity"
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="periods")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    stage_reason = models.CharField(max_length=240, blank=True, default="")
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    probability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    expected_close_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = period_constraints("opportunity_period", "opportunity")
