"""A side of health that collapses while the whole holds: what the total hides. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, NamedTuple

from health.rules.tier import Tier
from playbooks.rules import Occurrence, Recorded, Rung, State

COLLAPSE = "health.collapse"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CollapsePolicy:
    """A dimension that lost `points` within `days` is told, where the whole lost less than `total_points` in them."""

    policy_name: ClassVar[str] = "health.collapse"

    points: Decimal = Decimal(30)
    days: int = 30
    total_points: Decimal = Decimal(10)


class Sides(NamedTuple):
    """A score from `on` until the next one: the whole and each side, None where unknown. Scores of different versions
    of the policy are not compared."""

    on: date
    version: int
    total: Decimal | None
    sides: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Collapse:
    """Days on which a side stood so far under its best of the window. `held` is whether the whole held on the first."""

    side: str
    began_on: date
    ended_on: date | None
    peak: Decimal
    fell_to: Decimal
    held: bool


@dataclass(slots=True)
class CollapseFacts:
    """The scores of an account over some windows, oldest first."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    tier: Tier
    series: tuple[Sides, ...]


def reach_of(policy: CollapsePolicy) -> timedelta:
    """How far back scores are read: a collapse lasts as long as its best day lies in the window, and may deepen."""
    return timedelta(days=policy.days * 4)


def collapses(series: Sequence[Sides], policy: CollapsePolicy, until: date) -> list[Collapse]:
    """All collapses up to a day, oldest first. Between the days on which a score began or left the window nothing
    changes."""
    rows = [row for row in series if row.on <= until]
    fallen = _may_have_fallen(rows, policy)
    if not fallen:
        return []
    window = timedelta(days=policy.days)
    days = sorted({row.on for row in rows} | {row.on + window for row in rows[1:] if row.on + window <= until})
    windows = [(day, _window(rows, day, policy.days)) for day in days]
    found: list[Collapse] = []
    for side in fallen:
        found += _of(side, windows, policy)
    return sorted(found, key=lambda c: (c.began_on, c.side))


def _may_have_fallen(rows: Sequence[Sides], policy: CollapsePolicy) -> list[str]:
    """The sides whose best and worst of all lie far enough apart. Of most accounts there is none, and no window has to
    be looked into."""
    seen: dict[str, list[Decimal]] = {}
    for row in rows:
        for side, points in row.sides.items():
            seen.setdefault(side, []).append(points)
    return sorted(side for side, points in seen.items() if max(points) - min(points) >= policy.points)


def _of(side: str, windows: Iterable[tuple[date, Sequence[Sides]]], policy: CollapsePolicy) -> list[Collapse]:
    """The collapses of one side, from the scores that stood within the window of each day."""
    found: list[Collapse] = []
    for day, seen in windows:
        now, peak = seen[-1].sides.get(side), max([r.sides[side] for r in seen if side in r.sides], default=None)
        down = now is not None and peak is not None and peak - now >= policy.points
        standing = found and found[-1].ended_on is None
        if down and not standing:
            assert now is not None and peak is not None
            found.append(Collapse(side, day, None, peak, now, _holds(seen, policy)))
        elif not down and standing:
            last = found[-1]
            found[-1] = Collapse(side, last.began_on, day, last.peak, last.fell_to, last.held)
    return found


def _window(rows: Sequence[Sides], day: date, days: int) -> list[Sides]:
    """The scores that stood on some day of the window, of the version that counts on its last day."""
    first = day - timedelta(days=days)
    begun = [row for row in rows if row.on <= day]
    ends = [row.on - _DAY for row in begun[1:]] + [day]
    return [row for row, end in zip(begun, ends, strict=True) if end >= first and row.version == begun[-1].version]


def _holds(seen: Sequence[Sides], policy: CollapsePolicy) -> bool:
    totals = [row.total for row in seen if row.total is not None]
    return seen[-1].total is not None and max(totals) - seen[-1].total < policy.total_points


def standing(facts: CollapseFacts, policy: CollapsePolicy, on: date) -> list[Collapse]:
    """The collapses that last on that day."""
    return [c for c in collapses(facts.series, policy, on) if c.ended_on is None]


def collapse_news(
    facts: CollapseFacts, recorded: Recorded, policy: CollapsePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """A collapse that lasts, while the whole held, once; a side told of within the window is not told again."""
    found = []
    for row in standing(facts, policy, on):
        if row.held and not _told(row, recorded, policy):
            rung = Rung(COLLAPSE, _key(row), row.began_on, row.began_on, "open", row)
            found.append(Occurrence(rung, State.BASELINE if row.began_on < counts_from else State.FIRED))
    return found


def _key(row: Collapse) -> str:
    return f"COLLAPSE.{row.began_on.isoformat()}.{row.side}"


def _told(row: Collapse, recorded: Recorded, policy: CollapsePolicy) -> bool:
    told = [key.split(".") for rule, key in recorded if rule == COLLAPSE]
    near = timedelta(days=policy.days)
    return any(side == row.side and abs(date.fromisoformat(day) - row.began_on) < near for _, day, side in told)
