"""Machines, to be read."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, Ordering
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, Currency, Row, Rows, day_or_null, text, whole
from installed_base.api.past import stood, suffixed, then
from installed_base.attention import Policies, near_end, of_attention, policies_on, weighed_by
from installed_base.models import Asset, AssetPeriod, Coverage, Term
from installed_base.models.assets import ON_ORDER
from installed_base.rules import age_in_years, ends_life_on, in_service
from installed_base.rules.attention import Attention, Weight, weigh

LIFE = "product__family__expected_life_years"
WEIGHED = ("worth", "strategic", "segment_then")


class AssetRow(Row):
    derived = ("age_years", "in_service", "attention", "attention_points", "attention_reasons")
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
    first_evidence_on = day_or_null(
        "Installed, else delivered, else its first order, ticket or visit. Null while on order."
    )
    age_years = whole(allow_null=True, help_text="Full years on the date; null where installed_on is unknown.")
    in_service = serializers.BooleanField(help_text="On the date.")
    covered = serializers.BooleanField(source="line", help_text="By a coverage line of a term in force on the date.")
    attention = serializers.ChoiceField(
        [found.value for found in Attention],
        help_text="On the date: attended to before it asks, or served when it does. By worth, customer, contract, age.",
    )
    attention_points = whole(help_text="What the class rests on, by the policy: for putting machines in order.")
    attention_reasons = serializers.ListField(
        child=serializers.ChoiceField([found.value for found in Weight]), help_text="What speaks for attention."
    )
    price = Amount(help_text="What was paid for it. Only for callers who see prices.")
    price_reporting = Amount(help_text="The same in the reporting currency.")
    currency = Currency(help_text="Of `price`.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class AssetDetailRow(AssetRow):
    configuration = serializers.JSONField()
    attributes = serializers.JSONField()


def coverage(on: date) -> QuerySet[Any]:
    """Coverage lines that count on that date (metrics.md, Covered at D)."""
    running = Term.objects.in_force(on).filter(pk=OuterRef("term"))
    lines = Coverage.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)
    return lines.filter(Exists(running))


def line_of(on: date) -> RawSQL:
    """The id of a coverage line of each machine that counts on that date, or null.

    One line at most, so that PostgreSQL looks it up for each row shown and does not read all coverage beforehand. It
    is compiled here and not in every request.
    """
    line = Subquery(coverage(on).filter(asset=OuterRef("pk")).values("pk")[:1])
    sql, params = Asset.objects.annotate(line=line).values_list("line").query.sql_with_params()
    head, tail = "SELECT ", ' AS "line" FROM "installed_base_asset"'
    if not (sql.startswith(head) and sql.endswith(tail)):
        raise RuntimeError(sql)
    return RawSQL(sql.removeprefix(head).removesuffix(tail), params, BigIntegerField(null=True))


class AssetFilters(Filters):
    account = IdFilter(method="of_account", help_text="Id of the account, as of the date.")
    product = IdFilter(help_text="Id of the product.")
    dealer = IdFilter(help_text="Id of the account of the dealer who sold it.")
    serial = TextFilter(help_text="The serial number, exactly.")
    external_id = TextFilter()
    standing = WordFilter(choices=Asset.Standing.choices)
    installed_after = DayFilter(field_name="installed_on", lookup_expr="gte", help_text="On or after this day.")
    installed_before = DayFilter(field_name="installed_on", lookup_expr="lte", help_text="On or before this day.")
    in_service = FlagFilter(method="serving")
    covered = FlagFilter(method="under_cover")
    attention = WordFilter(method="attended", choices=[(found.value, found.value) for found in Attention])

    class Meta:
        model = Asset
        fields: ClassVar[list[str]] = []

    def under_cover(self, rows: Any, name: str, value: bool) -> Any:
        lines = Exists(coverage(self.on).filter(asset=OuterRef("pk")))
        covered = Q(lines) & Q(Exists(Asset.objects.in_service(self.on).filter(pk=OuterRef("pk"))))
        return rows.filter(covered if value else ~covered)

    def attended(self, rows: Any, name: str, value: str) -> Any:
        return of_attention(rows, value, self.on)

    def serving(self, rows: Any, name: str, value: bool) -> Any:
        found = Exists(Asset.objects.in_service(self.on).filter(pk=OuterRef("pk")))
        return rows.filter(found if value else ~found)

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
        rows = Asset.objects.annotate(line=line_of(on), **weighed_by(on))
        return then(rows, on, **suffixed(self.past)) if dated else rows

    def paths(self, *, dated: bool) -> dict[str, str]:
        then_read = {name: f"{name}_then" for name in self.past} if dated else {}
        weighed = {name: name for name in WEIGHED}
        return then_read | weighed | {"counts": "product__counts_as_machine", "life": LIFE}

    def complete(self, rows: Rows, asking: Asking) -> None:
        policies = policies_on(asking.on)
        for row in rows:
            since = row["installed_on"] if row["installed_on"] and row["installed_on"] <= asking.on else None
            row["age_years"] = age_in_years(since, asking.on) if since else None
            row["in_service"] = in_service(
                on=asking.on,
                ours=row["standing"] == Asset.Standing.OURS,
                counts=row.pop("counts") is not False,
                first_evidence_on=row["first_evidence_on"],
                taken_out_on=row["taken_out_on"],
            )
            if row["first_evidence_on"] == ON_ORDER:
                row["first_evidence_on"] = None
            covered = row["covered"] is not None
            row["covered"] = row["in_service"] and covered
            _weigh(row, since, covered, asking.on, policies)


def _weigh(row: dict[str, Any], since: date | None, covered: bool, on: date, policies: Policies) -> None:
    """Put in what was weighed and take out what it was weighed by."""
    life = row.pop("life") or policies[0].expected_life_years
    worth, strategic, segment = (row.pop(name) for name in WEIGHED)
    found = weigh(
        value=worth,
        strategic=strategic,
        segment=segment,
        covered=covered,
        near_end=near_end(ends_life_on(since, life) if since else None, on, policies[0]),
        policy=policies[1],
    )
    row["attention"], row["attention_points"] = found.attention.value, found.points
    row["attention_reasons"] = [weight.value for weight in found.weights]
