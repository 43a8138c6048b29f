"""A contract that was not renewed is asked about again (win-back). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from expansion.rules.episodes import Episode, earlier

BACK, LONG_AGO, UNDECIDED = "back", "long_ago", "undecided"


@dataclass(frozen=True)
class WinBackPolicy:
    """`after_days` after a renewal was lost the customer is asked again; after `open_days` more it is history."""

    policy_name: ClassVar[str] = "expansion.win_back"

    active: bool = True
    after_days: int = 90
    open_days: int = 365


@dataclass(slots=True)
class LostFacts:
    """A renewal. `lost_on` is None where it was not lost; `back_on` the day a new contract was agreed after it."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    lost_on: date | None
    back_on: date | None = None
    annual: Decimal | None = None
    reason: str = ""


def win_back(facts: LostFacts, policy: WinBackPolicy) -> list[Episode]:
    """One episode per lost renewal, unless they came back before it was due."""
    if facts.lost_on is None:
        return []
    due_on = facts.lost_on + timedelta(days=policy.after_days)
    over_on = earlier(facts.back_on, due_on + timedelta(days=policy.open_days))
    assert over_on is not None
    if over_on <= due_on:
        return []
    gone = BACK if over_on == facts.back_on else LONG_AGO
    seen = {"lost_on": facts.lost_on.isoformat(), "reason": facts.reason}
    worth = "last_contract" if facts.annual is not None else ""
    return [
        Episode(
            f"WINBACK.{facts.lost_on.isoformat()}", due_on, facts.lost_on, over_on, gone, facts.annual, worth, seen
        )
    ]  # fmt: skip
