"""The catalogue of upgrade options, read by all, kept by those who set policy."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.rows import Amount, Currency, Row, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, WriteViewSet, changing, creating
from core.reach import reach_of
from installed_base.actions.catalogue import MOST_WORDS, save_option
from installed_base.models import Product, ProductFamily, UpgradeOption


class UpgradeOptionRow(Row):
    id = whole()
    source = text()
    external_id = text()
    name = text()
    kind = serializers.ChoiceField(UpgradeOption.Kind.choices)
    product_id = whole(allow_null=True, help_text="For machines of this product.")
    family_id = whole(allow_null=True, help_text="For machines of this whole family.")
    to_product_id = whole(allow_null=True, help_text="What the machine becomes.")
    offered_from = day_or_null("Null: always.")
    prevents = serializers.ListField(child=serializers.CharField(), help_text="Words of failures it prevents.")
    price = Amount(help_text="List price. Only for callers who see prices.")
    currency = Currency(help_text="Of `price`.")


class UpgradeOptionFilters(Filters):
    product = IdFilter(help_text="Id of the product.")
    family = IdFilter(help_text="Id of the family.")
    kind = WordFilter(choices=UpgradeOption.Kind.choices)
    offered_by = DayFilter(method="offered", help_text="Offered on this day.")

    class Meta:
        model = UpgradeOption
        fields: ClassVar[list[str]] = []

    def offered(self, rows: Any, name: str, value: Any) -> Any:
        return rows.offered(value)


def _product(**kwargs: Any) -> Chosen:
    return Chosen(lambda by: Product.objects.all(), source="product", required=False, allow_null=True, **kwargs)


def _family(**kwargs: Any) -> Chosen:
    return Chosen(lambda by: ProductFamily.objects.all(), source="family", required=False, allow_null=True, **kwargs)


def _words() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=MOST_WORDS, required=False,
        help_text="Words of failures it prevents, as they stand in the titles of tickets.",
    )  # fmt: skip


def _price() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency.",
    )  # fmt: skip


class NewOption(Body):
    name = serializers.CharField(max_length=160)
    kind = serializers.ChoiceField(UpgradeOption.Kind.choices)
    product_id = _product(help_text="Id of the product; or a family.")
    family_id = _family(help_text="Id of the family; or a product.")
    offered_from = serializers.DateField(required=False, allow_null=True)
    prevents = _words()
    price = _price()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("product") is None) == (attrs.get("family") is None):
            raise ValidationError({"product_id": [_("Choose either a product or a whole family.")]})
        return attrs


class OptionChanges(Changes):
    name = serializers.CharField(max_length=160, required=False)
    kind = serializers.ChoiceField(UpgradeOption.Kind.choices, required=False)
    offered_from = serializers.DateField(required=False, allow_null=True)
    prevents = _words()
    price = _price()


@extend_schema(tags=["upgrade-options"])
class UpgradeOptions(WriteViewSet):
    """What machines can be offered after the sale, and which failures it prevents."""

    model = UpgradeOption
    noun = "upgrade-option"
    row = UpgradeOptionRow
    detail_row = UpgradeOptionRow
    filters = UpgradeOptionFilters

    @creating(NewOption)
    def create(self, doing: Doing) -> UpgradeOption:
        """Add an option. For those who set policy."""
        if not reach_of(doing.by).sets_policy:
            raise PermissionDenied(_("The catalogue is kept by team leads and administrators."))
        return save_option(by=doing.by, on=doing.on, **doing.said)

    @changing(OptionChanges)
    def partial_update(self, doing: Doing) -> None:
        """Change an option; for which machines it is made stays."""
        row = doing.row
        kept = {name: getattr(row, name) for name in ("name", "kind", "offered_from", "price", "prevents")}
        machines = {"product": row.product, "family": row.family}
        save_option(option=row, by=doing.by, on=doing.on, **machines, **(kept | doing.said))
