"""When a contract is up for renewal: T, its milestones 90-60-30-0, and the gate before them (RN-01..11). Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, NamedTuple

from core.calendar import add_months, anniversary, inclusive_end, whole_months
from health.rules import Gate, Tier, gate
from installed_base.rules import last_day_to_cancel
from playbooks.rules import Occurrence, Recorded, Rung, State, climb

MILESTONE = "renewal.T-"
GATE = "renewal.gate"
LEAP_DAY = 229
Spoken = Mapping[str, Sequence[date]]


@dataclass(frozen=True)
class MilestonePolicy:
    """The renewal calendar. All in calendar days before T; `tolerance_days` is how far T may move in silence."""

    policy_name: ClassVar[str] = "renewals.milestones"

    milestones: tuple[int, ...] = (90, 60, 30, 0)
    gate: int = 180
    tolerance_days: int = 14
    # Every customer is always up for renewal (RN-18): open-ended contracts are reviewed on each anniversary.
    open_ended_review: bool = True
    # A successor that starts later than this after the end is a new contract, not a renewal (CT-31).
    renewal_grace_days: int = 60
    # A renewal is started on time if somebody speaks with the customer by so many days after the first milestone.
    started_within_days: int = 5
    # Open work follows the contract's or account's new owner.
    work_follows_owner: bool = True

    @property
    def longest(self) -> int:
        return max(self.milestones)


@dataclass(frozen=True)
class QueuePolicy:
    """The ready views of the queue. `large_value` is a year's value in the reporting currency, in euros (HS-13)."""

    policy_name: ClassVar[str] = "renewals.queue"

    large_value: Decimal = Decimal(100_000)


@dataclass(slots=True)
class TermFacts:
    """What the calendar knows of a term. Amounts in the reporting currency; `decided` are reviews people closed."""

    id: int
    account_id: int
    owner_id: int
    number: int
    starts_on: date
    ends_on: date | None
    notice_months: int
    notice_days: int
    tacit_months: int | None
    known_on: date
    draft: bool = False
    notice_received_on: date | None = None
    terminated_on: date | None = None
    successor_starts_on: date | None = None
    value: Decimal | None = None
    tier: Tier = Tier.UNKNOWN
    decided: frozenset[int] = field(default_factory=frozenset)

    @property
    def goes_on(self) -> bool:
        """Whether it continues when nobody says otherwise: tacitly, or because it has no end."""
        return self.ends_on is None or bool(self.tacit_months)


class Cycle(NamedTuple):
    """One time a term comes up: review 0, or the number of the anniversary or tacit continuation."""

    review: int
    decides_on: date
    ends_on: date
    opens_after: date | None = None


class Standing(StrEnum):
    """Why there is still something to decide in a cycle, or no longer."""

    OPEN = "open"
    TERMINATED = "terminated"
    SUCCEEDED = "succeeded"
    WENT_ON = "went_on"
    DECIDED = "decided"


class Bucket(StrEnum):
    """The columns of the renewal queue, by days until T."""

    OVERDUE = "overdue"
    T30 = "t30"
    T60 = "t60"
    T90 = "t90"
    LATER = "later"


# First and last days left of each bucket; both count.
_DAYS: dict[Bucket, tuple[int | None, int | None]] = {
    Bucket.OVERDUE: (None, -1),
    Bucket.T30: (0, 30),
    Bucket.T60: (31, 60),
    Bucket.T90: (61, 90),
    Bucket.LATER: (91, None),
}


def bounds(of: Bucket, on: date) -> tuple[date | None, date | None]:
    """First and last `decides_on` of a bucket on that date; None where it has no bound."""
    first, last = (None if days is None else on + timedelta(days=days) for days in _DAYS[of])
    return first, last


def bucket(decides_on: date, on: date) -> Bucket:
    """Both ends of a bucket count: 30 days is still within 30."""
    left = (decides_on - on).days
    return next(found for found, (_, last) in _DAYS.items() if last is None or left <= last)


def decides_on(term: TermFacts, policy: MilestonePolicy, on: date) -> date | None:
    """T: the last day on which a side can still decide; of a term that goes on, the next such day from `on` (G-01).

    None where nothing comes up: a draft, or an open-ended term without reviews.
    """
    return next((c.decides_on for c in _cycles(term, policy) if c.decides_on >= on or not term.goes_on), None)


