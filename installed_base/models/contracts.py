"""Service contracts, their terms, the ladder of levels, and which machines they cover."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, Period, period_constraints, unique_external_id
from core.models.trail import trail
from installed_base.models.accounts import Account
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class Level(models.Model):
    """A rung of the ladder of contract levels (CO-02), with what is included at it.

    `includes` maps what is included to how much of it: {"parts": true, "visits_a_year": 2, "response_hours": 8}.
    `list_price` is a year of it for one machine.
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    rung = models.PositiveSmallIntegerField(unique=True)
    includes = models.JSONField(default=dict, blank=True)
    list_price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class ContractQuerySet(AccountScopedQuerySet):
    pass


@trail(exclude=["attributes"])
class Contract(Fact):
    """A contract with a customer: a row of terms, one after the other.

    Without an owner of its own, the owner of the account works it.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="contracts")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, null=True, blank=True, related_name="contracts")
    number = models.CharField(max_length=120)
    title = models.CharField(max_length=300, blank=True, default="")
    kind = models.CharField(max_length=60, blank=True, default="")
    attributes = models.JSONField(default=dict, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("contract")]
        indexes: ClassVar = [models.Index(fields=["number"], name="contract_number")]

    def __str__(self) -> str:
        return self.number


class EndReason(models.TextChoices):
    """Why a term ended early or was not renewed. Those in NOT_A_LOSS leave the renewal figures and are listed."""

    CANCELLED = "cancelled", _("Cancelled by the customer")
    COMPETITOR = "competitor", _("Gone to a competitor")
    PRICE = "price", _("Price")
    SERVICE = "service", _("Unhappy with the service")
    SELF_SERVICE = "self_service", _("Does it themselves")
    INSOLVENT = "insolvent", _("Out of business")
    SCRAPPED = "scrapped", _("Machine scrapped")
    SOLD_ON = "sold_on", _("Machine sold on")
    REPLACED = "replaced", _("Replaced by another contract")
    MERGED = "merged", _("Merged into another contract")
    DATA_ERROR = "data_error", _("Data error")
    DISCONTINUED = "discontinued", _("We no longer offer it")
    UNPROFITABLE = "unprofitable", _("Not worth renewing for us")
    OTHER = "other", _("Other")


# Why we or they stop on purpose, known beforehand.
ON_PURPOSE = (
    EndReason.DISCONTINUED,
    EndReason.UNPROFITABLE,
    EndReason.SCRAPPED,
    EndReason.SOLD_ON,
    EndReason.REPLACED,
    EndReason.MERGED,
    EndReason.OTHER,
)
NOT_A_LOSS = (EndReason.SCRAPPED, EndReason.SOLD_ON, EndReason.REPLACED, EndReason.MERGED, EndReason.DATA_ERROR)


class TermQuerySet(AccountScopedQuerySet):
    account_path = "contract__account"

    def signed(self, on: date) -> Self:
        """Terms that are no draft: signed by then, or from a source of record, which counts as signed on its start."""
        return self.filter(Q(signed_on__lte=on) | (Q(signed_on__isnull=True) & ~Q(source="")))

    def in_force(self, on: date) -> Self:
        """Terms that run on that day (metrics.md, In force). Reads present values; metrics read those of the date."""
        return self.signed(on).filter(
            Q(starts_on__lte=on),
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            Q(terminated_on__isnull=True) | Q(terminated_on__gt=on),
        )


@trail()
class Term(Fact):
    """One term of a contract. `starts_on` and `ends_on` are both days of the term; no end means open-ended.

    Notice is `notice_months` plus `notice_days` before the end. `tacit_months` is the length of the next term when
    nobody cancels; empty means the term ends by itself. Amounts are for the whole term (`total_value`) and for a year
    (`annual_value`, metrics.md), each with its value in the reporting currency at the rate of `signed_on`.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="terms")
    number = models.PositiveIntegerField(default=1)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(default=0)
    notice_days = models.PositiveSmallIntegerField(default=0)
    tacit_months = models.PositiveSmallIntegerField(null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    notice_received_on = models.DateField(null=True, blank=True)
    terminated_on = models.DateField(null=True, blank=True)
    terminated_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    end_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True, default="")
    end_note = models.TextField(blank=True, default="")
    total_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    annual_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    total_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    annual_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("term"),
            models.UniqueConstraint(fields=["contract", "number"], name="term_number_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="term_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(terminated_on__isnull=True) | ~Q(end_reason=""), name="term_terminated_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ends_on", "id"], name="term_ends_on"),
            models.Index(fields=["starts_on"], condition=Q(ends_on__isnull=True), name="term_open_ended"),
            # Month and day on which a term that goes on comes round: the day finds it by index.
            models.Index(
                ExtractMonth("starts_on") * 100 + ExtractDay("starts_on"),
                condition=Q(ends_on__isnull=True),
                name="term_anniversary",
            ),
            models.Index(
                ExtractMonth("ends_on") * 100 + ExtractDay("ends_on"),
                condition=Q(tacit_months__isnull=False),
                name="term_tacit_anniversary",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} / {self.number}"


class TermPeriod(Period):
    """Dates, level, value and notice of a term, and the days on which they stood."""

    subject_field: ClassVar = "term"
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="periods")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(default=0)
    notice_days = models.PositiveSmallIntegerField(default=0)
    tacit_months = models.PositiveSmallIntegerField(null=True, blank=True)
    total_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    annual_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = period_constraints("term_period", "term")


class TermSuccession(Fact):
    """`successor` renews or replaces `term`: one may replace several, and one may have several (G-03)."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="successions")
    successor = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="predecessions")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["term", "successor"], name="term_succession_once"),
            models.CheckConstraint(condition=~Q(term=F("successor")), name="term_not_its_own_successor"),
        ]


class CoverageQuerySet(AccountScopedQuerySet):
    account_path = "term__contract__account"


@trail()
class Coverage(Fact):
    """One machine on one term, with dates and value of its own (G-02)."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="coverages")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="coverages")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    annual_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    annual_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("coverage"),
            models.UniqueConstraint(fields=["term", "asset", "starts_on"], name="coverage_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="coverage_ends_after_start"
            ),
        ]


class CoveragePeriod(Period):
    """Dates and value of a coverage line, and the days on which they stood."""

    subject_field: ClassVar = "coverage"
    coverage = models.ForeignKey(Coverage, on_delete=models.CASCADE, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    annual_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = period_constraints("coverage_period", "coverage")
