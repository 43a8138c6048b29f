"""The policies of the renewal calendar and of its queue: what a domain owner may change without code."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

MILESTONES = (90, 60, 30, 0)
GATE_DAYS = 180


@dataclass(frozen=True)
class Calendar:
    """Other milestones for the contracts of a kind, the accounts of a segment, or both; empty fits all.

    Days before T. A gate of 0 is no gate.
    """

    kind: str = ""
    segment: str = ""
    milestones: tuple[int, ...] = MILESTONES
    gate: int = GATE_DAYS

    def fits(self, kind: str, segment: str) -> bool:
        return self.kind in ("", kind) and self.segment in ("", segment)


@dataclass(frozen=True)
class MilestonePolicy:
    """The renewal calendar. All in calendar days before T; `tolerance_days` is how far T may move in silence.

    `calendars` are looked through in their order; the first that fits a contract counts for it, else `milestones` and
    `gate`.
    """

    policy_name: ClassVar[str] = "renewals.milestones"

    milestones: tuple[int, ...] = MILESTONES
    gate: int = GATE_DAYS
    calendars: tuple[Calendar, ...] = ()
    tolerance_days: int = 14
    # Every customer is always up for renewal (RN-18): open-ended contracts are reviewed on each anniversary.
    open_ended_review: bool = True
    # A successor that starts later than this after the end is a new contract, not a renewal (CT-31).
    renewal_grace_days: int = 60
    # A renewal is started on time if somebody speaks with the customer by so many days after the first milestone.
    started_within_days: int = 5
    # Open work follows the contract's or account's new owner.
    work_follows_owner: bool = True

    def of(self, kind: str, segment: str) -> "MilestonePolicy":
        """The policy as it counts for a contract of this kind with an account of this segment."""
        found = next((c for c in self.calendars if c.fits(kind, segment)), None)
        return replace(self, milestones=found.milestones, gate=found.gate, calendars=()) if found else self

    @property
    def longest(self) -> int:
        return max(self.milestones, default=0)

    @property
    def every_milestone(self) -> frozenset[int]:
        """The milestones of any contract."""
        return frozenset(self.milestones) | {days for c in self.calendars for days in c.milestones}

    @property
    def leads(self) -> frozenset[int]:
        """Every number of days before T on which something may fall due for anybody, the gates among them."""
        return self.every_milestone | {self.gate} | {c.gate for c in self.calendars}

    @property
    def horizon(self) -> int:
        """How many days before T the first of all milestones and gates lies."""
        return max(self.leads)


@dataclass(frozen=True)
class QueuePolicy:
    """The ready views of the queue. `large_value` is a year's value in the reporting currency, in euros (HS-13)."""

    policy_name: ClassVar[str] = "renewals.queue"

    large_value: Decimal = Decimal(100_000)


@dataclass(frozen=True)
class LoadPolicy:
    """From how many open renewals, and how much of a year's value in the reporting currency, a person has too much."""

    policy_name: ClassVar[str] = "renewals.load"

    most_open: int = 40
    most_value: Decimal = Decimal(5_000_000)
