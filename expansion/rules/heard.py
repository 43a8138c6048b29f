"""What was seen or heard at a customer: a competitor's machine, an event that changes its needs (EX-09..16). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from expansion.rules.episodes import Episode, earlier

GONE, LONG_AGO, TAKEN_BACK = "machine_gone", "long_ago", "taken_back"


@dataclass(frozen=True)
class CompetitorPolicy:
    """A competitor's machine is news for `open_days` after it was first seen."""

    policy_name: ClassVar[str] = "expansion.competitor"

    active: bool = True
    open_days: int = 365


@dataclass(frozen=True)
class EventPolicy:
    """An event at a customer is news for `open_days`."""

    policy_name: ClassVar[str] = "expansion.account_event"

    active: bool = True
    open_days: int = 180


@dataclass(slots=True)
class CompetitorFacts:
    """A competitor's machine at a customer. `seen_on` is None for a machine that is (no longer) a competitor's."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    seen_on: date | None
    taken_out_on: date | None = None
    name: str = ""


@dataclass(slots=True)
class EventFacts:
    """An event at a customer: of which kind, heard where, perhaps about one machine. Its words stay with the event."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    kind: str
    on: date
    heard: str = ""
    asset_id: int | None = None
    taken_back_on: date | None = None


def competitor(facts: CompetitorFacts, policy: CompetitorPolicy) -> list[Episode]:
    """One episode per machine of a competitor."""
    if facts.seen_on is None:
        return []
    history = facts.seen_on + timedelta(days=policy.open_days)
    over_on = earlier(history, facts.taken_out_on)
    if over_on is None or over_on <= facts.seen_on:
        return []
    gone = LONG_AGO if over_on == history else GONE
    seen = {"seen_on": facts.seen_on.isoformat(), "name": facts.name}
    return [Episode("COMPETITOR", facts.seen_on, facts.seen_on, over_on, gone, seen=seen, asset_id=facts.id)]


def account_event(facts: EventFacts, policy: EventPolicy) -> list[Episode]:
    """One episode per event, until it is long ago or was taken back."""
    history = facts.on + timedelta(days=policy.open_days)
    over_on = earlier(history, facts.taken_back_on)
    gone = LONG_AGO if over_on == history else TAKEN_BACK
    seen = {"event": facts.kind, "heard": facts.heard, "on": facts.on.isoformat(), "id": facts.id}
    return [Episode("EVENT", facts.on, facts.on, over_on, gone, seen=seen, asset_id=facts.asset_id)]
