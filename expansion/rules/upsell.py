"""The upsell score of an account, 0 to 100: where sales energy brings most (WS-04). Pure. The seeds give no formula.

Old machines without a recent upgrade score high, new and fully configured ones low. Five sides, each 0 to 1: age,
options that others have, level of the contract below that of others, usage, health. A side of which nothing is known
leaves, and the coverage says how much of the weight is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from core.calendar import add_months

ONE, ZERO, HUNDRED = Decimal(1), Decimal(0), Decimal(100)
TENTH, FINE = Decimal("0.1"), Decimal("0.0001")


class Side(StrEnum):
    AGE = "age"
    OPTIONS = "options"
    LEVEL = "level"
    USAGE = "usage"
    HEALTH = "health"


@dataclass(frozen=True)
class UpsellPolicy:
    """Weights of the sides, and between which values each rises from nothing to all.

    Age in months since the machine was installed or last upgraded; usage in percent of the hours it could run; health
    in points: who is content buys. Less than `least_coverage` percent of the weight known says nothing.
    """

    policy_name: ClassVar[str] = "expansion.upsell"

    age: int = 35
    options: int = 25
    level: int = 15
    usage: int = 15
    health: int = 10
    age_from_months: int = 24
    age_to_months: int = 120
    usage_from: int = 50
    usage_to: int = 90
    health_from: int = 40
    health_to: int = 80
    least_coverage: int = 35

    def weight(self, side: Side) -> int:
        weights = {
            Side.AGE: self.age, Side.OPTIONS: self.options, Side.LEVEL: self.level, Side.USAGE: self.usage,
            Side.HEALTH: self.health,
        }  # fmt: skip
        return weights[side]

    def problems(self) -> list[Any]:
        """What contradicts itself, as sentences."""
        found = []
        if min(self.weight(side) for side in Side) < 0 or not any(self.weight(side) for side in Side):
            found.append("Weights are not negative, and one at least is more than nothing.")
        spans = (
            (self.age_from_months, self.age_to_months), (self.usage_from, self.usage_to),
            (self.health_from, self.health_to),
        )  # fmt: skip
        if any(begins >= ends for begins, ends in spans):
            found.append("A side rises from a smaller value to a larger one.")
        return found


@dataclass(frozen=True, slots=True)
class UpsellMachine:
    """What of a machine speaks for an offer. `lacked` and `usual` sum the shares with which comparable machines have
    the options that it lacks, and all that apply; `rung` is its level, 0 without contract, `peers_rung` the mean of
    comparable machines."""

    installed_on: date | None = None
    upgraded_on: date | None = None
    lacked: Decimal | None = None
    usual: Decimal | None = None
    rung: int | None = None
    peers_rung: Decimal | None = None
    usage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One side: from 0 to 1, out of so many machines (of the account: 1), with what it brings to the score."""

    side: Side
    value: Decimal
    weight: int
    known: int
    of: int

    @property
    def points(self) -> Decimal:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Upsell:
    """`score` is None where too little is known; `coverage` is the share of the weight that is."""

    score: Decimal | None
    coverage: Decimal
    parts: tuple[Part, ...]

    def brings(self, part: Part) -> Decimal:
        """Points of 100 that a side brings."""
        known = sum(each.weight for each in self.parts)
        return (part.points * HUNDRED / known).quantize(TENTH) if known else ZERO


def upsell(machines: Sequence[UpsellMachine], health: Decimal | None, policy: UpsellPolicy, on: date) -> Upsell:
    """The score of an account out of its machines and its health."""
    many = len(machines)
    sides = (
        (Side.AGE, [_age(m, policy, on) for m in machines], many),
        (Side.OPTIONS, [_options(m) for m in machines], many),
        (Side.LEVEL, [_level(m) for m in machines], many),
        (Side.USAGE, [_between(m.usage, policy.usage_from, policy.usage_to) for m in machines], many),
        (Side.HEALTH, [_between(health, policy.health_from, policy.health_to)], 1),
    )
    parts = tuple(part for side, values, of in sides if (part := _part(side, values, of, policy)))
    return _weighed(parts, policy) if many else Upsell(None, ZERO, ())


def _part(side: Side, values: Iterable[Decimal | None], of: int, policy: UpsellPolicy) -> Part | None:
    known = [value for value in values if value is not None]
    if not known or not policy.weight(side):
        return None
    return Part(side, (sum(known, ZERO) / len(known)).quantize(FINE), policy.weight(side), len(known), of)


def _weighed(parts: tuple[Part, ...], policy: UpsellPolicy) -> Upsell:
    known, whole = sum(part.weight for part in parts), sum(policy.weight(side) for side in Side)
    coverage = (Decimal(known) / whole).quantize(FINE) if whole else ZERO
    if not known or coverage * 100 < policy.least_coverage:
        return Upsell(None, coverage, parts)
    return Upsell((sum((p.points for p in parts), ZERO) * HUNDRED / known).quantize(TENTH), coverage, parts)


def _between(value: Decimal | None, begins: int, ends: int) -> Decimal | None:
    """0 up to the first value, 1 from the second on, in a straight line between."""
    if value is None:
        return None
    return min(max((value - begins) / (ends - begins), ZERO), ONE)


def _age(machine: UpsellMachine, policy: UpsellPolicy, on: date) -> Decimal | None:
    """Months since it was new, or made new: an upgrade counts from its day."""
    days = [day for day in (machine.installed_on, machine.upgraded_on) if day is not None and day <= on]
    if machine.installed_on is None or not days:
        return None
    return _between(Decimal(months_between(max(days), on)), policy.age_from_months, policy.age_to_months)


def months_between(first: date, last: date) -> int:
    """Full months from one day to a later one."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


def _options(machine: UpsellMachine) -> Decimal | None:
    """Of what comparable machines have, how much this one lacks."""
    if machine.lacked is None or not machine.usual:
        return None
    return min(machine.lacked / machine.usual, ONE)


def _level(machine: UpsellMachine) -> Decimal | None:
    """How far its contract is below those of comparable machines."""
    if machine.rung is None or not machine.peers_rung:
        return None
    return min(max((machine.peers_rung - machine.rung) / machine.peers_rung, ZERO), ONE)
