"""Machines on order: the plan of their delivery, who sees to it, and how the plan was moved (CV-01, CV-03, CV-06).

A day on which something really happened is written once. The machine itself carries those of the order, the delivery,
the installation and the commissioning; only the end of production stands here.
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from core.models.trail import trail
from core.reach import reach_of
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet
from installed_base.rules import delivery as rules


class DeliveryStepKind(models.TextChoices):
    PRODUCTION = rules.PRODUCTION, _("Production")
    SHIPPING = rules.SHIPPING, _("Shipping")
    INSTALLATION = rules.INSTALLATION, _("Installation")
    COMMISSIONING = rules.COMMISSIONING, _("Commissioning")


class MachineOrderQuerySet(AccountScopedQuerySet):
    """Orders of the machines one sees. Operations change all of them; others those of the accounts they work for."""

    account_path = "asset__account"

    def _assigned(self, user: Any) -> Self:
        return self.filter(asset__technician=user)

    def _changeable(self, user: Any) -> Self:
        return self._visible(user) if reach_of(user).delivers else super()._changeable(user)


@trail()
class MachineOrder(Fact):
    """The order of one machine. `owner` is who sees to it that it comes; `built_on` is the end of its production."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="machine_order")
    number = models.CharField(max_length=120, blank=True, default="")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="machine_orders")
    built_on = models.DateField(null=True, blank=True)

    objects = MachineOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("machine_order")]
        indexes: ClassVar = [models.Index(fields=["number"], condition=~Q(number=""), name="machine_order_number")]

    def __str__(self) -> str:
        return self.number or str(self.asset)


class DeliveryStepQuerySet(AccountScopedQuerySet):
    account_path = "order__asset__account"

    def _assigned(self, user: Any) -> Self:
        return self.filter(order__asset__technician=user)


@trail()
class DeliveryStep(Fact):
    """One step of a delivery: when it is planned, and who sees to it where that is not the owner of the order."""

    order = models.ForeignKey(MachineOrder, on_delete=models.CASCADE, related_name="steps", db_index=False)
    step = models.CharField(max_length=14, choices=DeliveryStepKind.choices)
    planned_on = models.DateField(null=True, blank=True)
    skipped_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=400, blank=True, default="")

    objects = DeliveryStepQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("delivery_step"),
            models.UniqueConstraint(fields=["order", "step"], name="delivery_step_once"),
            models.CheckConstraint(
                condition=Q(planned_on__isnull=False) | Q(skipped_on__isnull=False), name="delivery_step_planned"
            ),
            models.CheckConstraint(
                condition=Q(skipped_on__isnull=True) | Q(step__in=rules.SKIPPABLE), name="delivery_step_skippable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_step_display()}"


class ReplanningQuerySet(AccountScopedQuerySet):
    account_path = "step__order__asset__account"


class Replanning(models.Model):
    """A planned day was moved, by whom, and why."""

    step = models.ForeignKey(DeliveryStep, on_delete=models.CASCADE, related_name="replannings")
    was = models.DateField()
    now = models.DateField()
    on = models.DateField()
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=400)

    objects = ReplanningQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="replanning_with_reason")]

    def __str__(self) -> str:
        return f"{self.was} → {self.now}"
