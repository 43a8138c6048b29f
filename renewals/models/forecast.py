"""What people expect of a renewal: their own forecast, beside that of the table of probabilities."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models.scoping import AccountScopedQuerySet
from renewals.models.renewal import Renewal


class ForecastCategory(models.TextChoices):
    """How sure the person is."""

    COMMIT = "commit", _("Commit")
    BEST_CASE = "best_case", _("Best case")
    AT_RISK = "at_risk", _("At risk")


class RenewalForecastQuerySet(AccountScopedQuerySet):
    account_path = "renewal__account"
    technicians_see = False


@trail()
class RenewalForecast(models.Model):
    """What the person who works a renewal commits to: a year's value in the reporting currency, and how surely.

    One for each renewal; what it said before stands in the trail.
    """

    renewal = models.OneToOneField(Renewal, on_delete=models.CASCADE, related_name="forecast")
    category = models.CharField(max_length=10, choices=ForecastCategory.choices)
    annual_reporting = models.DecimalField(max_digits=16, decimal_places=2)
    said_on = models.DateField()
    said_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RenewalForecastQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(annual_reporting__gte=0), name="forecast_not_below_zero"),
        ]


class ForecastDayQuerySet(AccountScopedQuerySet):
    account_path = "renewal__account"
    technicians_see = False


class ForecastDay(models.Model):
    """What was expected of an open renewal from `on` until its next row: written only when it changes.

    `chance` is the probability of the table (0 to 1), None where there was not enough history; `tier` that of the day.
    `category` and `annual_reporting` are what the person said, empty and None where nobody had.
    """

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="forecast_days", db_index=False)
    on = models.DateField()
    chance = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    tier = models.CharField(max_length=8, blank=True, default="")
    category = models.CharField(max_length=10, choices=ForecastCategory.choices, blank=True, default="")
    annual_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    objects = ForecastDayQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["renewal", "on"], name="forecast_day_once"),
            models.CheckConstraint(
                condition=Q(chance__isnull=True) | Q(chance__gte=0, chance__lte=1), name="forecast_chance_share"
            ),
        ]


class ForecastTable(models.Model):
    """What the probabilities of a day rest on: the decided terms of the whole book, by tier and years as a customer.

    `observed` holds rows of (tier, years, decided, won). `kept_through` is the highest renewal id of which that day
    has been kept: the day goes on behind it, however often it was killed.
    """

    on = models.DateField(primary_key=True)
    observed = models.JSONField(default=list)
    kept_through = models.BigIntegerField(default=0)
