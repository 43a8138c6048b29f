"""A chance as a stretch of time: due on a day, over on a later one. The facts alone say when, never the run. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from playbooks.rules import Occurrence, Recorded, Rung, State


class Facts(Protocol):
    """What a rule knows of its subject. `known_on` is the day on which we learned of the subject."""

    id: int
    account_id: int
    owner_id: int
    known_on: date


class Switched(Protocol):
    """A policy that may be off: then nothing new fires, and what fired stays."""

    @property
    def active(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Episode:
    """One chance. `key` holds the anchor it counts from, `over_on` is the first day on which it no longer is one.

    `gone` says why it is over, `seen` is what the reason in words is made of, `value` a euro estimate and `worth` where
    it comes from. Several episodes of one subject never share a key.
    """

    key: str
    due_on: date
    anchor_on: date
    over_on: date | None = None
    gone: str = ""
    value: Decimal | None = None
    worth: str = ""
    seen: dict[str, Any] = field(default_factory=dict)
    asset_id: int | None = None

    def stands(self, on: date) -> bool:
        """Whether it is a chance on that day."""
        return self.due_on <= on and (self.over_on is None or self.over_on > on)


def news(
    rule: str,
    facts: Facts,
    episodes: Iterable[Episode],
    recorded: Recorded,
    policy: Switched,
    counts_from: date,
    on: date,
) -> list[Occurrence]:
    """What is new on a day: what stands fires, what came and went is withdrawn, what an older policy saw is baseline.

    An episode that was over before anybody knew its subject does not exist. The keys on record depend on the facts
    alone, whatever the days on which the rule was asked.
    """
    if not policy.active:
        return []
    found = []
    for episode in episodes:
        if episode.due_on > on or _ended_before_we_knew(episode, facts):
            continue
        state = _state(episode, counts_from, on)
        before = recorded.get((rule, episode.key))
        if before is None or (before == State.WITHDRAWN and state is State.FIRED):
            rung = Rung(rule, episode.key, episode.due_on, episode.anchor_on, "open", episode)
            found.append(Occurrence(rung, state))
    return found


def _ended_before_we_knew(episode: Episode, facts: Facts) -> bool:
    return episode.over_on is not None and episode.over_on <= facts.known_on


def _state(episode: Episode, counts_from: date, on: date) -> State:
    if episode.due_on < counts_from:
        return State.BASELINE
    return State.FIRED if episode.stands(on) else State.WITHDRAWN


def next_look(episodes: Iterable[Episode], on: date) -> date | None:
    """The next day on which time alone changes something; None while only new facts can."""
    days = [day for e in episodes for day in (e.due_on, e.over_on) if day is not None and day > on]
    return min(days, default=None)


def earlier(*days: date | None) -> date | None:
    """The first of these days, of those that are known."""
    return min((day for day in days if day is not None), default=None)


def stretches(days: Iterable[date], holds: Callable[[date], bool]) -> list[tuple[date, date | None]]:
    """The longest stretches in which something holds, as (first day, first day after; None: it goes on).

    `days` are all days on which that may change.
    """
    found: list[tuple[date, date | None]] = []
    since: date | None = None
    for day in sorted(set(days)):
        if holds(day):
            since = since or day
        elif since is not None:
            found.append((since, day))
            since = None
    return [*found, (since, None)] if since is not None else found


def total(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