def milestone_dates(decides_on: date, policy: MilestonePolicy) -> dict[int, date]:
    """Calendar days back from T, never months (W-12)."""
    return {days: decides_on - timedelta(days=days) for days in policy.milestones}


def cycles(term: TermFacts, policy: MilestonePolicy, until: date) -> Iterator[Cycle]:
    """The cycles whose T lies on or before `until`.

    Those of a term that goes on begin with the first that ended after we knew it, and stop with the one in which it
    was terminated, cancelled or succeeded.
    """
    over_on = min(_endings(term), default=None)
    before: date | None = None
    for cycle in _cycles(term, policy):
        if cycle.decides_on > until or (before and over_on and before >= over_on):
            return
        if not term.goes_on or cycle.ends_on >= term.known_on:
            yield cycle
        before = cycle.decides_on


def _endings(term: TermFacts) -> list[date]:
    days = (term.terminated_on, term.successor_starts_on, term.notice_received_on)
    return [day for day in days if day is not None]


def _cycles(term: TermFacts, policy: MilestonePolicy) -> Iterator[Cycle]:
    if term.draft or (term.ends_on is None and not policy.open_ended_review):
        return
    if term.ends_on is not None and not term.tacit_months:
        yield Cycle(0, term.ends_on, term.ends_on)
        return
    before: date | None = None
    for review in _reviews_from(term):
        ends_on = _nth_end(term, review)
        last_day = last_day_to_cancel(ends_on, term.notice_months, term.notice_days)
        yield Cycle(review, last_day, ends_on, before)
        before = last_day


