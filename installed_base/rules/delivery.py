"""Where a machine on order stands between its order and its commissioning, and how late it is (CV-03, CV-06). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

PRODUCTION, SHIPPING, INSTALLATION, COMMISSIONING = "production", "shipping", "installation", "commissioning"
# In the order in which they are done; the order itself comes before the first.
STEPS = (PRODUCTION, SHIPPING, INSTALLATION, COMMISSIONING)
# What a machine may do without: one that was bought in is shipped at once, one that is collected is not shipped.
SKIPPABLE = (PRODUCTION, SHIPPING)


@dataclass(frozen=True)
class DeliveryPolicy:
    """Days that each step takes, from the end of the one before it. `by_line` holds the four numbers of a product line
    that needs others, under the name of the line. Production or shipping of 0 days is skipped."""

    policy_name: ClassVar[str] = "installed_base.delivery"

    production_days: int = 56
    shipping_days: int = 7
    installation_days: int = 7
    commissioning_days: int = 14
    by_line: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def days(self, line: str = "") -> dict[str, int]:
        """The days of each step for a product line."""
        usual = (self.production_days, self.shipping_days, self.installation_days, self.commissioning_days)
        return dict(zip(STEPS, self.by_line.get(line, usual), strict=True))

    def problems(self) -> list[str]:
        """Days below zero, and lines that do not have four."""
        named = {f"{step}_days": days for step, days in DeliveryPolicy.days(replace(self, by_line={})).items()}
        found = [f"{name}: choose 0 days or more." for name, days in named.items() if days < 0]
        for line, numbers in self.by_line.items():
            if len(numbers) != len(STEPS):
                found.append(f"by_line: {line} needs {len(STEPS)} numbers, of {', '.join(STEPS)}.")
            elif min(numbers) < 0:
                found.append(f"by_line: the days of {line} are 0 or more.")
        return found


@dataclass(frozen=True)
class Leg:
    """One step: planned, done, or skipped. Without a planned day it was skipped from the beginning."""

    step: str
    planned_on: date | None = None
    done_on: date | None = None
    skipped_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """How a delivery stands on a day.

    `step` is the one that is to be done next, "" once all are; `late_days` are those since its planned day, 0 in time.
    `expected` says for each open step when it may be done at the earliest that the plan allows. `stands_on` is the day
    of the installation, real or expected, and `over_days` its distance to the promised day: above 0 the promise is
    broken, or will be if nothing is done about it. None where nothing was promised or nothing can be expected.
    """

    step: str
    planned_on: date | None
    late_days: int
    expected: Mapping[str, date]
    installed_on: date | None
    stands_on: date | None
    over_days: int | None

    @property
    def is_done(self) -> bool:
        return not self.step

    @property
    def is_late(self) -> bool:
        return self.late_days > 0

    @property
    def in_danger(self) -> bool:
        """Not installed, and expected after the promised day."""
        return self.installed_on is None and self.over_days is not None and self.over_days > 0


def plan_from(ordered_on: date, days: Mapping[str, int]) -> list[Leg]:
    """The plan of a delivery: each step so many days after the one before it. Steps that take none are skipped where
    they may be."""
    legs, last = [], ordered_on
    for step in STEPS:
        if step in SKIPPABLE and not days[step]:
            legs.append(Leg(step, skipped_on=ordered_on))
        else:
            last += timedelta(days=days[step])
            legs.append(Leg(step, planned_on=last))
    return legs


def settled(legs: Sequence[Leg]) -> int:
    """How many of the first steps lie behind it: done, skipped, or passed because a later one was done."""
    behind = max((place for place, leg in enumerate(legs, 1) if leg.done_on), default=0)
    while behind < len(legs) and legs[behind].skipped_on:
        behind += 1
    return behind


def leg_late(leg: Leg, on: date, *, passed: bool = False) -> int | None:
    """Days that a step was done after its planned day, or still is not; None where there is nothing to compare."""
    if leg.planned_on is None or leg.skipped_on or (passed and leg.done_on is None):
        return None
    return ((leg.done_on or on) - leg.planned_on).days


def standing(legs: Sequence[Leg], *, promised_on: date | None, on: date) -> Standing:
    """How a delivery stands on a day: what is done after it does not count here, so leave it out of `legs`."""
    behind = settled(legs)
    expected = _expected(legs[behind:], on)
    current = legs[behind] if behind < len(legs) else None
    installed = next((leg.done_on for leg in legs if leg.step == INSTALLATION), None)
    passed = behind > STEPS.index(INSTALLATION) and installed is None
    stands_on = None if passed else installed or expected.get(INSTALLATION)
    late = (on - current.planned_on).days if current and current.planned_on else 0
    return Standing(
        step=current.step if current else "",
        planned_on=current.planned_on if current else None,
        late_days=max(late, 0),
        expected=expected,
        installed_on=installed,
        stands_on=stands_on,
        over_days=(stands_on - promised_on).days if stands_on and promised_on else None,
    )


def _expected(legs: Sequence[Leg], on: date) -> dict[str, date]:
    """Each open step takes as long as the plan gives it, from when the one before it is done; never before its planned
    day, and never before today."""
    found: dict[str, date] = {}
    ready, planned_before = on, None
    for leg in legs:
        if leg.planned_on is None or leg.skipped_on:
            continue
        takes = max((leg.planned_on - planned_before).days, 0) if planned_before else 0
        ready = max(ready + timedelta(days=takes), leg.planned_on)
        found[leg.step], planned_before = ready, leg.planned_on
    return found


def earliest(legs: Sequence[Leg], step: str, ordered_on: date | None) -> tuple[str, date] | None:
    """The last thing that was done before a step, and when: the step cannot have been done before. "" is the order."""
    done = [(leg.step, leg.done_on) for leg in legs[: STEPS.index(step)] if leg.done_on]
    if done:
        return max(done, key=lambda found: found[1])
    return ("", ordered_on) if ordered_on else None


def moved(legs: Sequence[Leg], step: str, planned_on: date, *, along: bool) -> dict[str, date]:
    """The planned days after one step moves; with `along` the later ones move by the same number of days.

    Later steps that would come before it are taken along to its day at least.
    """
    place = STEPS.index(step)
    before = legs[place].planned_on
    shift = planned_on - before if before and along else timedelta()
    found, last = {step: planned_on}, planned_on
    for leg in legs[place + 1 :]:
        if leg.planned_on is None or leg.done_on or leg.skipped_on:
            continue
        last = max(leg.planned_on + shift, last)
        if last != leg.planned_on:
            found[leg.step] = last
    return found


# The order, and the steps after it.
DAYS = ("", *STEPS)


def clash(here: Sequence[date | None], there: Sequence[date | None]) -> tuple[str, date, str, date] | None:
    """The first two days that cannot be of one machine, those of its order beside those under which it is known: one
    thing on two days, or a later one before an earlier one. Both sides follow DAYS; "" is the order."""
    for place, ours in enumerate(here):
        for other, theirs in enumerate(there):
            if ours is None or theirs is None:
                continue
            if (
                (place == other and ours != theirs)
                or (place < other and ours > theirs)
                or (place > other and ours < theirs)
            ):
                return DAYS[place], ours, DAYS[other], theirs
    return None
