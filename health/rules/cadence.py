"""How often we speak with a customer of a tier and a segment, and the check-ins that follow (CT-22). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import ClassVar

from core.calendar import add_months
from health.rules.tier import Tier
from playbooks.rules import Occurrence, Recorded, Rung, climb

CHECKIN = "health.checkin"
# The playbook of each tier, by the keys of the library.
BOOKS = {Tier.RED: "rescue", Tier.YELLOW: "recover", Tier.GREEN: "grow"}
TIER_OF = {book: tier for tier, book in BOOKS.items()}
# The steps that are a talk with the customer: of one play at most one of them is open.
TALKS = ("call", "check-in", "update", "expand", "advocacy")
# What a green quarter is for, in turn.
_QUARTERS = 3


@dataclass(frozen=True)
class Cadence:
    """A talk every so many months, or days where it names no months. `segment` empty: any.

    Silence is an alert when it lasts `tolerance_days` longer than that.
    """

    tier: str
    segment: str = ""
    months: int = 0
    days: int = 0
    tolerance_days: int = 0

    def after(self, anchor: date, times: int) -> date:
        """The day so many turns after the anchor, always counted from the anchor itself."""
        return add_months(anchor, self.months * times) if self.months else anchor + timedelta(days=self.days * times)

    def silent_from(self, last_on: date) -> date:
        """The day on which a silence that began then is too long."""
        return self.after(last_on, 1) + timedelta(days=self.tolerance_days)


@dataclass(frozen=True)
class SilencePolicy:
    """How often we speak with whom. A tier and segment without a cadence of its own is called after `months` (HS-12).

    A silent customer is called within `call_within_days`. Green is never bothered more than once a quarter (CT-22).
    """

    policy_name: ClassVar[str] = "health.silence"

    months: int = 3
    call_within_days: int = 7
    cadences: tuple[Cadence, ...] = (
        Cadence(Tier.RED.value, days=7, tolerance_days=7),
        Cadence(Tier.YELLOW.value, months=1, tolerance_days=14),
        Cadence(Tier.GREEN.value, "small", months=6),
    )

    def cadence(self, tier: Tier, segment: str = "") -> Cadence:
        """The cadence of a tier and segment: the one that names both, the one of the tier, or the general one."""
        of_tier = [c for c in self.cadences if c.tier == tier.value and c.segment in ("", segment)]
        named = sorted(of_tier, key=lambda c: c.segment == "")
        return named[0] if named else Cadence(tier.value, months=self.months)

    @property
    def every(self) -> tuple[Cadence, ...]:
        """All cadences there are, the general one first."""
        return (Cadence(Tier.UNKNOWN.value, months=self.months), *self.cadences)


@dataclass(frozen=True, slots=True)
class Stood:
    """Days in one tier and segment: from `began_on` until before `ended_on`."""

    tier: Tier
    segment: str
    began_on: date
    ended_on: date | None = None


def fell_silent_on(last_on: date, stood: Sequence[Stood], policy: SilencePolicy) -> date | None:
    """The first day on which a silence was too long for where the account stood that day; None while it is not."""
    for row in stood:
        due_on = policy.cadence(row.tier, row.segment).silent_from(last_on)
        first = max(row.began_on, due_on)
        if row.ended_on is None or first < row.ended_on:
            return first
    return None


@dataclass(slots=True)
class CheckinFacts:
    """An open play of a tier: `anchor_on` is the day its spell began, which never moves (firing.md 4)."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    book: str
    anchor_on: date
    opened_on: date
    segment: str
    country: str
    subject_id: int
    value: Decimal | None
    talking: bool

    @property
    def tier(self) -> Tier:
        return TIER_OF[self.book]


def checkin_news(
    facts: CheckinFacts, recorded: Recorded, policy: SilencePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """The check-ins of a play that fell due; of several that were missed only the latest is work."""
    return climb(checkins(facts, policy, on), recorded, on, counts_from=counts_from)


def checkins(facts: CheckinFacts, policy: SilencePolicy, until: date) -> list[Rung]:
    """All recurring check-ins up to a day. The first talk of a play is among the steps it opens with."""
    return list(_rungs(facts, policy.cadence(facts.tier, facts.segment), until))


def _rungs(facts: CheckinFacts, cadence: Cadence, until: date) -> Iterator[Rung]:
    for turn in count(1 if facts.tier is Tier.RED else 2):
        due_on = cadence.after(facts.anchor_on, turn)
        if due_on > until:
            return
        if due_on > facts.opened_on:
            yield Rung(CHECKIN, f"CHECKIN.{due_on.isoformat()}", due_on, facts.anchor_on, _milestone(facts.tier, turn))


def _milestone(tier: Tier, turn: int) -> str:
    """Which steps a turn releases: a weekly call, a monthly check-in, or the theme of a quarter."""
    plain = {Tier.RED: "week", Tier.YELLOW: "month"}
    return plain.get(tier) or f"quarter-{(turn - 1) % _QUARTERS}"
