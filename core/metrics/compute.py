"""Computing metrics: one aggregate per family and date over the rows that the receipt lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.metrics.ask import EVERYTHING, Ask, Filters, Window
from core.metrics.catalogue import Family, Metric, Shape, Unit, metric
from core.metrics.memory import remembered, stamp
from core.metrics.number import NUMBER, Median
from core.metrics.summing import summed_together
from core.metrics.targets import aimed
from core.policies import versions_on

Number = Decimal | int
_SUMS = ("numerator", "denominator", "count", "unknown", "middle")
_EMPTY = Value(None, output_field=NUMBER)
_FALSE = Value(False, output_field=BooleanField())


@dataclass(frozen=True)
class Result:
    """A metric as computed. `value` is None where there is nothing to divide by; `reason` then says why.

    `count` rows count; `unknown` rows lack what the metric needs, `unattributed` ones could not be placed by a filter.
    `taken_at` is set where the figure was read from a snapshot, and empty where it was computed for the asker. `behind`
    says that facts on which it rests came in since then; `waiting` that it was not counted, and `reason` then why.
    """

    metric: Metric
    on: date
    filters: Filters
    value: Number | None
    numerator: Number | None = None
    denominator: Number | None = None
    count: int = 0
    unknown: int = 0
    unattributed: int = 0
    reason: str = ""
    withheld: bool = False
    policy: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, Number | None] = field(default_factory=dict)
    taken_at: datetime | None = None
    behind: bool = False
    waiting: bool = False

    @property
    def small(self) -> bool:
        return self.metric.shape in (Shape.RATIO, Shape.MEDIAN) and 0 < self.count < self.metric.few

    @property
    def window(self) -> Window | None:
        return Ask(self.on, None).last_year if self.metric.window_months else None


def compute(key: str, *, on: date, actor: Any, filters: Filters = EVERYTHING) -> Result:
    """One metric on a date, of what the actor may see. Raises UnknownMetric."""
    return compute_many([key], on=on, actor=actor, filters=filters)[key]


def compute_many(keys: Iterable[str], *, on: date, actor: Any, filters: Filters = EVERYTHING) -> dict[str, Result]:
    """Several metrics on a date: one query per family of rows."""
    return compute_on(keys, dates=[on], actor=actor, filters=filters)[on]


def compute_on(
    keys: Iterable[str], *, dates: Iterable[date], actor: Any, filters: Filters = EVERYTHING
) -> dict[date, dict[str, Result]]:
    """Several metrics on several dates: one query for all of them, and one for the policies."""
    chosen = list(keys)
    return compute_each(dict.fromkeys(dates, chosen), actor=actor, filters=filters)


def compute_each(
    wanted: Mapping[date, Iterable[str]], *, actor: Any, filters: Filters = EVERYTHING
) -> dict[date, dict[str, Result]]:
    """On each date its own metrics, each with the target that counts for it: one query for the families of all dates,
    one for the policies and one for the targets."""
    return aimed(counted_each(wanted, actor=actor, filters=filters))


def counted_each(
    wanted: Mapping[date, Iterable[str]], *, actor: Any, filters: Filters = EVERYTHING
) -> dict[date, dict[str, Result]]:
    """The same with the targets of the catalogue."""
    chosen = {day: [metric(key) for key in dict.fromkeys(keys)] for day, keys in wanted.items()}
    asks = asks_on(list({m.key: m for mine in chosen.values() for m in mine}.values()), chosen, actor, filters)
    groups = [(ask, mine) for ask in asks for mine in _families(chosen[ask.on])]
    sums = _sums_of_each(groups, stamp())
    found = {
        (ask.on, m.key): result_from(m, ask, own) for (ask, mine), own in zip(groups, sums, strict=True) for m in mine
    }
    return {day: {m.key: found[day, m.key] for m in mine} for day, mine in chosen.items()}


def _families(wanted: list[Metric]) -> list[list[Metric]]:
    families = dict.fromkeys(m.family.key for m in wanted)
    return [[m for m in wanted if m.family.key == family] for family in families]


def asked(on: date, actor: Any, filters: Filters, wanted: Metric) -> Ask:
    """The question about one metric, with the policies of its family."""
    return asks_on([wanted], [on], actor, filters)[0]


def rows_of(wanted: Metric, ask: Ask) -> QuerySet[Any]:
    """The rows that count in a metric or are unknown to it, with what each contributes.

    `numerator` and `denominator` are empty for unknown rows; their sums over all rows are those of the metric.
    """
    return (
        wanted.family.rows(ask)
        .filter(_placed(wanted.family) & wanted.member)
        .annotate(
            unknown=Case(When(wanted.unknown, then=Value(True)), default=Value(False)) if wanted.unknown else _FALSE,
            numerator=_unless_unknown(wanted, wanted.numerator),
            denominator=_unless_unknown(wanted, wanted.denominator) if wanted.denominator is not None else _EMPTY,
        )
    )


def _unless_unknown(wanted: Metric, amount: Any) -> Cast:
    return Cast(Case(When(wanted.unknown, then=None), default=amount) if wanted.unknown else amount, NUMBER)


def asks_on(wanted: list[Metric], dates: Iterable[date], actor: Any, filters: Filters) -> list[Ask]:
    """The question on each date, with the policies of all these metrics: one query."""
    classes = {policy for m in wanted for policy in m.family.policies}
    days = list(dict.fromkeys(dates))
    versions = versions_on(classes, days)
    return [Ask(day, actor, filters, versions[day]) for day in days]


def _placed(family: Family) -> Q:
    return ~family.left_out if family.left_out else Q()


def _known(wanted: Metric) -> Q:
    return wanted.member & _placed(wanted.family) & (~wanted.unknown if wanted.unknown else Q())


def sums_of(wanted: list[Metric], ask: Ask) -> dict[str, Any]:
    """The sums of metrics of one family, by `<key>__<column>`, in one aggregate."""
    return _sums_of_each([(ask, wanted)], "")[0]


def _sums_of_each(groups: list[tuple[Ask, list[Metric]]], stamped: str) -> list[dict[str, Any]]:
    """The same for several families and dates: one query for all that are not remembered."""

    def read(places: list[int]) -> list[dict[str, Any]]:
        asked = [groups[place] for place in places]
        return summed_together([(columns_of(mine), mine[0].family.rows(ask)) for ask, mine in asked])

    return remembered(stamped, [(ask, " ".join(m.key for m in mine)) for ask, mine in groups], read)


def columns_of(wanted: list[Metric]) -> dict[str, Any]:
    """What is summed of a family's rows for these metrics."""
    return {f"{m.key}__{name}": sum_ for m in wanted for name, sum_ in _columns(m).items()}


