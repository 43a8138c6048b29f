"""A successor of the product, and the conversation with top customers that nobody had (AP-08). Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from core.calendar import add_months
from expansion.rules.episodes import Episode, earlier

GONE, TALKED, NOT_TOP = "machine_gone", "talked", "not_top"


@dataclass(frozen=True)
class SuccessorPolicy:
    """A machine is told of its successor from the age of `years` on: nobody replaces a new one."""

    policy_name: ClassVar[str] = "expansion.successor"

    active: bool = True
    years: int = 5


@dataclass(frozen=True)
class UpsellTalkPolicy:
    """The `top` customers by revenue are spoken with about growth every `months`."""

    policy_name: ClassVar[str] = "expansion.upsell_talk"

    active: bool = True
    top: int = 20
    months: int = 6


@dataclass(slots=True)
class SuccessorFacts:
    """A machine and the product that follows its own, from which day on, and at which list price."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    installed_on: date | None
    successor_id: int | None = None
    successor: str = ""
    since: date | None = None
    counted: bool = True
    taken_out_on: date | None = None
    price: Decimal | None = None


@dataclass(slots=True)
class TalkFacts:
    """A customer, its rank by the revenue of a year (None: no revenue), and the days of its talks about growth."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    rank: int | None
    talks: tuple[date, ...] = ()


def successor(facts: SuccessorFacts, policy: SuccessorPolicy) -> list[Episode]:
    """One episode per machine and successor, once it is old enough."""
    if None in (facts.since, facts.installed_on, facts.successor_id) or not facts.counted:
        return []
    assert facts.since and facts.installed_on
    due_on = max(facts.since, add_months(facts.installed_on, policy.years * 12))
    if facts.taken_out_on is not None and facts.taken_out_on <= due_on:
        return []
    seen = {"successor": facts.successor, "since": facts.since.isoformat()}
    return [
        Episode(
            f"SUCCESSOR.{facts.successor_id}", due_on, facts.since, facts.taken_out_on,
            GONE if facts.taken_out_on else "", facts.price, "list_price" if facts.price is not None else "", seen,
            facts.id,
        )
    ]  # fmt: skip


def upsell_talk(facts: TalkFacts, policy: UpsellTalkPolicy) -> list[Episode]:
    """One episode per silence about growth at a top customer; who is top is asked for the day, not for the past."""
    if facts.rank is None or facts.rank > policy.top:
        return []
    found = []
    for i, since in enumerate(facts.talks or (facts.known_on,)):
        due_on = add_months(since, policy.months)
        again = facts.talks[i + 1] if i + 1 < len(facts.talks) else None
        over_on = earlier(again)
        if over_on is None or over_on > due_on:
            seen = {"last_on": since.isoformat() if facts.talks else "", "months": policy.months, "top": policy.top}
            key = f"TALK.{since.isoformat()}" if facts.talks else "TALK.never"
            found.append(Episode(key, due_on, since, over_on, TALKED if over_on else "", seen=seen))
    return found
