"""When a handoff is complete, and until when it is to be answered (EX-27, EX-28, CV-02, CV-05). Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

TO_SALES, TO_CS, TO_OPERATIONS = "to_sales", "to_cs", "to_ops"
MACHINE, CONTRACT, TRAINING = "machine", "contract", "training"
# What a handoff may say, in the order in which it is read.
ITEMS: dict[str, tuple[str, ...]] = {
    TO_SALES: ("what", "history", "preferences", "sensitivities", "contact", "introduced_on"),
    TO_CS: ("what", "promises", "operator", "training", "risks", "installs_on"),
    TO_OPERATIONS: ("what", "promised", "operator", "risks", "installs_on"),
}
_BRINGS_A_MACHINE = {"new_logo", "additional_machine", "upgrade", "replacement"}


@dataclass(frozen=True)
class HandoffPolicy:
    """What must be said before a handoff is complete, by what the deal delivers; and days until it is answered.

    A won deal that delivers a machine or a contract is to be handed over completely within `handoff_days` (CV-02).
    """

    policy_name: ClassVar[str] = "sales.handoff"

    handoff_days: int = 5
    to_sales: tuple[str, ...] = ("what", "history", "contact", "introduced_on")
    machine: tuple[str, ...] = ("what", "promises", "operator", "training", "risks", "installs_on")
    contract: tuple[str, ...] = ("what", "promises", "risks")
    training: tuple[str, ...] = ("what", "training")
    operations: tuple[str, ...] = ("what", "installs_on")

    def required(self, direction: str, delivered: Collection[str]) -> tuple[str, ...]:
        """The items that this handoff must have, in the order of `ITEMS`; at least what it is about."""
        if direction == TO_SALES:
            wanted = {"what", *self.to_sales}
        elif direction == TO_OPERATIONS:
            wanted = {"what", *self.operations}
        else:
            parts = {MACHINE: self.machine, CONTRACT: self.contract, TRAINING: self.training}
            wanted = {"what"}.union(*(parts[part] for part in delivered if part in parts))
        return tuple(item for item in ITEMS[direction] if item in wanted)

    def due_on(self, since: date) -> date:
        """The last day on which it is in time."""
        return since + timedelta(days=self.handoff_days)

    def problems(self) -> list[str]:
        """Items that no handoff has, and days below one."""
        found = [] if self.handoff_days >= 1 else ["handoff_days: choose one day or more."]
        of_cs = (("machine", TO_CS), ("contract", TO_CS), ("training", TO_CS))
        for name, direction in (("to_sales", TO_SALES), *of_cs, ("operations", TO_OPERATIONS)):
            unknown = [item for item in getattr(self, name) if item not in ITEMS[direction]]
            found += [
                f"{name}: there is no item {item}; choose from {', '.join(ITEMS[direction])}." for item in unknown
            ]
        return found


def delivers(kind: str, products: Iterable[str], *, existing: bool, wrote: Collection[str] = ()) -> frozenset[str]:
    """What a deal delivers: a machine, a contract, training.

    `products` are the kinds of product on its lines, `existing` says whether a line is about a machine that stands
    there already, `wrote` what was written down when it was won: that alone counts where it is known.
    """
    if wrote:
        return frozenset(wrote)
    kinds = set(products)
    if kind in _BRINGS_A_MACHINE or kinds & {"machine", "module"}:
        return frozenset({MACHINE})
    if kind in ("contract_upsell", "win_back"):
        return frozenset({CONTRACT})
    # Cross-sell: a contract on a machine that has none, else training or a service.
    return frozenset({CONTRACT} if existing and not kinds else {TRAINING})


def missing(required: Iterable[str], said: Collection[str]) -> tuple[str, ...]:
    """What must still be said."""
    return tuple(item for item in required if item not in said)


def in_time(since: date, accepted_on: date | None, on: date, policy: HandoffPolicy) -> bool:
    """Whether it was accepted by its day, or may still be."""
    return (accepted_on or on) <= policy.due_on(since)


def is_complete(required: Iterable[str], said: Collection[str], accepted_on: date | None, on: date) -> bool:
    """A handoff is complete on a day if it was accepted by then and lacks nothing (CV-02)."""
    return accepted_on is not None and accepted_on <= on and not missing(required, said)


def completed_on(accepted: Iterable[date | None]) -> date | None:
    """The day on which everybody who was asked had accepted; None while somebody has not (CV-01)."""
    days = list(accepted)
    known = [day for day in days if day]
    return max(known) if days and len(known) == len(days) else None
