"""A machine in service without a contract is a chance (IB-08). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from expansion.rules.cover import Gap, Span, gaps
from expansion.rules.episodes import Episode

GONE, COVERED = "machine_gone", "covered"


@dataclass(frozen=True)
class UncoveredPolicy:
    """How many days a machine may stand without a contract or warranty before it is a chance."""

    policy_name: ClassVar[str] = "expansion.uncovered"

    active: bool = True
    grace_days: int = 30


@dataclass(slots=True)
class UncoveredFacts:
    """A machine with its contracts. `began_on` is its first evidence, `warranty_ends_on` counts as cover."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    began_on: date | None = None
    warranty_ends_on: date | None = None
    counted: bool = True
    taken_out_on: date | None = None
    spans: tuple[Span, ...] = ()
    level: str = ""
    level_price: Decimal | None = None


def uncovered(facts: UncoveredFacts, policy: UncoveredPolicy) -> list[Episode]:
    """One episode per stretch without contract and warranty.

    A machine that never had a contract, and stood bare before we knew it, is none: it stands in the hunting list. Else
    the first import of a base would raise a signal for every machine in it.
    """
    if not facts.counted:
        return []
    begins_on = facts.began_on
    if facts.warranty_ends_on is not None:
        begins_on = max(facts.warranty_ends_on + timedelta(days=1), begins_on or date.min)
    found = []
    for gap in gaps(facts.spans, begins_on, facts.taken_out_on):
        due_on = gap.since + timedelta(days=policy.grace_days)
        short = gap.until is not None and gap.until <= due_on
        if not short and (gap.before or due_on >= facts.known_on):
            found.append(_episode(facts, gap, due_on))
    return found


def _episode(facts: UncoveredFacts, gap: Gap, due_on: date) -> Episode:
    paid = gap.before.annual if gap.before else None
    value, worth = (paid, "last_contract") if paid is not None else (facts.level_price, "level_price")
    gone = GONE if gap.until is not None and gap.until == facts.taken_out_on else COVERED
    after = "contract" if gap.before else "warranty" if facts.warranty_ends_on else ""
    seen = {"since": gap.since.isoformat(), "after": after, "level": facts.level if worth == "level_price" else ""}
    key = f"UNCOVERED.{gap.since.isoformat()}"
    return Episode(
        key, due_on, gap.since, gap.until, gone, value, worth if value is not None else "", seen, facts.id
    )  # fmt: skip
