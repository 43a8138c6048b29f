"""What a review looks at: the figures of its stages, live while it is open and as they stood once it is closed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from core.calendar import add_months
from core.metrics import Aim, Filters, Metric, Target, TargetPolicy, UnknownMetric, figures, metric
from core.metrics.status import NO_TARGET
from core.models import User
from core.policies import policy_on
from core.reach import sees_prices
from dashboards import wording
from dashboards.bowtie.places import BY_SLUG, StagePage, metrics_of
from dashboards.leaks.rules import KEYS as LEAKS
from playbooks.models import Review

K = Review.Kind
# The stages that each review looks at, and by which of their questions (RV-01..03).
SLUGS: dict[str, tuple[str, ...]] = {
    K.PIPELINE: ("pipeline", "conversion"),
    K.HEALTH: ("adoption", "expansion"),
    K.MONTHLY: tuple(BY_SLUG),
    K.QUARTERLY: tuple(BY_SLUG),
}
# The figures of a stage on a review: three to five (RO-03).
PER_STAGE = 5


def pages_of(review: Review) -> list[StagePage]:
    return [BY_SLUG[slug] for slug in SLUGS[review.kind]]


def asks_of(review: Review, page: StagePage) -> list[str]:
    """The questions of its rhythm."""
    asked = {K.MONTHLY: page.monthly, K.QUARTERLY: page.quarterly}
    return [str(question) for question in asked.get(K(review.kind), page.weekly)]


def keys_of(page: StagePage) -> tuple[str, ...]:
    return tuple(m.key for m in metrics_of(page)[:PER_STAGE])


def filters_of(review: Review) -> Filters:
    return Filters(team=review.team_id) if review.team_id else Filters()


def taken(review: Review, *, on: date, actor: User, currency: str) -> dict[str, Any]:
    """The figures as they stand, to be shown and to be kept: by metric its value in words and its status.

    Leaks stand in them too. What this person may not see is not in it.
    """
    keys = [key for page in pages_of(review) for key in keys_of(page)]
    before = add_months(on, -12)
    wanted = (*keys, *LEAKS)
    found = figures({on: wanted, before: wanted}, actor=actor, filters=filters_of(review))
    policy = policy_on(TargetPolicy, on).values
    kept: dict[str, Any] = {"on": on.isoformat(), "figures": {}}
    for key in wanted:
        now, then = found[on][key], found[before][key]
        kept["figures"][key] = {
            "name": str(now.metric.name),
            "value": None if now.value is None else str(now.value),
            "before": None if then.value is None else str(then.value),
            "count": now.count,
            "status": wording.STATUS[wording.status(now, then, policy)],
            "target": {
                "aim": now.metric.target.aim.value,
                "value": None if now.metric.target.value is None else str(now.metric.target.value),
            },
            "currency": currency,
        }
    return kept


def told(kept: Mapping[str, Any], actor: User) -> list[dict[str, Any]]:
    """The figures by their keys, in the order of these; money only for who sees it."""
    return [_bare(key, figure, actor) for key, figure in sorted(kept.get("figures", {}).items())]


def _bare(key: str, figure: Mapping[str, Any], actor: User) -> dict[str, Any]:
    hidden = _is_hidden(key, actor)
    told = {name: None if hidden else figure[name] for name in ("value", "before")}
    return {"key": key, **told, "count": figure["count"], "status": "unknown" if hidden else figure["status"]}


def _is_hidden(key: str, actor: User) -> bool:
    """Also a figure that is no longer known: what nobody can say is not shown to who does not see prices."""
    try:
        wanted = metric(key)
    except UnknownMetric:
        return not sees_prices(actor)
    return wanted.reads_money and not wanted.family.shows_money(actor)


def groups(review: Review, kept: Mapping[str, Any], actor: User) -> list[dict[str, Any]]:
    """The figures by stage in the words of today, whatever language they were taken in."""
    found = kept.get("figures", {})
    return [
        {
            "page": page,
            "asks": asks_of(review, page),
            "rows": [_row(review, key, found[key], kept["on"], actor) for key in _shown(page, found)],
        }
        for page in pages_of(review)
    ]


def _shown(page: StagePage, found: Mapping[str, Any]) -> list[str]:
    """What stood on this stage when the figures were taken, in the order of its page."""
    stages = {stage.value for stage in page.stages}
    order = {m.key: place for place, m in enumerate(metrics_of(page))}
    return sorted((k for k in found if k not in LEAKS and _stage(k) in stages), key=lambda k: order[k])


def _stage(key: str) -> str:
    try:
        return metric(key).stage.value
    except UnknownMetric:
        return ""


def leaks(review: Review, kept: Mapping[str, Any], actor: User) -> list[dict[str, Any]]:
    """The leaks with something in them, the largest first."""
    found = kept.get("figures", {})
    there = [key for key in LEAKS if found.get(key, {}).get("count")]
    rows = [_row(review, key, found[key], kept["on"], actor) for key in there]
    return sorted(rows, key=lambda row: -row["amount"])


def _row(review: Review, key: str, kept: Mapping[str, Any], on: str, actor: User) -> dict[str, Any]:
    """One figure; money only for who sees prices, whoever kept it."""
    wanted = metric(key)
    shown = wanted.family.shows_money(actor) or not wanted.reads_money
    value, before = (_number(kept[name]) if shown else None for name in ("value", "before"))
    narrowed = f"&team={review.team_id}" if review.team_id else ""
    return {
        "key": key,
        "name": wanted.name,
        "value": wording.said(wanted.unit, value, kept["currency"]),
        "before": wording.said(wanted.unit, before, kept["currency"]) if before is not None else "",
        "target": wording.aim_words(wanted.unit, _target(wanted, kept) if shown else NO_TARGET, kept["currency"]),
        "status": kept["status"] if shown else "unknown",
        "count": kept["count"],
        "amount": value or 0,
        "receipt": f"{reverse('dashboards:receipt', args=[key])}?as_of={on}{narrowed}",
    }


def _target(wanted: Metric, kept: Mapping[str, Any]) -> Target:
    """The one that counted when the figure was taken; that of the catalogue where nobody kept it."""
    if "target" not in kept:
        return wanted.target
    return Target(Aim(kept["target"]["aim"]), _number(kept["target"]["value"]))


def _number(text: str | None) -> Any:
    return None if text is None else Decimal(text)
