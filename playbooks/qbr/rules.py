"""When a QBR comes round, what is prepared by when, and until when its summary is in time (QB-01..05). Pure."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from core.calendar import add_months
from playbooks.rules import Occurrence, Recorded, Rung, State, climb, on_working_day

PLAN, AGENDA, LATE = "qbr.plan", "qbr.agenda", "qbr.summary_late"
# The five parts of a meeting, in their order.
PARTS = ("review", "value", "feedback", "roadmap", "actions")
# No customer gets more of them than one a quarter (CT-22).
LEAST_MONTHS = 3
CALENDAR, OPENING = "calendar", "opening"


@dataclass(frozen=True)
class Rhythm:
    """How many months lie between two QBRs with the accounts of a segment."""

    segment: str
    months: int


@dataclass(frozen=True)
class QbrPolicy:
    """How often a QBR is held, by segment, and how it is prepared and followed up.

    Days count back from the meeting: `plan_days` and `agenda_days`. A meeting of the rhythm stands in the plan
    `shown_days` ahead. A date that moves by at most `tolerance_days` after its agenda was asked for asks for no other.
    `minutes` are those of the five parts; in all a meeting should take `shortest` to `longest`. The summary is in time
    within `summary_hours`, by the `clock`: "calendar", or "opening" for the hours from `opens` to `closes` on working
    days.
    """

    policy_name: ClassVar[str] = "playbooks.qbr"

    rhythms: tuple[Rhythm, ...] = (Rhythm("enterprise", 3), Rhythm("mid_market", 6), Rhythm("small", 12))
    other_months: int = 12
    plan_days: int = 14
    agenda_days: int = 7
    shown_days: int = 28
    tolerance_days: int = 14
    minutes: tuple[int, ...] = (15, 20, 15, 20, 10)
    shortest: int = 60
    longest: int = 90
    summary_hours: int = 48
    clock: str = CALENDAR
    opens: int = 8
    closes: int = 18

    def months_of(self, segment: str) -> int:
        """Months between two QBRs of an account; never less than a quarter."""
        found = next((r.months for r in self.rhythms if r.segment == segment), self.other_months)
        return max(found, LEAST_MONTHS)


def slot_after(anchor: date, months: int, after: date) -> date:
    """The first date of the rhythm later than `after`: whole steps of months from the anchor, never from the last."""
    steps = max(((after.year - anchor.year) * 12 + after.month - anchor.month) // months, 1)
    while add_months(anchor, steps * months) > after and steps > 1:
        steps -= 1
    while add_months(anchor, steps * months) <= after:
        steps += 1
    return add_months(anchor, steps * months)


def slot_near(anchor: date, months: int, day: date, after: date | None) -> date:
    """The date of the rhythm that a meeting on `day` stands for: the nearest one later than `after`."""
    floor = after or date.min
    later = slot_after(anchor, months, max(day - timedelta(days=1), floor))
    earlier = slot_after(anchor, months, max(add_months(later, -months) - timedelta(days=1), floor))
    return min((earlier, later), key=lambda slot: (abs((slot - day).days), slot))


def due_slot(anchor: date, months: int, last: date | None, policy: QbrPolicy, on: date) -> date | None:
    """The date for which a meeting has to stand in the plan by now; None while the next one is far.

    Dates that had passed before anybody looked are passed over: nobody reviews a quarter long gone.
    """
    slot = slot_after(anchor, months, max(on - timedelta(days=1), last or date.min))
    return slot if slot <= on + timedelta(days=policy.shown_days) else None


@dataclass(slots=True)
class MeetingFacts:
    """What the day knows of a meeting. `held_on` and `late_on` are business dates; `late_on` is the first day on which
    the summary is late, None where it was sent or the meeting was not held."""

    id: int
    account_id: int
    known_on: date
    owner_id: int
    account_owner_id: int
    owner_chosen: bool
    country: str
    first_planned_on: date
    planned_on: date
    cancelled: bool
    held_on: date | None
    late_on: date | None
    summary_due_at: datetime | None = None


def occurrences(
    meeting: MeetingFacts, recorded: Recorded, policy: QbrPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What is to be prepared or followed up on a day, beyond what is on record: the newest alone.

    Planning counts from the first planned date, the agenda from the one that counts now; of a meeting that was held or
    called off nothing is prepared any more.
    """
    over = meeting.cancelled or meeting.held_on is not None
    ladder = [
        _rung(PLAN, "P", meeting.first_planned_on, policy.plan_days, "planning"),
        *_agenda(meeting, recorded, policy),
    ]
    found = climb(sorted(ladder, key=lambda rung: rung.due_on), recorded, on, counts_from=counts_from, withdrawn=over)
    if meeting.late_on is not None and meeting.held_on is not None:
        late = Rung(LATE, f"S@{meeting.held_on.isoformat()}", meeting.late_on, meeting.held_on, "summary late")
        found += climb([late], recorded, on, counts_from=counts_from)
    return found


def _rung(rule: str, letter: str, anchor: date, days: int, milestone: str) -> Rung:
    return Rung(rule, f"{letter}@{anchor.isoformat()}", anchor - timedelta(days=days), anchor, milestone)


def _agenda(meeting: MeetingFacts, recorded: Recorded, policy: QbrPolicy) -> Sequence[Rung]:
    """The rung of the agenda, unless one for a date close by has fired before."""
    own = _rung(AGENDA, "A", meeting.planned_on, policy.agenda_days, "agenda")
    near = [
        date.fromisoformat(key.removeprefix("A@"))
        for (rule, key), state in recorded.items()
        if rule == AGENDA and state == State.FIRED and key != own.key
    ]
    close = any(abs((fired - meeting.planned_on).days) <= policy.tolerance_days for fired in near)
    return () if close else (own,)


def summary_due(held_at: datetime, policy: QbrPolicy, closed: Container[date] = ()) -> datetime:
    """Until when the summary of a meeting is in time. `held_at` in the time zone of the organisation, which its opening
    hours are meant in; `closed` are public holidays."""
    if policy.clock != OPENING or policy.closes <= policy.opens:
        return held_at + timedelta(hours=policy.summary_hours)
    left, at = timedelta(hours=policy.summary_hours), held_at
    while True:
        day = on_working_day(at.date(), closed)
        opens, closes = (datetime.combine(day, time(hour), at.tzinfo) for hour in (policy.opens, policy.closes))
        begin = max(at, opens)
        if begin < closes and begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta())
        at = datetime.combine(day + timedelta(days=1), time(), at.tzinfo)


def too_long(minutes: Sequence[int], policy: QbrPolicy) -> bool:
    """Whether the parts together take less or more time than a QBR should (60 to 90 minutes)."""
    return not policy.shortest <= sum(minutes) <= policy.longest
