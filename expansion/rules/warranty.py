"""A machine's warranty ends, and no contract follows: the moment to sell the first one (G-05). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from expansion.rules.cover import Span
from expansion.rules.episodes import Episode, earlier

GONE, COVERED, LAPSED = "machine_gone", "covered", "lapsed"


@dataclass(frozen=True)
class WarrantyPolicy:
    """`ahead_days` before the warranty ends it is a chance, until `after_days` after: then it is a bare machine."""

    policy_name: ClassVar[str] = "expansion.warranty"

    active: bool = True
    ahead_days: int = 90
    after_days: int = 30


@dataclass(slots=True)
class WarrantyFacts:
    """A machine with its warranty and contracts. `level_price` is a year of the lowest level, in reporting currency."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    ends_on: date | None
    counted: bool = True
    taken_out_on: date | None = None
    spans: tuple[Span, ...] = ()
    level: str = ""
    level_price: Decimal | None = None


def warranty(facts: WarrantyFacts, policy: WarrantyPolicy) -> list[Episode]:
    """One episode per end of warranty; none where a contract was agreed before it was due."""
    if facts.ends_on is None or not facts.counted:
        return []
    due_on = facts.ends_on - timedelta(days=policy.ahead_days)
    bare_on = facts.ends_on + timedelta(days=1)
    following = [span for span in facts.spans if span.until is None or span.until > bare_on]
    covered = earlier(*(min(span.agreed_on, span.starts_on) for span in following))
    lapsed = bare_on + timedelta(days=policy.after_days - 1)
    over_on, gone = min(
        (day, why) for day, why in ((covered, COVERED), (facts.taken_out_on, GONE), (lapsed, LAPSED)) if day is not None
    )
    if over_on <= due_on:
        return []
    seen = {"ends_on": facts.ends_on.isoformat(), "level": facts.level}
    worth = "level_price" if facts.level_price is not None else ""
    return [
        Episode(
            f"WARRANTY.{facts.ends_on.isoformat()}", due_on, facts.ends_on, over_on, gone, facts.level_price, worth,
            seen, facts.id,
        )
    ]  # fmt: skip
