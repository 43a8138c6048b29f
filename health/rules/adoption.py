"""The three phases after a machine goes live, and what they ask on which day (AD-01, AD-03, AD-04). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

from core.calendar import add_months
from playbooks.rules import Occurrence, Recorded, Rung, climb

PHASE, CHECK_IN, MAINTENANCE, SOFTWARE = (
    "adoption.phase",
    "adoption.check_in",
    "adoption.maintenance",
    "adoption.software",
)


class Phase(StrEnum):
    """Before a machine went live; early adoption; realising value; steady state; and past what onboarding follows."""

    BEFORE = "before"
    EARLY = "early"
    VALUE = "value"
    STEADY = "steady"
    OVER = "over"


@dataclass(frozen=True)
class AdoptionPolicy:
    """Days count from going live (day 0), months likewise.

    Phase 1 lasts to day `early_days` (week 4), phase 2 to day `value_days` (week 12, CT-13); the steady state is
    followed to day `followed_days`. `check_in_days` are those of the first two phases: daily in the first week, then
    weekly, then every second week. `maintenance_months` and `software_months` are for families without intervals of
    their own; reminders come for `reminded_months`, and one more than `late_reminder_days` late is passed over. A
    machine that is not live is expected from `announced_days` before the day that was promised to `expected_days` after
    it, or after its installation.
    """

    policy_name: ClassVar[str] = "health.adoption"

    early_days: int = 28
    value_days: int = 84
    followed_days: int = 182
    expected_days: int = 182
    announced_days: int = 30
    check_in_days: tuple[int, ...] = (1, 2, 3, 4, 7, 14, 21, 28, 42, 56, 70, 84)
    maintenance_months: int = 6
    software_months: int = 12
    reminded_months: int = 24
    late_reminder_days: int = 30
    moved_within_days: int = 14
    first_value_days: int = 30
    value_clock_days: int = 90
    first_week_silence_days: int = 3
    early_silence_days: int = 10
    value_silence_days: int = 21
    steady_silence_days: int = 92
    standstill_days: int = 2
    critical_ticket_days: int = 1
    normal_ticket_days: int = 3
    low_ticket_days: int = 14
    rising_days: int = 14
    rising_percent: int = 2
    trained_by_day: int = 14
    promise_near_days: int = 14


def day_number(went_live_on: date, on: date) -> int:
    """How many days it has been live: 0 on the day itself."""
    return (on - went_live_on).days


def phase_of(went_live_on: date | None, on: date, policy: AdoptionPolicy) -> Phase:
    """In which phase a machine is on a day. The last day of a phase belongs to it."""
    if went_live_on is None or went_live_on > on:
        return Phase.BEFORE
    day = day_number(went_live_on, on)
    if day <= policy.early_days:
        return Phase.EARLY
    if day <= policy.value_days:
        return Phase.VALUE
    return Phase.STEADY if day <= policy.followed_days else Phase.OVER


def phase_starts(went_live_on: date, policy: AdoptionPolicy) -> dict[Phase, date]:
    """The first day of each phase."""
    first_days = {Phase.EARLY: 0, Phase.VALUE: policy.early_days + 1, Phase.STEADY: policy.value_days + 1}
    return {phase: went_live_on + timedelta(days=days) for phase, days in first_days.items()}


def next_check_in(went_live_on: date, last_contact_on: date | None, policy: AdoptionPolicy) -> date | None:
    """The first day of the schedule after the last contact; it may lie in the past. None when all are done."""
    since = max(last_contact_on or went_live_on, went_live_on)
    days = (went_live_on + timedelta(days=n) for n in policy.check_in_days)
    return next((day for day in days if day > since), None)


@dataclass(slots=True)
class GoLive:
    """What the trigger knows of a machine. `lead_id` is the machine of the same go-live that carries the play: several
    that go live at one site on one day are one start. Intervals are those of its family, None for the policy's."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    went_live_on: date | None
    lead_id: int
    country: str = ""
    taken_out_on: date | None = None
    counted: bool = True
    maintenance_months: int | None = None
    software_months: int | None = None

    def followed(self, on: date) -> bool:
        """Whether it stands there and is the one that carries the play."""
        there = self.counted and (self.taken_out_on is None or self.taken_out_on > on)
        return there and self.went_live_on is not None and self.lead_id == self.id


