"""The panel of one account: its score in words and pictures, five dimensions, and the steps to green."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import display
from core.calendar import add_months
from core.charts.lines import Rung, ScoreLine, draw_ladder, draw_score
from core.models import User
from core.policies import policy_on
from dashboards.health import words
from dashboards.health.reading import Moment, moments_of
from health import words as health_words
from health.queries import Panel, panel
from health.queries.steps import Step, steps_to_green, tasks_of_steps
from health.rules import Tier
from health.rules.ladder import Rung as LadderRung
from health.rules.policy import HealthPolicy
from health.rules.scoring import DimensionScore, Health

MONTHS = 12
PULLS_SHOWN = 3
NOTES_SHOWN = 2


@dataclass(frozen=True)
class Side:
    """One dimension in words."""

    name: str
    weight: str
    value: Decimal | None
    status: str
    why: str


@dataclass(frozen=True)
class View:
    """Everything the panel shows, in words and pictures."""

    tier: str
    score: Decimal | None
    shown: str
    title: str
    short: str
    doubt: str
    range: str
    since: str
    change: Decimal | None
    picture: SafeString
    pulls: list[tuple[str, str]]
    sides: list[Side]
    steps: list[dict[str, Any]]
    ladder: SafeString | str
    target: str
    lacking: str
    measures: int
    card: str


def view(account: int, user: User, on: date, *, found: Panel | None = None) -> View | None:
    """The panel as of that day; None for an account that has no score yet."""
    found = found or panel(account, on)
    if found is None:
        return None
    policy = policy_on(HealthPolicy, on).values
    health = found.health
    steps = steps_to_green(health, policy, tasks_of_steps(account, user))
    rungs = [step.rung for step in steps]
    months = _months(found, on)
    tier = found.tier if found.spell else health.tier
    return View(
        tier=tier.value,
        score=health.score,
        shown=health_words.whole(health.score),
        title=words.title(tier, len(rungs), reaches_green(rungs, policy)),
        short=words.short_of(health, policy.green),
        doubt=health_words.doubt_words(tier.value, health.may_be and health.may_be.value),
        range=health_words.range_words(health.coverage, health.low, health.high),
        since=words.since(found.spell, on),
        change=found.change_year,
        picture=_line(months, tier, on, policy, moments_of(account, user, on)),
        pulls=[
            (health_words.dimension_name(key), display.signed(-lost, 1))
            for key, lost in found.pulls_down[:PULLS_SHOWN]
            if lost
        ],
        sides=[_side(dimension, policy) for dimension in health.dimensions],
        steps=[health_words.step_line(step) for step in steps],
        ladder=_ladder(health, steps, policy),
        target=words.target(rungs, policy),
        lacking=health_words.lacking(tier, health, rungs, policy),
        measures=sum(len(dimension.measures) for dimension in health.dimensions),
        card=words.card_and_stand_ins(health, policy),
    )


def reaches_green(rungs: Sequence[LadderRung], policy: HealthPolicy) -> bool:
    return bool(rungs) and rungs[-1].reaches >= policy.green


def _months(found: Panel, on: date) -> list[tuple[date, Decimal | None]]:
    """The score at the same day of each month of a year, the oldest first."""
    days = [add_months(on, -back) for back in range(MONTHS, -1, -1)]
    return [(day, next((score for at, score in reversed(found.trend) if at <= day), None)) for day in days]


def _side(dimension: DimensionScore, policy: HealthPolicy) -> Side:
    tier = Tier.UNKNOWN if dimension.score is None else policy.tier_of(dimension.score)
    return Side(
        name=health_words.dimension_name(dimension.key),
        weight=display.percent(dimension.weight, 0),
        value=None if dimension.score is None else dimension.score // 1,
        status=health_words.STATUS[tier.value],
        why=health_words.dimension_words(dimension.measures),
    )


def _line(
    trend: Sequence[tuple[date, Decimal | None]],
    tier: Tier,
    on: date,
    policy: HealthPolicy,
    moments: Sequence[Moment],
) -> SafeString:
    """A year of the score between its cuts, with the moments that explain it."""
    points = tuple(None if score is None else float(score // 1) for _day, score in trend)
    chart = ScoreLine(
        points,
        health_words.STATUS[tier.value],
        _("The score of the last twelve months"),
        first=words.month(trend[0][0]) if trend else "",
        last=words.last_day(on),
        cuts=cuts(policy),
        notes=_notes([day for day, _score in trend], moments),
    )
    return draw_score(chart)


def cuts(policy: HealthPolicy) -> tuple[tuple[float, str, str], ...]:
    return (
        (float(policy.green), _("%(cut)s green") % {"cut": display.number(policy.green)}, "good"),
        (float(policy.yellow), _("%(cut)s yellow") % {"cut": display.number(policy.yellow)}, "watch"),
    )


def _notes(days: Sequence[date], moments: Iterable[Moment]) -> tuple[tuple[int, str], ...]:
    """Each moment at the month it fell in; one for each place."""
    placed: dict[int, str] = {}
    for moment in moments:
        place = next((index for index, day in enumerate(days) if day >= moment.on), None)
        if place is not None and len(placed) < NOTES_SHOWN:
            placed.setdefault(place, moment.words)
    return tuple(sorted(placed.items()))


def _ladder(health: Health, steps: Sequence[Step], policy: HealthPolicy) -> SafeString | str:
    if not steps or health.score is None:
        return ""
    lines = [health_words.step_line(step) for step in steps]
    drawn = [Rung(line["title"], line["facts"], float(step.points)) for line, step in zip(lines, steps, strict=True)]
    title = _("From %(score)s, step by step") % {"score": health_words.points(health.score)}
    return draw_ladder(float(health.score), drawn, title=title, cuts=cuts(policy))
