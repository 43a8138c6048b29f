"""What a machine did, day by day or month by month."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.models.facts import Fact, unique_external_id
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class UsageReadingQuerySet(AccountScopedQuerySet):
    account_path = "asset__account"


class UsageReading(Fact):
    """Hours and output of a machine over `days` days of which `on` is the last (HS-01, HS-08).

    Hours are hours of the span, never above 24 a day; output in units of the machine. `meter_hours` is the reading of
    its hour meter on `on`; a meter that was reset or replaced begins a new `epoch`, in which it counts from nothing.
    """

    # Its unique constraint begins with the asset: no index of its own.
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="readings", db_index=False)
    on = models.DateField()
    days = models.PositiveSmallIntegerField(default=1)
    run_hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    available_hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    output = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    good_output = models.DecimalField(max_digits=16, decimal_places=3, null=True, blank=True)
    meter_hours = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    epoch = models.PositiveSmallIntegerField(default=1)

    objects = UsageReadingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("usage_reading"),
            models.UniqueConstraint(fields=["asset", "on"], name="usage_reading_once_a_day"),
            models.CheckConstraint(condition=Q(days__gte=1), name="usage_reading_spans_a_day"),
            models.CheckConstraint(
                condition=Q(run_hours__isnull=True) | Q(run_hours__gte=0, run_hours__lte=F("days") * 24),
                name="usage_reading_run_hours_of_the_day",
            ),
            models.CheckConstraint(
                condition=Q(available_hours__isnull=True)
                | Q(available_hours__gte=0, available_hours__lte=F("days") * 24),
                name="usage_reading_available_hours_of_the_day",
            ),
            models.CheckConstraint(
                condition=Q(good_output__isnull=True) | Q(output__isnull=True) | Q(good_output__lte=F("output")),
                name="usage_reading_good_within_output",
            ),
        ]