def _rung(rule: str, name: str, milestone: str, due_on: date, start: date) -> Rung:
    """`start` is the go-live day its key names; the rung counts from its own day, so that a step that comes back can be
    told apart."""
    return Rung(rule, f"{name}@{start.isoformat()}", due_on, due_on, milestone, start)


def phase_ladder(live: date, start: date, policy: AdoptionPolicy) -> list[Rung]:
    """The three phases; keys hold the day it went live: LIVE.early@2026-11-02."""
    starts = phase_starts(live, policy)
    return [
        _rung(PHASE, f"LIVE.{phase.value}", f"phase {number}", day, start)
        for number, (phase, day) in enumerate(starts.items(), 1)
    ]


def check_in_ladder(live: date, start: date, policy: AdoptionPolicy) -> list[Rung]:
    """The days on which somebody asks how it goes."""
    days = policy.check_in_days
    return [_rung(CHECK_IN, f"CHECK.D{n}", "check-in", live + timedelta(days=n), start) for n in days]


def reminder_ladders(machine: GoLive, start: date, policy: AdoptionPolicy) -> Iterator[list[Rung]]:
    """Maintenance and software, by the intervals of the family."""
    live = machine.went_live_on
    assert live is not None
    for rule, name, every in (
        (MAINTENANCE, "maintenance", machine.maintenance_months or policy.maintenance_months),
        (SOFTWARE, "software", machine.software_months or policy.software_months),
    ):
        months = range(every, policy.reminded_months + 1, every)
        yield [_rung(rule, f"{name.upper()}.M{n}", name, add_months(live, n), start) for n in months]


def first_days(policy: AdoptionPolicy) -> list[int]:
    """After how many days something of the first two phases falls due."""
    return sorted({0, policy.early_days + 1, policy.value_days + 1, *policy.check_in_days})


def months_asked(policy: AdoptionPolicy) -> range:
    """After how many months a reminder may fall due, whatever the family, and in which a start is over."""
    return range(1, policy.reminded_months + 2)


def is_over(live: date, policy: AdoptionPolicy, on: date) -> bool:
    """Whether the last reminder lies a month back."""
    return on >= add_months(live, policy.reminded_months + 1)


def occurrences(
    machine: GoLive, recorded: Recorded, policy: AdoptionPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What the go-live of a machine sets off on a day, beyond what is on record.

    A start that is over before the day first looks at it leaves no phases: there is nothing to follow. One that is
    known late starts where it stands, earlier rungs are superseded. Check-ins after the second phase and reminders
    that would come much too late, or were due before we knew of the machine, are none.
    """
    live = machine.went_live_on
    if live is None or live > on or not machine.followed(on):
        return []
    start = _start_named(live, recorded, policy)
    found: list[Occurrence] = []
    began = any(rule == PHASE and key.endswith(start.isoformat()) for rule, key in recorded)
    if began or day_number(live, on) <= policy.followed_days:
        found += climb(phase_ladder(live, start, policy), recorded, on, counts_from=counts_from)
    if day_number(live, on) <= policy.value_days + policy.late_reminder_days:
        found += climb(check_in_ladder(live, start, policy), recorded, on, counts_from=counts_from)
    for ladder in reminder_ladders(machine, start, policy):
        new = climb(ladder, recorded, on, counts_from=counts_from)
        found += [one for one in new if _comes_in_time(one.rung, machine, policy, on)]
    return found


def _start_named(live: date, recorded: Recorded, policy: AdoptionPolicy) -> date:
    """The go-live day that keys name: one that is on record and lies near is the same start, corrected."""
    starts = {date.fromisoformat(key.partition("@")[2]) for rule, key in recorded if rule == PHASE}
    near = [start for start in starts if abs((live - start).days) <= policy.moved_within_days]
    return min(near, key=lambda start: (abs((live - start).days), start), default=live)


def _comes_in_time(rung: Rung, machine: GoLive, policy: AdoptionPolicy, on: date) -> bool:
    return (on - rung.due_on).days <= policy.late_reminder_days and rung.due_on >= machine.known_on