def _reviews_from(term: TermFacts) -> Iterator[int]:
    """Review numbers, beginning two before we knew the term: what lies further back never mattered here."""
    step, first, zero = (12, 1, term.starts_on) if term.ends_on is None else (term.tacit_months or 1, 0, term.ends_on)
    months = (term.known_on.year - zero.year) * 12 + term.known_on.month - zero.month
    number = max(first, months // step - 2)
    while _in_calendar(zero, number * step):
        yield number
        number += 1


def _in_calendar(zero: date, months: int) -> bool:
    return zero.year + months // 12 < 9998


def _nth_end(term: TermFacts, review: int) -> date:
    """Always counted from the start of the term, never from the previous end (firing.md, Calendar)."""
    if term.ends_on is None:
        return anniversary(term.starts_on, review)
    months = whole_months(term.starts_on, term.ends_on)
    longer = review * (term.tacit_months or 0)
    if months is not None:
        return inclusive_end(term.starts_on, months + longer)
    return term.ends_on if review == 0 else add_months(term.ends_on, longer)


def standing(term: TermFacts, cycle: Cycle, policy: MilestonePolicy, on: date) -> Standing:
    """Terminated and succeeded count from the day they are known; going on, from the day after the last to cancel."""
    if cycle.review in term.decided:
        return Standing.DECIDED
    if _succeeded(term, cycle, policy):
        return Standing.SUCCEEDED
    if term.terminated_on is not None:
        return Standing.TERMINATED
    cancelled = term.notice_received_on is not None and term.notice_received_on <= cycle.decides_on
    if term.goes_on and cycle.decides_on < on and not cancelled:
        return Standing.WENT_ON
    return Standing.OPEN


def _succeeded(term: TermFacts, cycle: Cycle, policy: MilestonePolicy) -> bool:
    starts_on = term.successor_starts_on
    if starts_on is None:
        return False
    return term.goes_on or starts_on <= cycle.ends_on + timedelta(days=policy.renewal_grace_days)


def occurrences(
    term: TermFacts, recorded: Recorded, policy: MilestonePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What the calendar of a term says on a day, beyond what is on record."""
    found: list[Occurrence] = []
    spoken = _spoken(recorded)
    for cycle in cycles(term, policy, on + timedelta(days=max(policy.longest, policy.gate))):
        state = standing(term, cycle, policy, on)
        found += climb(
            _ladder(term, cycle, spoken, policy),
            recorded,
            on,
            counts_from=counts_from,
            baseline_before=term.known_on if cycle.ends_on < term.known_on else None,
            withdrawn=state is not Standing.OPEN,
        )
        if state is Standing.OPEN and gate(term.tier) is Gate.OPENS:
            ladder = _gate(term, cycle, spoken, policy, on)
            found += climb(ladder, recorded, on, counts_from=counts_from)
    return found


def _ladder(term: TermFacts, cycle: Cycle, spoken: Spoken, policy: MilestonePolicy) -> list[Rung]:
    """The milestones of a cycle, earliest first, without those that spoke for a T close by."""
    rungs = [milestone(term, cycle, days) for days in sorted(policy.milestones, reverse=True)]
    return [
        rung
        for rung in rungs
        if not (cycle.opens_after and rung.due_on <= cycle.opens_after)
        and not _spoke(rung, spoken, policy.tolerance_days)
    ]


def milestone(term: TermFacts, cycle: Cycle, days: int) -> Rung:
    due_on = cycle.decides_on - timedelta(days=days)
    key = f"T{term.number}.M{days}@{cycle.decides_on.isoformat()}"
    return Rung(f"{MILESTONE}{days}", key, due_on, cycle.decides_on, f"T-{days}", cycle)


def _spoken(recorded: Recorded) -> Spoken:
    """For each rule, the T for which it fired or was superseded."""
    found: dict[str, list[date]] = {}
    for (rule, key), state in recorded.items():
        if state in (State.FIRED, State.SUPERSEDED):
            found.setdefault(rule, []).append(anchor_of(key))
    return found


def _spoke(rung: Rung, spoken: Spoken, tolerance: int) -> bool:
    """Whether this rung spoke for another T within the tolerance."""
    return any(0 < abs((anchor - rung.anchor_on).days) <= tolerance for anchor in spoken.get(rung.rule, ()))


def anchor_of(key: str) -> date:
    """The T that an occurrence key holds: T3.M90@2026-12-31."""
    return date.fromisoformat(key.rpartition("@")[2])


def _gate(term: TermFacts, cycle: Cycle, spoken: Spoken, policy: MilestonePolicy, on: date) -> list[Rung]:
    if not _at_gate(cycle, policy, on):
        return []
    due_on = cycle.decides_on - timedelta(days=policy.gate)
    key = f"T{term.number}.G{policy.gate}@{cycle.decides_on.isoformat()}"
    rung = Rung(GATE, key, due_on, cycle.decides_on, "gate", cycle)
    return [] if _spoke(rung, spoken, policy.tolerance_days) else [rung]


def _at_gate(cycle: Cycle, policy: MilestonePolicy, on: date) -> bool:
    """Past the gate, and before the first milestone and after the previous decision."""
    ahead = (cycle.decides_on - on).days
    return policy.longest < ahead <= policy.gate and not (cycle.opens_after and on <= cycle.opens_after)


def gate_lists(term: TermFacts, policy: MilestonePolicy, on: date) -> bool:
    """Whether this term stands between gate and first milestone with a health that nobody knows."""
    return gate(term.tier) is Gate.LISTS and any(
        _at_gate(cycle, policy, on) and standing(term, cycle, policy, on) is Standing.OPEN
        for cycle in cycles(term, policy, on + timedelta(days=policy.gate))
    )


def anchor_windows(policy: MilestonePolicy, after: date, until: date) -> list[tuple[date, date]]:
    """Stretches of T, both ends included, in which something happens in (after, until]: what an index is asked for.

    A milestone or the gate falls due, or T has just passed, upon which a term that goes on has gone on.
    """
    leads = sorted({*policy.milestones, policy.gate, -1})
    return [(after + timedelta(days=lead + 1), until + timedelta(days=lead)) for lead in leads]


def anniversary_days(windows: Iterable[tuple[date, date]], notices: Iterable[tuple[int, int]]) -> set[int]:
    """Month and day (month x 100 + day) of the anniversaries behind these T, for notices of (months, days).

    Three days wider on both sides, because the ends of months differ; and 29 February wherever the 28th is, because
    that is its day in common years. The rule decides, this only finds candidates.
    """
    found: set[int] = set()
    for months, days in notices:
        for first, last in windows:
            begin = add_months(first + timedelta(days=days), months) - timedelta(days=3)
            end = add_months(last + timedelta(days=days), months) + timedelta(days=3)
            stretch = (begin + timedelta(days=i) for i in range(min((end - begin).days + 1, 366)))
            found |= {day.month * 100 + day.day for day in stretch}
    return found | {LEAP_DAY} if found & {LEAP_DAY - 1, LEAP_DAY} else found
