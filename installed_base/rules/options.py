"""Upgrade options of machines: which apply, which are fitted, which are missing where others have them, and which
failures they would have prevented (IB-04, WS-09, EX-06, EX-31). Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

_BETWEEN = re.compile(r"\s*[;,\n]\s*")


@dataclass(frozen=True)
class OptionsPolicy:
    """An option is `standard` where at least that share of the comparable machines has it; fewer comparable machines
    than `least_machines` say nothing."""

    policy_name: ClassVar[str] = "installed_base.options"

    least_machines: int = 5
    standard: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of the catalogue, for machines of a product or of a whole family. `price` in the reporting currency."""

    id: int
    name: str
    kind: str
    product_id: int | None = None
    family_id: int | None = None
    offered_from: date | None = None
    prevents: tuple[str, ...] = ()
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine is, and what is fitted to it (`fitted_names` of its configuration), as it stood on a day."""

    id: int
    product_id: int | None
    family_id: int | None
    fitted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Missing:
    """An option that applies and is not fitted. `share` of the `of` other machines have it; None: too few to say."""

    option: Option
    share: Decimal | None
    of: int
    standard: bool


def key_of(name: str) -> str:
    """An option as names are compared: without regard to case and spaces around it."""
    return name.strip().casefold()


def fitted_names(options: Any) -> frozenset[str]:
    """What `options` of a configuration names: a list of names, or one text with commas or semicolons between them."""
    if isinstance(options, str):
        options = _BETWEEN.split(options)
    if not isinstance(options, list):
        return frozenset()
    return frozenset(key for name in options if isinstance(name, str) and (key := key_of(name)))


def applies(option: Option, product_id: int | None, family_id: int | None) -> bool:
    if option.product_id is not None:
        return option.product_id == product_id
    return option.family_id is not None and option.family_id == family_id


def applicable(options: Iterable[Option], machine: Machine, on: date) -> list[Option]:
    """The options that a machine can be offered on that day, fitted or not."""
    return [
        option
        for option in options
        if applies(option, machine.product_id, machine.family_id)
        and (option.offered_from is None or option.offered_from <= on)
    ]


def would_prevent(option: Option, problem: str) -> bool:
    """Whether one of the words of the option stands in what went wrong."""
    told = problem.casefold()
    return any(word in told for word in map(key_of, option.prevents) if word)


class Fleet:
    """All machines in service, by what they are and what is fitted to them: who can be compared with whom."""

    def __init__(self, counts: Mapping[tuple[int | None, int | None, frozenset[str]], int]) -> None:
        self.counts = dict(counts)

    def fitted(self, option: Option) -> tuple[int, int]:
        """How many machines have it, of how many to which it applies."""
        name, have, could = key_of(option.name), 0, 0
        for (product, family, fitted), count in self.counts.items():
            if applies(option, product, family):
                could += count
                have += count if name in fitted else 0
        return have, could


def missing(
    machine: Machine, options: Iterable[Option], shares: Mapping[int, tuple[int, int]], policy: OptionsPolicy, on: date
) -> list[Missing]:
    """What the machine lacks, the most usual at others first. `shares` are those of `Fleet.fitted`, by option; they
    count this machine too, which lacks the option: it is none of the others."""
    found = [
        _lacking(option, *shares.get(option.id, (0, 0)), policy)
        for option in applicable(options, machine, on)
        if key_of(option.name) not in machine.fitted
    ]
    return sorted(found, key=lambda one: (-(one.share if one.share is not None else -1), one.option.name))


def _lacking(option: Option, have: int, could: int, policy: OptionsPolicy) -> Missing:
    others = could - 1
    if others < policy.least_machines:
        return Missing(option, None, max(others, 0), False)
    share = Decimal(min(have, others)) / others
    return Missing(option, share, others, share >= policy.standard)
