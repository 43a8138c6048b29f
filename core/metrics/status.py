"""Whether a number is where it should be (metrics.md, Status). Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar


class Status(Enum):
    GOOD = "good"
    WATCH = "watch"
    RISK = "risk"
    NONE = "none"


class Aim(Enum):
    """The side of the target on which the value should lie, or the way it should move."""

    NONE = ""
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True)
class Target:
    """`value` for the sides; `watch_from` is a fixed edge of the watch band (NRR: 1.00)."""

    aim: Aim = Aim.NONE
    value: Decimal | None = None
    watch_from: Decimal | None = None


NO_TARGET = Target()


@dataclass(frozen=True)
class TargetPolicy:
    """`watch_band` is the share of the target by which it may be missed and still be watched; `level_band` the share
    within which a value counts as level with a year before."""

    policy_name: ClassVar[str] = "core.targets"

    watch_band: Decimal = Decimal("0.10")
    level_band: Decimal = Decimal("0.02")


def status_of(target: Target, value: Decimal | None, before: Decimal | None, policy: TargetPolicy) -> Status:
    """Good, watch or risk; none without a target, without a value, or without the year before that a trend needs."""
    if value is None or target.aim is Aim.NONE:
        return Status.NONE
    if target.aim in (Aim.RISING, Aim.FALLING):
        return _trend(target.aim, value, before, policy)
    return _side(target, value, policy)


def _trend(aim: Aim, value: Decimal, before: Decimal | None, policy: TargetPolicy) -> Status:
    if before is None:
        return Status.NONE
    if abs(value - before) <= abs(before) * policy.level_band:
        return Status.WATCH
    return Status.GOOD if (value > before) == (aim is Aim.RISING) else Status.RISK


def _side(target: Target, value: Decimal, policy: TargetPolicy) -> Status:
    goal = target.value or Decimal(0)
    met = {Aim.ABOVE: value > goal, Aim.AT_LEAST: value >= goal, Aim.BELOW: value < goal}[target.aim]
    if met:
        return Status.GOOD
    band = abs(goal) * policy.watch_band
    if target.watch_from is not None:
        near = value <= target.watch_from if target.aim is Aim.BELOW else value >= target.watch_from
    elif target.aim is Aim.BELOW:
        near = value <= goal + band
    else:
        near = value >= goal - band
    return Status.WATCH if near else Status.RISK
