"""A side that collapses while the whole holds: against a walk over every day, and as an alert that closes by itself."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.models import Alert, Score, ScoreDue
from health.rules import Tier
from health.rules.collapse import CollapseFacts, CollapsePolicy, Sides, collapse_news, collapses
from health.tasks import COLLAPSES
from health.words import alert_title, alert_words
from playbooks import day as engine
from tests import cast
from tests.health.base import ON

POLICY = CollapsePolicy()
START = date(2026, 1, 1)
DAY = timedelta(days=1)
BEGIN = date(1900, 1, 1)


def series(rows: list[tuple[int, int, int | None, int]]) -> tuple[Sides, ...]:
    """Rows of (days to the next, version, points of adoption, total)."""
    found, day = [], START
    for gap, version, side, total in rows:
        found.append(Sides(day, version, Decimal(total), {} if side is None else {"adoption": Decimal(side)}))
        day += gap * DAY
    return tuple(found)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 45), st.sampled_from([1, 1, 1, 2]), st.none() | st.sampled_from([20, 45, 60, 90]),
        st.sampled_from([60, 65, 75]),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@given(ROWS)
def test_the_collapses_are_those_of_a_walk_over_every_day(rows: Any):
    found = series(rows)
    until = found[-1].on + 70 * DAY
    down = {d for c in collapses(found, POLICY, until) for d in _days(c.began_on, c.ended_on or until + DAY)}
    assert down == {day for day in _days(START, until + DAY) if _is_down(found, day)}


def _days(first: date, end: date) -> list[date]:
    return [first + n * DAY for n in range((end - first).days)]


def _on(found: tuple[Sides, ...], day: date) -> Sides | None:
    return next((row for row in reversed(found) if row.on <= day), None)


def _is_down(found: tuple[Sides, ...], day: date) -> bool:
    now = _on(found, day)
    assert now is not None
    past = [row for n in range(POLICY.days + 1) if (row := _on(found, day - n * DAY)) and row.version == now.version]
    best = max((row.sides["adoption"] for row in past if row.sides), default=None)
    return bool(now.sides) and best is not None and best - now.sides["adoption"] >= POLICY.points


@given(ROWS, st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_each_collapse_is_told_once_whatever_happens_after(rows: Any, gaps: Any):
    facts = CollapseFacts(1, 1, 1, BEGIN, Tier.YELLOW, series(rows))
    recorded: dict[tuple[str, str], str] = {}
    day = START
    for gap in gaps:
        day += gap * DAY
        new = collapse_news(facts, recorded, POLICY, BEGIN, day)
        recorded |= {(o.rung.rule, o.rung.key): o.state for o in new}
        assert collapse_news(facts, recorded, POLICY, BEGIN, day) == []
    days = sorted(date.fromisoformat(key.split(".")[1]) for _, key in recorded)
    assert all(after - before >= POLICY.days * DAY for before, after in pairwise(days))


@pytest.mark.parametrize(
    ("total", "side", "version", "told"),
    [(70, 55, 1, True), (60, 55, 1, False), (70, 61, 1, False), (70, 55, 2, False)],
)
def test_it_is_news_while_the_whole_holds(total: int, side: int, version: int, told: bool):
    rows = series([(10, 1, 90, 70), (1, version, side, total)])
    facts = CollapseFacts(1, 1, 1, BEGIN, Tier.YELLOW, rows)
    assert bool(collapse_news(facts, {}, POLICY, BEGIN, START + 10 * DAY)) is told


@pytest.mark.django_db
def test_the_alert_says_which_side_and_closes_when_it_rose_again():
    at = cast.account("Van Houten")
    answers = {
        "survey": lambda points: [str(points), None, "3"],
        "sentiment": lambda points: [str(points / 10), None, "3"],
    }
    kept = {"voices": ["3", None, "3"], "champion": ["1", None, "1"], "paid_on_time": ["1", None, "4"]}

    def scored(on: date, marks: int) -> None:
        readings = kept | {key: of(marks) for key, of in answers.items()}
        Score.objects.create(
            account=at, on=on, score=75, low=10, high=90, coverage="0.5", tier="yellow", inputs_hash=str(on),
            readings=readings,
        )  # fmt: skip

    ScoreDue.objects.create(account=at)
    scored(ON - 10 * DAY, 9)
    scored(ON, 3)
    engine.run([COLLAPSES], on=ON, through=ON)
    alert = Alert.objects.select_related("account").get()
    assert (alert.kind, alert.facts["side"], alert.facts["before"]) == ("collapse", "satisfaction", "97")
    assert alert_title(alert) == "Van Houten: satisfaction collapsed"
    assert alert_words(alert).startswith("97 to ")
    engine.run([COLLAPSES], on=ON + 5 * DAY)
    assert Alert.objects.count() == 1
    scored(ON + 6 * DAY, 9)
    engine.run([COLLAPSES], on=ON + 6 * DAY, audit=True)
    assert (Alert.objects.get().closed_on, Alert.objects.get().closed_reason) == (
        ON + 6 * DAY,
        "It rose again, or has stayed where it is",
    )