def _columns(wanted: Metric) -> dict[str, Any]:
    known = _known(wanted)
    columns: dict[str, Any] = {
        "numerator": Sum(wanted.numerator, filter=known),
        "count": Count(Value(1), filter=known),
        "unattributed": Sum("unattributed", filter=wanted.member),
    }
    if wanted.denominator is not None:
        columns["denominator"] = Sum(wanted.denominator, filter=known)
    if wanted.unknown:
        columns["unknown"] = Count(Value(1), filter=wanted.member & _placed(wanted.family) & wanted.unknown)
    if wanted.shape is Shape.MEDIAN:
        columns["middle"] = Median(wanted.numerator, filter=known)
    parts = {
        f"part_{p.key}": (Median if p.unit in (Unit.HOURS, Unit.DAYS) else Sum)(p.amount, filter=known & p.member)
        for p in wanted.parts
    }
    return columns | parts


def result_from(wanted: Metric, ask: Ask, sums: Mapping[str, Any], policy: Mapping[str, int] | None = None) -> Result:
    """The result of a metric out of its sums, as this actor may see it. `policy` is that of the ask, unless given."""
    got = {name: sums.get(f"{wanted.key}__{name}") or 0 for name in _SUMS}
    result = Result(
        metric=wanted,
        on=ask.on,
        filters=ask.filters,
        value=_value(wanted, got),
        numerator=got["numerator"],
        denominator=got["denominator"] if wanted.denominator is not None else None,
        count=got["count"],
        unknown=got["unknown"],
        unattributed=sums.get(f"{wanted.key}__unattributed") or 0,
        policy=versions_in(ask, wanted.family) if policy is None else policy,
        parts={p.key: sums.get(f"{wanted.key}__part_{p.key}") or 0 for p in wanted.parts},
    )
    return _explained(_for_eyes_of(ask.actor, result), ask)


def versions_in(ask: Ask, family: Family) -> dict[str, int]:
    """The numbers of the policies that count for a family, by their names."""
    return {c.policy_name: ask.policies[c].number for c in family.policies}  # type: ignore[attr-defined]


def _value(wanted: Metric, got: Mapping[str, Number]) -> Number | None:
    if wanted.shape is Shape.SUM and got["unknown"] and not got["count"]:
        return None
    if wanted.shape is Shape.MEDIAN:
        return got["middle"] if got["count"] else None
    if wanted.shape is not Shape.RATIO:
        return got["numerator"]
    return Decimal(got["numerator"]) / Decimal(got["denominator"]) if got["denominator"] else None


def _explained(result: Result, ask: Ask) -> Result:
    if result.value is None and not result.reason:
        nothing = result.metric.nothing
        if callable(nothing):
            return replace(result, reason=nothing(ask))
        if result.unknown and not result.count:
            words = ngettext(
                "The one row that there is lacks what it needs.",
                "None of the %(n)s rows has what it needs.",
                result.unknown,
            )
            return replace(result, reason=words % {"n": result.unknown})
        return replace(result, reason=str(nothing or _("There are no rows to divide by.")))
    return result


def _for_eyes_of(actor: Any, result: Result) -> Result:
    """Without what this actor may not know: prices and contract values (trust.md 5.2)."""
    if result.metric.family.shows_money(actor):
        return result
    parts = {p.key: None if p.unit is Unit.MONEY else result.parts[p.key] for p in result.metric.parts}
    if not result.metric.reads_money:
        return replace(result, parts=parts)
    reason = _("Your role does not see prices and contract values.")
    return replace(result, value=None, numerator=None, denominator=None, parts=parts, withheld=True, reason=reason)
