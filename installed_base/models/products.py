"""What we make: products in lines and families, and what they can be upgraded to."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.calendar import BEGINNING
from core.models.facts import Fact, unique_external_id
from core.reach import reach_of
from core.scope import System


class ProductLine(models.Model):
    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class ProductFamily(models.Model):
    """`expected_life_years` in years; empty means the policy's default (CT-01).

    Every so many months a machine asks for preventive maintenance and is offered new software (AD-04); empty likewise.
    """

    name = models.CharField(max_length=120, unique=True)
    expected_life_years = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    maintenance_months = models.PositiveSmallIntegerField(null=True, blank=True)
    software_months = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(maintenance_months__isnull=True) | models.Q(maintenance_months__gt=0),
                name="family_maintenance_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(software_months__isnull=True) | models.Q(software_months__gt=0),
                name="family_software_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(expected_life_years__isnull=True) | models.Q(expected_life_years__gt=0),
                name="family_life_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(Fact):
    """A machine, module or service. Products are seen by everyone; prices only by those who see prices.

    `monthly_capacity` is how many units a machine makes in a month at most; `wear_hours` after how many hours of
    running a part is worn. `successor` is offered in its place from `successor_from` on.
    """

    class Kind(models.TextChoices):
        MACHINE = "machine", _("Machine")
        MODULE = "module", _("Module")
        PART = "part", _("Part")
        SERVICE = "service", _("Service")

    code = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=200)
    manufacturer = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MACHINE)
    line = models.ForeignKey(ProductLine, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    family = models.ForeignKey(ProductFamily, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    # The column of the whitespace matrix in which owning this product counts.
    portfolio_column = models.CharField(max_length=60, blank=True, default="")
    # A module is counted as a machine only if its product says so.
    counts_as_machine = models.BooleanField(default=True)
    list_price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    monthly_capacity = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    wear_hours = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    successor = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="predecessors")
    successor_from = models.DateField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            unique_external_id("product"),
            models.CheckConstraint(
                condition=models.Q(monthly_capacity__isnull=True) | models.Q(monthly_capacity__gt=0),
                name="product_capacity_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(wear_hours__isnull=True) | models.Q(wear_hours__gt=0), name="product_wear_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UpgradeOptionQuerySet(models.QuerySet["UpgradeOption"]):
    """Options belong to the catalogue: everybody sees them, who sets policy changes them."""

    def visible_to(self, actor: Any) -> Self:
        return self.all()

    def changeable_by(self, actor: Any) -> Self:
        return self.all() if isinstance(actor, System) or reach_of(actor).sets_policy else self.none()

    def offered(self, on: date) -> Self:
        """Offered on that day; without a first day always."""
        return self.filter(models.Q(offered_from__isnull=True) | models.Q(offered_from__lte=on))


class UpgradeOption(Fact):
    """What machines of a product, or of a whole family, can be offered (EX-31): a new version, a retrofit, another
    product.

    `prevents` are words of the failures it would have prevented (EX-06), as they stand in the titles of tickets. It is
    fitted where the configuration of a machine names it among its `options`.
    """

    class Kind(models.TextChoices):
        SOFTWARE = "software", _("Software")
        EFFICIENCY = "efficiency", _("Efficiency")
        SAFETY = "safety", _("Safety")
        CONNECTIVITY = "connectivity", _("Connectivity")
        SUCCESSOR = "successor", _("Successor")

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, null=True, blank=True, related_name="upgrade_options"
    )
    family = models.ForeignKey(
        ProductFamily, on_delete=models.CASCADE, null=True, blank=True, related_name="upgrade_options"
    )
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    to_product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    offered_from = models.DateField(null=True, blank=True)
    prevents = models.JSONField(default=list, blank=True)
    price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    known_on = models.DateField(default=BEGINNING)

    objects = UpgradeOptionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("upgrade_option"),
            models.UniqueConstraint(fields=["product", "name"], name="upgrade_option_once"),
            models.UniqueConstraint(fields=["family", "name"], name="upgrade_option_once_in_family"),
            models.CheckConstraint(
                condition=models.Q(product__isnull=True, family__isnull=False)
                | models.Q(product__isnull=False, family__isnull=True),
                name="upgrade_option_of_product_or_family",
            ),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0),
                name="upgrade_option_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name
