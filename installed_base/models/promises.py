"""What was promised at the sale, carried as rows and measured against (AD-03, CV-01)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from core.models.trail import trail
from installed_base.models.accounts import Account
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class PromiseQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def standing(self, on: date) -> Self:
        """Promises that were made by that day and not let go."""
        return self.filter(Q(dropped_on__isnull=True) | Q(dropped_on__gt=on), promised_on__lte=on)


@trail()
class Promise(Fact):
    """One thing that was promised, about a machine or about the account as a whole.

    `promised` in `unit` is the value to reach, at least or at most it, as `direction` says; empty where words alone
    were given. `measured` is the latest measurement. `met_on` is the day it was kept, `dropped_on` the day on which
    customer and we agreed to let it go; until one of them it is open.
    """

    class Kind(models.TextChoices):
        SPECIFICATION = "specification", _("Specification")
        UPTIME = "uptime", _("Uptime")
        OUTPUT = "output", _("Output")
        QUALITY = "quality", _("Quality")
        RETURN = "return", _("Return on investment")
        DATE = "date", _("Date")

    class Direction(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    class Origin(models.TextChoices):
        QUOTE = "quote", _("Quote")
        CONTRACT = "contract", _("Contract")
        TALK = "talk", _("Said in a conversation")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="promises")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="promises")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    text = models.CharField(max_length=240)
    unit = models.CharField(max_length=40, blank=True, default="")
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.AT_LEAST)
    promised = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, blank=True, default="")
    promised_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    measured = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    measured_on = models.DateField(null=True, blank=True)
    met_on = models.DateField(null=True, blank=True)
    met_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    dropped_on = models.DateField(null=True, blank=True)
    dropped_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    dropped_reason = models.CharField(max_length=240, blank=True, default="")

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("promise"),
            models.CheckConstraint(
                condition=Q(measured__isnull=True, measured_on__isnull=True)
                | Q(measured__isnull=False, measured_on__isnull=False),
                name="promise_measured_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(met_on__isnull=True) | Q(met_on__gte=F("promised_on")), name="promise_met_after_given"
            ),
            models.CheckConstraint(
                condition=Q(dropped_on__isnull=True) | ~Q(dropped_reason=""), name="promise_dropped_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(met_on__isnull=True) | Q(dropped_on__isnull=True), name="promise_met_or_dropped"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "due_on"], name="promise_account_due")]

    def __str__(self) -> str:
        return self.text

    def reaches(self, value: Decimal) -> bool:
        """Whether a measured value keeps what was promised; without a promised value nothing does."""
        if self.promised is None:
            return False
        return value >= self.promised if self.direction == self.Direction.AT_LEAST else value <= self.promised
