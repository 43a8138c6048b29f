"""The machines in the field and what happened to them."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, Period, period_constraints, unique_external_id
from core.models.trail import trail
from core.reach import reach_of
from installed_base.models.accounts import Account, Site
from installed_base.models.products import Product
from installed_base.models.scoping import AccountScopedQuerySet

# The first evidence of a machine on order: it is in service from its installation on, whatever was promised.
ON_ORDER = date(9000, 1, 1)


class Precision(models.TextChoices):
    """How exactly a date is known. A year alone means 1 January (metrics.md, Age)."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class AssetQuerySet(AccountScopedQuerySet):
    def _assigned(self, user: Any) -> Self:
        return self.filter(technician=user)

    def counted(self) -> Self:
        """Our own machines that count as machines: no competitor's, no spare, no module that its product leaves out."""
        return self.filter(standing=Asset.Standing.OURS).exclude(product__counts_as_machine=False)

    def in_service(self, on: date) -> Self:
        """Machines present on that day (metrics.md, Asset in service). Without any date a machine was always there."""
        return self.counted().filter(
            Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=on),
            Q(first_evidence_on__isnull=True) | Q(first_evidence_on__lte=on),
        )

    def expected(self, on: date) -> Self:
        """Machines in service on that day, and those that were on order then and had not been installed."""
        return self.counted().filter(
            Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=on),
            Q(first_evidence_on__isnull=True)
            | Q(first_evidence_on__lte=on)
            | Q(machine_order__isnull=False, ordered_on__lte=on),
        )

    def deliverable_by(self, user: Any) -> Self:
        """Machines whose coming this user may record: those they may change, and for operations those on order."""
        ordered = self.visible_to(user).filter(machine_order__isnull=False)
        return ordered if reach_of(user).delivers and not reach_of(user).works else self.changeable_by(user)


@trail(exclude=["attributes", "configuration"])
class Asset(Fact):
    """One machine (or module) in the field.

    `taken_out_on` is the day it was scrapped, taken out or sold out of the known base. `first_evidence_on` is
    installed_on, else delivered_on, else its first order, ticket or visit: actions that write those keep it. While a
    machine is on order it is ON_ORDER.
    """

    class Standing(models.TextChoices):
        OURS = "ours", _("Our machine")
        SPARE = "spare", _("Spare")
        COMPETITOR = "competitor", _("Competitor's machine")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="assets")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="assets")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="assets")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="parts")
    dealer = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="dealt_assets")
    technician = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="assets")
    serial = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.OURS)
    configuration = models.JSONField(default=dict, blank=True)
    ordered_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    installed_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    went_live_on = models.DateField(null=True, blank=True)
    on_specification_on = models.DateField(null=True, blank=True)
    warranty_ends_on = models.DateField(null=True, blank=True)
    taken_out_on = models.DateField(null=True, blank=True)
    taken_out_reason = models.CharField(max_length=60, blank=True, default="")
    first_evidence_on = models.DateField(null=True, blank=True)
    price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    price_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("asset"),
            models.UniqueConstraint(
                fields=["product", "serial"], condition=~Q(serial=""), nulls_distinct=False, name="asset_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(taken_out_on__isnull=True)
                | Q(installed_on__isnull=True)
                | Q(taken_out_on__gte=models.F("installed_on")),
                name="asset_taken_out_after_installed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "id"], name="asset_account_id_order"),
            models.Index(fields=["installed_on", "id"], name="asset_installed"),
            models.Index(fields=["serial"], name="asset_serial"),
            models.Index(fields=["went_live_on"], condition=Q(went_live_on__isnull=False), name="asset_went_live"),
            models.Index(fields=["taken_out_on"], condition=Q(taken_out_on__isnull=False), name="asset_taken_out"),
        ]

    def __str__(self) -> str:
        return self.serial or self.name or self.external_id


class AssetPeriod(Period):
    """Account, site and configuration of a machine, and the days on which they stood."""

    subject_field: ClassVar = "asset"
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="periods", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    configuration = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = period_constraints("asset_period", "asset")


class AssetEventQuerySet(AccountScopedQuerySet):
    account_path = "asset__account"


class AssetEvent(Fact):
    """Something that happened to a machine (G-06): installed, upgraded, retrofitted, moved, sold on, taken out."""

    class Kind(models.TextChoices):
        INSTALLED = "installed", _("Installed")
        WENT_LIVE = "went_live", _("Went live")
        ON_SPECIFICATION = "on_specification", _("On specification")
        UPGRADED = "upgraded", _("Upgraded")
        RETROFITTED = "retrofitted", _("Retrofitted")
        MOVED = "moved", _("Moved")
        SOLD_ON = "sold_on", _("Sold on")
        TAKEN_OUT = "taken_out", _("Taken out of service")
        METER_REPLACED = "meter_replaced", _("Meter replaced")

    # Its unique constraint begins with the asset: no index of its own.
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    on = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    to_site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    to_account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="")

    objects = AssetEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("asset_event"),
            models.UniqueConstraint(fields=["asset", "kind", "on"], name="asset_event_once_a_day"),
        ]


class AssetSuccession(Fact):
    """`successor` takes the place of `asset` (EX-45): the day it is installed is the day the old machine goes out."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="succession")
    successor = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="predecessions")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(asset=models.F("successor")), name="asset_not_its_own_successor"),
        ]
