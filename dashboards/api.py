"""The catalogue of metrics, one metric, and the rows behind it, to be read."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock, metrics
from core.api.filters import day
from core.api.paging import BY_ID, LARGEST_PAGE, PAGE, order_of, page_size
from core.api.reading import ApiView, next_page, parameters
from core.api.schema import AS_OF, or_problem
from core.metrics import Filters, Metric, Result, Stored, UnknownMetric, WrongFilter
from core.models import Role
from core.reach import sees_prices

DIMENSIONS = ("account", "group", "owner", "team", "segment", "product_line", "country")


class Figure(serializers.CharField):
    """A number as text: money keeps its cents, a ratio its decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"allow_null": True} | kwargs))


class TargetRow(serializers.Serializer[Any]):
    aim = serializers.ChoiceField([a.value for a in metrics.Aim], allow_blank=True)
    value = Figure()


class MetricRow(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField()
    stage = serializers.CharField()
    shape = serializers.CharField(help_text="count, sum, ratio or median.")
    unit = serializers.CharField(help_text="count, money or ratio.")
    on = serializers.DateField(help_text="The date asked about.")
    target = TargetRow()
    value = Figure(help_text="Null where there is nothing to divide by, or the caller may not know; see `reason`.")
    reason = serializers.CharField(allow_blank=True, help_text="Why there is no value.")
    numerator = Figure()
    denominator = Figure()
    count = serializers.IntegerField(help_text="Rows that count.")
    unknown = serializers.IntegerField(help_text="Rows that lack what the metric needs.")
    unattributed = serializers.IntegerField(help_text="Rows that a filter could not place.")
    small = serializers.BooleanField(help_text="Fewer than five rows: the value says little.")
    policy = serializers.DictField(child=serializers.IntegerField(), help_text="Versions of the policies that counted.")
    parts = serializers.DictField(child=Figure(), help_text="Named subsets, or other sums over the same rows.")


class MetricList(serializers.Serializer[Any]):
    on = serializers.DateField()
    results = MetricRow(many=True)


class ReceiptRow(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the subject.")
    numerator = Figure()
    denominator = Figure()
    unknown = serializers.BooleanField()
    values = serializers.DictField(help_text="What else the receipt shows of the row.")


class ReceiptPage(serializers.Serializer[Any]):
    subject = serializers.CharField(help_text="The kind of thing that each row is.")
    on = serializers.DateField()
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    results = ReceiptRow(many=True)


class HistoryRow(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The month end.")
    value = Figure()
    numerator = Figure()
    denominator = Figure()
    count = serializers.IntegerField(help_text="Rows that counted.")
    small = serializers.BooleanField(help_text="Fewer than five rows: the value says little.")
    taken_at = serializers.DateTimeField(help_text="When it was stored.")
    stale_since = serializers.DateField(allow_null=True, help_text="From when facts changed after it was stored.")
    first_value = Figure(help_text="What was stored first, where a late fact changed it.")


class HistoryPage(serializers.Serializer[Any]):
    key = serializers.CharField()
    unit = serializers.CharField(help_text="count, money or ratio.")
    on = serializers.DateField(help_text="The date before which the months end.")
    results = HistoryRow(many=True)


_ASKED = [
    AS_OF,
    OpenApiParameter("known_at", OpenApiTypes.DATE, description="Only what was recorded by this day."),
    *(OpenApiParameter(name, str, description="Only this one, by id or name.") for name in DIMENSIONS),
]
_PAGED = [
    OpenApiParameter("cursor", str, description="Where the page begins: follow `next`, do not make one."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
        description=f"Rows per page, at most {LARGEST_PAGE}.",
    ),
]


class MetricView(ApiView, APIView):
    """What the addresses of metrics share. Service technicians see no figures (trust.md 5.2)."""

    http_method_names = ["get", "head"]
    paged: tuple[str, ...] = ()

    def asked(self, request: Request) -> tuple[Any, Filters, dict[str, str]]:
        """The date, the filters, and all parameters; ValidationError names what is wrong."""
        given = parameters(request, ("as_of", "known_at", *DIMENSIONS, *self.paged))
        if getattr(request.user, "role", "") == Role.TECHNICIAN:
            raise PermissionDenied
        on = day(given["as_of"], "as_of") if given.get("as_of") else clock.today()
        if given.get("known_at"):
            day(given["known_at"], "known_at")
        return on, _filters(given, request.user), given


def _filters(given: dict[str, str], actor: Any) -> Filters:
    narrowing = {name: text[:200] for name, text in given.items() if name in (*DIMENSIONS, "known_at")}
    for name, text in narrowing.items():
        try:
            metrics.filters_from({name: text}, actor)
        except (WrongFilter, ValueError, OverflowError) as wrong:
            raise ValidationError({name: [str(wrong)]}) from None
    return metrics.filters_from(narrowing, actor)


def _metric(key: str) -> Metric:
    try:
        return metrics.metric(key)
    except UnknownMetric:
        raise NotFound from None


class Metrics(MetricView):
    """The whole catalogue, computed as of a date over what the caller may see."""

    @extend_schema(
        tags=["metrics"],
        operation_id="metrics_list",
        parameters=_ASKED,
        responses=or_problem(MetricList, "400", "401", "403"),
    )
    def get(self, request: Request) -> Response:
        on, filters, _given = self.asked(request)
        keys = [m.key for m in metrics.catalogue()]
        found = metrics.compute_many(keys, on=on, actor=request.user, filters=filters)
        return Response({"on": on, "results": [_told(result) for result in found.values()]})


class OneMetric(MetricView):
    """One metric as of a date."""

    @extend_schema(
        tags=["metrics"],
        operation_id="metrics_retrieve",
        parameters=_ASKED,
        responses=or_problem(MetricRow, "400", "401", "403", "404"),
    )
    def get(self, request: Request, key: str) -> Response:
        on, filters, _given = self.asked(request)
        return Response(_told(metrics.compute(_metric(key).key, on=on, actor=request.user, filters=filters)))


class MetricRows(MetricView):
    """The receipt: the rows whose contributions add up to the metric, ordered by id."""

    paged = ("cursor", "page_size")

    @extend_schema(
        tags=["metrics"],
        operation_id="metrics_rows",
        parameters=[*_ASKED, *_PAGED],
        responses=or_problem(ReceiptPage, "400", "401", "403", "404"),
    )
    def get(self, request: Request, key: str) -> Response:
        on, filters, given = self.asked(request)
        wanted = _metric(key)
        size, order = page_size(given.get("page_size", "")), order_of("", given.get("cursor", ""), (BY_ID,))
        rows = metrics.rows(key, on=on, actor=request.user, filters=filters)
        if order.after:
            rows = rows.filter(**{f"{wanted.family.subject_id}__gt": order.after[1]})
        found = list(rows[: size + 1])
        told = [_contribution(wanted, row, prices=sees_prices(request.user)) for row in found[:size]]
        following = next_page(request, order.cursor(None, found[size - 1]["subject_id"])) if len(found) > size else None
        return Response({"subject": wanted.family.subject, "on": on, "next": following, "results": told})


class MetricHistory(MetricView):
    """The stored figures of a metric at the ends of the 24 months before a date, oldest first.

    A month end at which nothing is stored is left out: figures of crossed filters, and those of people who see a part
    of the base, are computed when they are asked for and never stored.
    """

    @extend_schema(
        tags=["metrics"],
        operation_id="metrics_history",
        parameters=_ASKED,
        responses=or_problem(HistoryPage, "400", "401", "403", "404"),
    )
    def get(self, request: Request, key: str) -> Response:
        on, filters, _given = self.asked(request)
        wanted = _metric(key)
        found = metrics.history([key], on, actor=request.user, filters=filters)[key]
        return Response(
            {"key": key, "unit": wanted.unit.value, "on": on, "results": [_then(one) for one in found.values()]}
        )


def _then(one: Stored) -> dict[str, Any]:
    result = one.result
    return {
        "on": result.on,
        "value": figure(result.value),
        "numerator": figure(result.numerator),
        "denominator": figure(result.denominator),
        "count": result.count,
        "small": result.small,
        "taken_at": result.taken_at,
        "stale_since": one.stale_since,
        "first_value": figure(one.first_value),
    }


def _told(result: Result) -> dict[str, Any]:
    wanted = result.metric
    return {
        "key": wanted.key,
        "name": wanted.name,
        "definition": wanted.definition,
        "stage": wanted.stage.value,
        "shape": wanted.shape.value,
        "unit": wanted.unit.value,
        "on": result.on,
        "target": {"aim": wanted.target.aim.value, "value": figure(wanted.target.value)},
        "value": figure(result.value),
        "reason": result.reason,
        "numerator": figure(result.numerator),
        "denominator": figure(result.denominator),
        "count": result.count,
        "unknown": result.unknown,
        "unattributed": int(result.unattributed),
        "small": result.small,
        "policy": dict(result.policy),
        "parts": {key: figure(value) for key, value in result.parts.items()},
    }


def _contribution(wanted: Metric, row: dict[str, Any], *, prices: bool) -> dict[str, Any]:
    shown = prices or not wanted.reads_money
    return {
        "id": row["subject_id"],
        "numerator": figure(row["numerator"]) if shown else None,
        "denominator": figure(row["denominator"]) if shown else None,
        "unknown": row["unknown"],
        "values": {c.field: row[c.field] for c in wanted.shown if prices or c.kind != "money"},
    }


def figure(number: Any) -> str | None:
    """A number as text, without an exponent and without zeros that say nothing."""
    if number is None:
        return None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
