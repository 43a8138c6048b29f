"""The stretches of days an account spends in a tier, from the tiers of its scores (firing.md, I17). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from health.rules.tier import Tier

_RANK = {Tier.RED: 0, Tier.YELLOW: 1, Tier.GREEN: 2}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in one tier: `ended_on` is the first day in another, `came_from` the tier before it."""

    tier: Tier
    came_from: Tier | None
    began_on: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The stretches up to a day, and the day on which a streak that is under way would change the tier."""

    stretches: tuple[Stretch, ...]
    turns_on: date | None = None


Series = Sequence[tuple[date, Tier]]


def course(series: Series, until: date, *, rise: int, fall: int, start: Stretch | None = None) -> Course:
    """Stretches of a series of (first day, tier), oldest first, as they stood at the end of `until`.

    A worse tier counts after `fall` dates in a row below the present one, a better one after `rise`; the mildest of
    those dates is the new tier. Unknown comes and goes at once. Dates are counted, not runs. `start` is the stretch
    that stood where the series begins.
    """
    found: list[Stretch] = [start] if start else []
    runs = _runs(series, until, start.began_on if start else date.min)
    streak: list[tuple[date, date, Tier]] = []
    turns_on = None
    for first, last, tier in runs:
        if not found:
            found.append(Stretch(tier, None, first))
            continue
        streak.append((first, last, tier))
        turns_on = _turn(found, streak, rise, fall)
    return Course(tuple(found), turns_on)


def _runs(series: Series, until: date, since: date) -> list[tuple[date, date, Tier]]:
    """First and last day of each row of the series, from `since` to `until`."""
    rows = [(on, tier) for on, tier in sorted(series) if on <= until]
    ends = [on - timedelta(days=1) for on, _ in rows[1:]] + [until]
    return [(max(on, since), end, tier) for (on, tier), end in zip(rows, ends, strict=False) if end >= since]


def _turn(found: list[Stretch], streak: list[tuple[date, date, Tier]], rise: int, fall: int) -> date | None:
    """Let the last row of the streak turn the tier as often as its days allow; when it would turn after that."""
    while streak:
        present = found[-1].tier
        side = _side(streak[-1][2], present)
        _keep_side(streak, present, side)
        if side == 0:
            return None
        days = {1: rise, -1: fall}.get(side, 1)
        turns_on = streak[0][0] + timedelta(days=max(days, 1) - 1)
        if turns_on > streak[-1][1]:
            return turns_on
        turns_on = max(turns_on, streak[-1][0])
        tier = _mildest([s for s in streak if s[0] <= turns_on], turns_on, max(days, 1), present)
        found[-1] = _ended(found[-1], turns_on)
        found.append(Stretch(tier, present, turns_on))
        streak[:] = [(turns_on, streak[-1][1], streak[-1][2])]
    return None


def _side(tier: Tier, present: Tier) -> int:
    """1 above the present tier, -1 below it, 0 the same, 2 where unknown comes or goes."""
    if tier is present:
        return 0
    if Tier.UNKNOWN in (tier, present):
        return 2
    return 1 if _RANK[tier] > _RANK[present] else -1


def _keep_side(streak: list[tuple[date, date, Tier]], present: Tier, side: int) -> None:
    """Only the rows at the end that lie on the same side count."""
    keep = len(streak)
    while keep > 0 and _side(streak[keep - 1][2], present) == side:
        keep -= 1
    del streak[:keep]


def _mildest(rows: Iterable[tuple[date, date, Tier]], on: date, days: int, present: Tier) -> Tier:
    """Of the last `days` dates of a streak the tier nearest to the present one."""
    since = on - timedelta(days=days - 1)
    tiers = [tier for _, last, tier in rows if last >= since]
    if present is Tier.UNKNOWN or Tier.UNKNOWN in tiers:
        return tiers[-1]
    return min(tiers, key=lambda tier: abs(_RANK[tier] - _RANK[present]))


def _ended(stretch: Stretch, on: date) -> Stretch:
    return Stretch(stretch.tier, stretch.came_from, stretch.began_on, on)


def known_before(stretches: Sequence[Stretch]) -> Tier | None:
    """The last tier anybody knew before the present stretch; None where this is the first."""
    return next((s.tier for s in reversed(stretches[:-1]) if s.tier is not Tier.UNKNOWN), None)


def fell(tier: Tier, before: Tier | None) -> bool:
    """Whether a tier is worse than the last one known; nothing falls into or out of the unknown."""
    return before is not None and tier in _RANK and before in _RANK and _RANK[tier] < _RANK[before]
