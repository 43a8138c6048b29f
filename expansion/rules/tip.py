"""What a tip sets off: its 48 hours are over, its deal was won (ST-02, ST-03). Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from playbooks.rules import Occurrence, Recorded, Rung, State, climb

LATE, WON = "tip.late", "tip.won"


@dataclass(frozen=True)
class TipPolicy:
    """Within how many hours a tip is followed up, counted on the calendar (ST-02)."""

    policy_name: ClassVar[str] = "expansion.tips"

    answer_hours: int = 48


@dataclass(slots=True)
class TipFacts:
    """A tip as of a day: who answers it, who gave it (owner ids), on which days it was given, answered and won.

    `value` is that of its deal, in the reporting currency; None while nobody knows.
    """

    id: int
    account_id: int
    known_on: date
    owner_id: int
    giver_id: int
    given_on: date
    answered_on: date | None = None
    won_on: date | None = None
    value: Decimal | None = None


def answer_by(given_at: datetime, policy: TipPolicy) -> datetime:
    """The moment until which the technician waits at most."""
    return given_at + timedelta(hours=policy.answer_hours)


def answered_in_time(given_at: datetime, answered_at: datetime | None, policy: TipPolicy) -> bool:
    return answered_at is not None and answered_at <= answer_by(given_at, policy)


def late_on(given_on: date, policy: TipPolicy) -> date:
    """The first day on which a tip that nobody answered is certainly late."""
    return given_on + timedelta(days=-(-policy.answer_hours // 24) + 1)


def tip_news(tip: TipFacts, recorded: Recorded, policy: TipPolicy, counts_from: date, on: date) -> list[Occurrence]:
    """A tip is late once, and won once. Neither supersedes the other: they are told to different people."""
    found = []
    for rung in _rungs(tip, policy):
        found += climb([rung], recorded, on, counts_from=counts_from)
    return [o for o in found if o.state is not State.WITHDRAWN]


def _rungs(tip: TipFacts, policy: TipPolicy) -> list[Rung]:
    late = late_on(tip.given_on, policy)
    rungs = []
    if tip.answered_on is None or tip.answered_on >= late:
        rungs.append(Rung(LATE, "LATE", late, tip.given_on, "late"))
    if tip.won_on is not None:
        rungs.append(Rung(WON, f"WON.{tip.won_on.isoformat()}", tip.won_on, tip.won_on, "won"))
    return rungs
