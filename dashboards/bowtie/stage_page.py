"""What a stage page reads and says: its metrics against target over 24 months, its parts, and its questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.spark import Trend, draw_trend
from core.display import MISSING, number, percent
from core.metrics import (
    WHOLE,
    Aim,
    Filters,
    Result,
    Slice,
    Status,
    TargetPolicy,
    Unit,
    choices,
    compute_cut,
    figures,
    history,
    month_ends,
)
from core.models import Owner
from core.policies import policy_on
from dashboards import wording
from dashboards.bowtie.places import StagePage, metrics_of
from dashboards.bowtie.reading import Reading
from dashboards.leaks.section import asked as leak_keys

# Tiles; the metrics beyond them stand in a table with a line each.
TILES = 8
# Members of a breakdown that are shown.
MOST = 12


def read_stage(
    page: StagePage,
    *,
    on: date,
    compared_on: date | None,
    actor: Any,
    filters: Filters,
    currency: str,
    query: Mapping[str, str],
) -> Reading:
    """All metrics of the page on both dates, and their stored month ends: stored figures where they are fresh."""
    keys = tuple(m.key for m in metrics_of(page))
    wanted = (*keys, *leak_keys(actor)) if page.places else keys
    dates = {on: wanted} | ({compared_on: wanted} if compared_on else {})
    found = figures(dates, actor=actor, filters=filters)
    past = history(keys, on, actor=actor, filters=filters)
    then = found[compared_on] if compared_on else {}
    policy: TargetPolicy = policy_on(TargetPolicy, on).values
    return Reading(on, found[on], then, compared_on, currency, policy, query, past)


@dataclass(frozen=True)
class Tile:
    """One metric, in the words of the component `tile`."""

    key: str
    name: str
    value: str
    status: str
    word: str
    target: str
    was: str
    span: str
    receipt: str
    counts: str
    line: Any


def tiles(page: StagePage, reading: Reading) -> list[Tile]:
    return [_tile(reading, m.key) for m in metrics_of(page)]


def _tile(reading: Reading, key: str) -> Tile:
    result, found = reading.now[key], reading.status(key)
    return Tile(
        key=key,
        name=str(result.metric.name),
        value=reading.said(key) if result.value is not None else MISSING,
        status=wording.STATUS[found],
        word="" if found is Status.NONE else _short_of(result, found, reading.currency),
        target=wording.target_words(result.metric, reading.currency) if result.value is not None else result.reason,
        was=wording.before_words(result.metric, reading.before(key), reading.currency),
        span=_span(reading, key),
        receipt=reading.receipt(key),
        counts=ngettext("%(n)s row", "%(n)s rows", result.count) % {"n": number(result.count)},
        line=_line(reading, key, wording.STATUS[found]),
    )


def _short_of(result: Result, found: Status, currency: str) -> str:
    """How far from target: points of a share, or what is missing of a sum; else the word of the status."""
    target, value = result.metric.target, result.value
    missed = found in (Status.WATCH, Status.RISK) and target.value is not None and value is not None
    if not missed or result.metric.unit is not Unit.RATIO:
        return wording.status_word(found)
    points = number(abs(Decimal(target.value or 0) - Decimal(value or 0)) * 100, 1)
    over = target.aim is Aim.BELOW
    return (_("%(points)s points over") if over else _("%(points)s points short")) % {"points": points}


def _span(reading: Reading, key: str) -> str:
    known = sorted(reading.past.get(key, ()))
    return _("%(first)s to %(last)s") % {"first": f"{known[0]:%m/%Y}", "last": f"{reading.on:%m/%Y}"} if known else ""


def _line(reading: Reading, key: str, status: str) -> Any:
    points = reading.line(key)
    if not points:
        return ""
    goal = reading.now[key].metric.target.value
    title = _("%(name)s at the ends of %(n)s months and on the date") % {
        "name": reading.now[key].metric.name,
        "n": len(month_ends(reading.on)),
    }
    return draw_trend(Trend(points, status, title, target=None if goal is None else float(goal)))


@dataclass(frozen=True)
class Cut:
    """One member of a breakdown: its name, the headline there, and the address of its receipt."""

    name: str
    value: str
    status: str
    counts: str
    receipt: str


def breakdown(page: StagePage, reading: Reading, actor: Any) -> list[dict[str, Any]]:
    """The headline by owner and by segment, as far as this person sees; one query each for names and figures.

    A figure of which the rows cannot be cut is left out rather than shown of something else.
    """
    if page.headline not in reading.now or reading.query.keys() - {"as_of"}:
        return []
    offered = choices(actor)
    names: dict[str, dict[str, str]] = {"segment": {c.value: c.label for c in offered.get("segment", [])}}
    names["owner"] = {str(pk): name for pk, name in Owner.objects.order_by("name").values_list("pk", "name")}
    members = [Slice(of, member) for of, known in names.items() for member in known]
    found = compute_cut([page.headline], members, on=reading.on, actor=actor)
    labels = {"owner": _("By owner"), "segment": _("By segment")}
    groups = ({"name": labels[of], "rows": _cuts(page, reading, of, names[of], found)} for of in ("owner", "segment"))
    return [group for group in groups if group["rows"]]


def _cuts(page: StagePage, reading: Reading, of: str, names: Mapping[str, str], found: Any) -> list[Cut]:
    """The members that have rows, the largest first."""
    shown = [(m, found[m][page.headline]) for m in found if m != WHOLE and m.dimension == of]
    counted = sorted((p for p in shown if p[1].count), key=lambda p: (-p[1].count, p[0].member))
    return [_cut(reading, member, result, names) for member, result in counted[:MOST]]


def _cut(reading: Reading, member: Slice, result: Result, names: Mapping[str, str]) -> Cut:
    status = wording.status(result, None, reading.policy)
    link = reading.receipt(result.metric.key)
    joined = "&" if "?" in link else "?"
    return Cut(
        name=names[member.member],
        value=wording.said(result.metric.unit, result.value, reading.currency),
        status=wording.STATUS[status],
        counts=ngettext("%(n)s row", "%(n)s rows", result.count) % {"n": number(result.count)},
        receipt=f"{link}{joined}{member.dimension}={member.member}",
    )


def standfirst(page: StagePage, reading: Reading) -> str:
    """The headline in a sentence, with how many of the metrics are where they should be."""
    judged = [reading.status(m.key) for m in metrics_of(page)]
    with_target = [s for s in judged if s is not Status.NONE]
    good = sum(s is Status.GOOD for s in with_target)
    words = {"good": number(good), "n": number(len(with_target))}
    if not with_target:
        return _("Nothing of this stage can be judged yet.")
    return _("%(good)s of the %(n)s figures with a target are where they should be.") % words


def questions(page: StagePage, reading: Reading) -> list[dict[str, Any]]:
    """What the weekly, monthly and quarterly review asks: what stands off target first, then what to ask anyway."""
    off = [_question(reading, m.key) for m in metrics_of(page) if reading.status(m.key) is Status.RISK][:4]
    return [
        {"name": _("In the weekly review"), "asks": [str(q) for q in page.weekly]},
        {"name": _("In the monthly review"), "asks": [*off, *(str(q) for q in page.monthly)]},
        {"name": _("In the quarterly review"), "asks": [str(q) for q in page.quarterly]},
    ]


def _question(reading: Reading, key: str) -> str:
    result = reading.now[key]
    words = {"name": result.metric.name, "value": reading.said(key), "facts": reading.facts(key)}
    short = _rows_short(result)
    if short:
        return _("%(name)s is %(value)s (%(facts)s): %(short)s short. Whose are they, and what stood in the way?") % (
            words | {"short": number(short)}
        )
    return _("%(name)s is %(value)s (%(facts)s). What changed, and who changes it back?") % words


def _rows_short(result: Result) -> int:
    """How many rows more would have met a share; 0 where the figure is no share of rows."""
    target = result.metric.target
    if result.metric.unit is not Unit.RATIO or target.aim not in (Aim.ABOVE, Aim.AT_LEAST) or result.metric.reads_money:
        return 0
    if result.denominator != result.count:
        return 0
    missing = Decimal(target.value or 0) * Decimal(result.denominator or 0) - Decimal(result.numerator or 0)
    return int(missing.to_integral_value(rounding="ROUND_CEILING")) if missing > 0 else 0


def retention_sentence(reading: Reading) -> str:
    """What was kept, and what is missing to the target of the NRR (the stage of renewal and expansion)."""
    nrr, grr = reading.now["net_revenue_retention"], reading.now["gross_revenue_retention"]
    if nrr.value is None or grr.value is None:
        return ""
    goal = Decimal(nrr.metric.target.value or 0)
    missing = Decimal(nrr.denominator or 0) * goal - Decimal(nrr.numerator or 0)
    words = {"kept": percent(grr.value), "goal": percent(goal, 0), "missing": reading.money(abs(missing))}
    if missing > 0:
        return _("%(kept)s of last year's revenue was kept. %(missing)s is missing for %(goal)s.") % words
    return _("%(kept)s of last year's revenue was kept; %(missing)s more than %(goal)s asks for.") % words
