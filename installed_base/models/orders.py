"""Parts orders and the ledger: what was bought and what was invoiced."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from installed_base.models.accounts import Account
from installed_base.models.assets import Asset
from installed_base.models.contracts import Term
from installed_base.models.products import Product
from installed_base.models.scoping import AccountScopedQuerySet


class PartsOrderQuerySet(AccountScopedQuerySet):
    pass


class PartsOrder(Fact):
    """An order of parts or consumables. `included_in` is the term it was delivered under, at whatever price."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="parts_orders")
    number = models.CharField(max_length=120)
    ordered_on = models.DateField()
    included_in = models.ForeignKey(Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    amount_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = PartsOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("parts_order")]
        indexes: ClassVar = [models.Index(fields=["account", "-ordered_on"], name="parts_order_account")]

    def __str__(self) -> str:
        return self.number


class PartsOrderLineQuerySet(AccountScopedQuerySet):
    account_path = "order__account"


class PartsOrderLine(Fact):
    order = models.ForeignKey(PartsOrder, on_delete=models.CASCADE, related_name="lines")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="parts_order_lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200, blank=True, default="")
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=1)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    amount_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    cost_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = PartsOrderLineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("parts_order_line")]


class Stream(models.TextChoices):
    """Where revenue comes from (IB-15)."""

    MACHINE = "machine", _("Machines")
    REPLACEMENT = "replacement", _("Replacements")
    SERVICE_CONTRACT = "service_contract", _("Service contracts")
    PARTS = "parts", _("Parts")
    UPGRADE = "upgrade", _("Upgrades")
    TRAINING = "training", _("Training")
    CONSULTANCY = "consultancy", _("Consultancy")
    OTHER = "other", _("Other")


class LedgerQuerySet(AccountScopedQuerySet):
    pass


class LedgerEntry(Fact):
    """One row of the ledger of revenue (architecture.md, decision 7).

    `posted` rows were invoiced; `planned` rows are an invoice schedule and never count as revenue. A posted row with
    the key of a planned one replaces it. A row with a period counts by days, one without it counts on its date.
    Credit notes are negative. The reporting value is fixed at the rate of the row's own date.
    """

    class State(models.TextChoices):
        POSTED = "posted", _("Posted")
        PLANNED = "planned", _("Planned")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="ledger_entries")
    state = models.CharField(max_length=8, choices=State.choices, default=State.POSTED)
    stream = models.CharField(max_length=20, choices=Stream.choices, default=Stream.OTHER)
    on = models.DateField()
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    amount_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    cost_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="ledger_entries")
    term = models.ForeignKey(Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="ledger_entries")
    order_reference = models.CharField(max_length=120, blank=True, default="")
    plan_key = models.CharField(max_length=120, blank=True, default="")
    due_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("ledger_entry"),
            models.UniqueConstraint(
                fields=["account", "plan_key", "state"], condition=~Q(plan_key=""), name="ledger_plan_key_once"
            ),
            models.CheckConstraint(
                condition=(Q(period_from__isnull=True) & Q(period_to__isnull=True))
                | Q(period_to__gte=F("period_from")),
                name="ledger_period_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "on"], name="ledger_account_on"),
            models.Index(fields=["on"], name="ledger_on"),
            models.Index(fields=["period_to"], condition=Q(period_to__isnull=False), name="ledger_period_to"),
        ]
