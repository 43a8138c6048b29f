"""Machines, to be read."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
)
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import (
    DayFilter,
    Filters,
    FlagFilter,
    IdFilter,
    TextFilter,
    WordFilter,
)
from core.api.paging import BY_ID, Ordering
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, Currency, Row, Rows, day_or_null, text, whole
from installed_base.api.past import stood, suffixed, then
from installed_base.models import Asset, AssetPeriod, Coverage, Term
from installed_base.rules import age_in_years


def _true(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


class AssetRow(Row):
    derived = ("age_years",)
    id = whole()
    source = text()
    external_id = text()
    serial = text()
    name = text()
    standing = serializers.ChoiceField(Asset.Standing.choices)
    account_id = whole(help_text="Where it stood on the date.")
    account_name = text(source="account.name")
    site_id = whole(allow_null=True)
    site_name = text(source="site.name", allow_null=True)
    product_id = whole(allow_null=True)
    product_name = text(source="product.name", allow_null=True)
    parent_id = whole(allow_null=True, help_text="The machine this module is built into.")
    dealer_id = whole(allow_null=True)
    ordered_on = day_or_null()
    delivered_on = day_or_null()
    installed_on = day_or_null()
    installed_precision = text(help_text="day, month or year: how exactly installed_on is known.")
    went_live_on = day_or_null()
    on_specification_on = day_or_null()
    warranty_ends_on = day_or_null()
    taken_out_on = day_or_null()
    age_years = whole(
        allow_null=True,
        help_text="Full years on the date; null where installed_on is unknown.",
    )
    in_service = serializers.BooleanField(help_text="On the date.")
    covered = serializers.BooleanField(help_text="By a coverage line of a term in force on the date.")
    price = Amount(help_text="What was paid for it. Only for callers who see prices.")
    price_reporting = Amount(help_text="The same in the reporting currency.")
    currency = Currency(help_text="Of `price`.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class AssetDetailRow(AssetRow):
    configuration = serializers.JSONField()
    attributes = serializers.JSONField()


def coverage_of(asset: OuterRef, on: date) -> QuerySet[Any]:
    """Coverage lines of a machine that count on that date (metrics.md, Covered at D)."""
    running = Term.objects.in_force(on).filter(pk=OuterRef("term"))
    lines = Coverage.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), asset=asset, starts_on__lte=on)
    return lines.filter(Exists(running))


class AssetFilters(Filters):
    account = IdFilter(method="of_account", help_text="Id of the account, as of the date.")
    product = IdFilter(help_text="Id of the product.")
    serial = TextFilter(help_text="The serial number, exactly.")
    external_id = TextFilter()
    standing = WordFilter(choices=Asset.Standing.choices)
    installed_after = DayFilter(field_name="installed_on", lookup_expr="gte", help_text="On or after this day.")
    installed_before = DayFilter(field_name="installed_on", lookup_expr="lte", help_text="On or before this day.")
    in_service = FlagFilter(field_name="in_service")
    covered = FlagFilter(field_name="covered")

    class Meta:
        model = Asset
        fields: ClassVar[list[str]] = []

    def of_account(self, rows: Any, name: str, value: int) -> Any:
        if not self.dated:
            return rows.filter(account=value)
        return rows.filter(pk__in=AssetPeriod.objects.filter(stood(self.on), account=value).values("asset"))


@extend_schema(tags=["assets"])
class Assets(ReadViewSet):
    """The machines in the field, with age, service and coverage as of a date."""

    row = AssetRow
    detail_row = AssetDetailRow
    filters = AssetFilters
    orderings = (BY_ID, Ordering("serial", "serial"))
    as_of = True
    past: ClassVar = {
        "account_id": "account_id",
        "account_name": "account__name",
        "site_id": "site_id",
        "site_name": "site__name",
    }

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        serving = _true(
            Q(standing=Asset.Standing.OURS)
            & (Q(product__isnull=True) | Q(product__counts_as_machine=True))
            & (Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=on))
            & (Q(first_evidence_on__isnull=True) | Q(first_evidence_on__lte=on))
        )
        rows = Asset.objects.annotate(in_service=serving)
        rows = rows.annotate(covered=_true(Q(in_service=True) & Q(Exists(coverage_of(OuterRef("pk"), on)))))
        return then(rows, on, **suffixed(self.past)) if dated else rows

    def paths(self, *, dated: bool) -> dict[str, str]:
        return {name: f"{name}_then" for name in self.past} if dated else {}

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            since = row["installed_on"]
            row["age_years"] = age_in_years(since, asking.on) if since and since <= asking.on else None
