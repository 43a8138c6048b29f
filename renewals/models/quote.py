"""Renewal quotes: what we offer for the term that follows, version after version, machine by machine."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Asset, Coverage, Level, Term
from installed_base.models.contracts import EndReason
from installed_base.models.scoping import AccountScopedQuerySet
from renewals.models.renewal import Renewal
from sales.models import Opportunity


class QuoteKind(models.TextChoices):
    """What is offered beside the old term (RN-05, CO-14)."""

    SAME = "same", _("Same level")
    UPGRADE = "upgrade", _("Level up")
    DOWNGRADE = "downgrade", _("Level down")
    MULTI_YEAR = "multi_year", _("Several years")


class QuoteState(models.TextChoices):
    """Where an offer stands. Of one renewal one version stands at most; the others were replaced."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    DISCUSSED = "discussed", _("Discussed")
    ACCEPTED = "accepted", _("Accepted")
    REPLACED = "replaced", _("Replaced")


class UpliftBasis(models.TextChoices):
    """Where the change of price comes from (G-04)."""

    PERCENTAGE = "percentage", _("A percentage")
    INDEXATION = "indexation", _("An index")


class QuoteQuerySet(AccountScopedQuerySet):
    account_path = "renewal__account"
    technicians_see = False

    def standing(self) -> Self:
        """The version that no other replaced."""
        return self.exclude(state=QuoteState.REPLACED)


@trail()
class Quote(models.Model):
    """One version of the offer for the next term. Terms and prices are never written over: a revision is a new row.

    `old_` and `new_annual` are a year's price of the whole contract in its own `currency`, with the value in the
    reporting currency at the rate of `made_on`; `rest_` is what of it belongs to no machine. The three changes add up
    to the difference. `uplift` is a share. `stated_annual` is a price of the whole that was agreed, not computed.
    `shared_cost_reporting` is a year's recorded cost of the contract that belongs to no machine; empty is unknown.
    """

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="quotes")
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=QuoteKind.choices)
    state = models.CharField(max_length=10, choices=QuoteState.choices, default=QuoteState.DRAFT)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    months = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    basis = models.CharField(max_length=10, choices=UpliftBasis.choices, default=UpliftBasis.PERCENTAGE)
    uplift = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    index_name = models.CharField(max_length=120, blank=True, default="")
    index_from = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    index_to = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    stated_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    old_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    new_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    old_annual_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    new_annual_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    rest_old = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    rest_new = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    change_scope = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    change_level = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    change_price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    shared_cost_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    made_on = models.DateField()
    made_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sent_on = models.DateField(null=True, blank=True)
    discussed_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    replaced_on = models.DateField(null=True, blank=True)
    # The term that was signed on it; gone again when the signature is taken back.
    successor = models.OneToOneField(Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="quote")
    # What it adds stands in the pipeline as a deal; the versions of one renewal share it.
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="renewal_quotes"
    )

    objects = QuoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["renewal", "version"], name="quote_version_once"),
            models.UniqueConstraint(fields=["renewal"], condition=~Q(state="replaced"), name="quote_one_stands"),
            models.CheckConstraint(
                condition=Q(new_annual__isnull=True) | Q(new_annual__gte=0), name="quote_not_below_zero"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="quote_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "replaced"]) | Q(sent_on__isnull=False), name="quote_sent_with_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_on__isnull=False), name="quote_accepted_with_day"
            ),
            models.CheckConstraint(
                condition=Q(state="replaced", replaced_on__isnull=False)
                | (~Q(state="replaced") & Q(replaced_on__isnull=True)),
                name="quote_replaced_with_day",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(state="accepted"), name="quote_signed_is_accepted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.renewal.term.contract} v{self.version}"


class QuoteLine(models.Model):
    """One machine of the old term in a quote: kept at a new price, or dropped for a reason.

    Prices are a year's, in the currency of the quote; empty is not known apart. `stated_annual` was agreed for this
    machine alone. `cost_reporting` is what was recorded against it in the year before the quote; empty is unknown.
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    coverage = models.ForeignKey(Coverage, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    old_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    new_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    new_annual_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    stated_annual = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    drop_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True, default="")
    cost_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quote", "coverage"], name="quote_line_once"),
            models.CheckConstraint(
                condition=Q(new_annual__isnull=True) | Q(new_annual__gte=0, drop_reason=""), name="quote_line_price"
            ),
        ]
