"""Whether a start goes as it should: what is wrong, since when, what follows from it (AD-02, AD-05, AD-06). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from health.rules.adoption import AdoptionPolicy, Phase, day_number, next_check_in, phase_of


class Course(StrEnum):
    """On track: nothing is wrong. Behind: something is late. Stuck: it does not go on until somebody acts."""

    ON_TRACK = "on_track"
    BEHIND = "behind"
    STUCK = "stuck"


class Why(StrEnum):
    """What can be wrong."""

    STANDSTILL = "standstill"
    SILENCE = "silence"
    TICKET = "ticket"
    BELOW = "below"
    FLAT = "flat"
    PROMISE_LATE = "promise_late"
    FIRST_VALUE_LATE = "first_value_late"
    VALUE_LATE = "value_late"
    UNTRAINED = "untrained"
    NOT_LIVE = "not_live"


@dataclass(frozen=True)
class Flag:
    """One thing that is wrong, from the first day on which it was. `amount` and `goal` are figures for its sentence,
    `about` names the ticket or promise; `stops` says that the start does not go on by itself."""

    why: Why
    since: date
    stops: bool = False
    amount: Decimal | int | None = None
    goal: Decimal | int | None = None
    about: str = ""
    subject: tuple[str, int] | None = None


@dataclass(frozen=True)
class OpenTicket:
    id: int
    name: str
    severity: str
    breakdown: bool
    opened_on: date


@dataclass(frozen=True)
class Pledge:
    """A promise as it stood on the day. `kept` tells whether the latest measurement reaches it, None where nothing was
    measured; `met_on` is the day it was kept."""

    id: int
    text: str
    kind: str
    promised: Decimal | None = None
    unit: str = ""
    due_on: date | None = None
    measured: Decimal | None = None
    measured_on: date | None = None
    kept: bool | None = None
    met_on: date | None = None


@dataclass(frozen=True)
class Trained:
    """People to be trained and trained, on the day."""

    people: int = 0
    trained: int = 0


@dataclass(frozen=True)
class Use:
    """What telemetry tells: since when it has not run (None: it runs, or tells nothing), and output per day lately and
    in the stretch before."""

    stands_since: date | None = None
    lately: Decimal | None = None
    before: Decimal | None = None


@dataclass(frozen=True)
class Start:
    """All that is known on the day of the start of one machine. Dates after the day are None. `roi_agreed_on` is when
    a result was first agreed for it, `roi_on` when one was realised."""

    id: int
    installed_on: date | None = None
    promised_on: date | None = None
    went_live_on: date | None = None
    on_specification_on: date | None = None
    roi_agreed_on: date | None = None
    roi_on: date | None = None
    last_contact_on: date | None = None
    tickets: tuple[OpenTicket, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    trained: Trained = Trained()
    use: Use = Use()


@dataclass(frozen=True)
class Clock:
    """Days since it began; `done_on` where the value came; `limit` days are meant to be enough."""

    since: date | None
    done_on: date | None
    limit: int
    on: date

    @property
    def days(self) -> int | None:
        """Days until it came, or so far; None before it began."""
        return None if self.since is None else ((self.done_on or self.on) - self.since).days

    @property
    def late(self) -> bool:
        return self.days is not None and self.days > self.limit


@dataclass(frozen=True)
class Standing:
    """How a start stands on a day."""

    start: Start
    on: date
    phase: Phase
    day: int | None
    course: Course
    flags: tuple[Flag, ...]
    next_check_in_on: date | None
    first_value: Clock
    value: Clock


# The phases in which somebody checks in on fixed days; later the rhythm of the account carries it.
_ASKED = (Phase.EARLY, Phase.VALUE)


def standing(start: Start, policy: AdoptionPolicy, on: date) -> Standing:
    """Phase, course and reasons of one machine on a day; the reasons that stop it first, then the oldest."""
    phase = phase_of(start.went_live_on, on, policy)
    found = sorted(flags(start, policy, on), key=lambda flag: (not flag.stops, flag.since, flag.why))
    live = start.went_live_on
    return Standing(
        start=start,
        on=on,
        phase=phase,
        day=None if phase is Phase.BEFORE or live is None else day_number(live, on),
        course=course_of(found),
        flags=tuple(found),
        next_check_in_on=next_check_in(live, start.last_contact_on, policy) if live and phase in _ASKED else None,
        first_value=Clock(start.installed_on, start.on_specification_on, policy.first_value_days, on),
        value=Clock(live, start.roi_on, policy.value_clock_days, on),
    )


def course_of(found: Iterable[Flag]) -> Course:
    """Stuck where one of them stops it, behind where there is any."""
    stops = [flag.stops for flag in found]
    return Course.STUCK if any(stops) else Course.BEHIND if stops else Course.ON_TRACK


def flags(start: Start, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """Everything that is wrong with a start on a day."""
    if start.went_live_on is None or start.went_live_on > on:
        yield from _not_live(start, on)
    else:
        yield from _standstill(start, policy, on)
        yield from _silence(start, start.went_live_on, policy, on)
        yield from _tickets(start, policy, on)
        yield from _below(start)
        yield from _flat(start, start.went_live_on, policy, on)
        yield from _untrained(start, start.went_live_on, policy, on)
        yield from _value_late(start, start.went_live_on, policy, on)
    yield from _first_value_late(start, policy, on)
    yield from _promises_late(start, on)


def _not_live(start: Start, on: date) -> Iterator[Flag]:
    if start.promised_on and start.promised_on < on:
        yield Flag(Why.NOT_LIVE, _after(start.promised_on, 0), amount=(on - start.promised_on).days)


def _standstill(start: Start, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """It has not run for some days, or a breakdown has been open that long."""
    broken = min((t.opened_on for t in start.tickets if t.breakdown), default=None)
    since = min((d for d in (start.use.stands_since, broken) if d), default=None)
    if since is not None and (on - since).days >= policy.standstill_days:
        yield Flag(Why.STANDSTILL, since, stops=True, amount=(on - since).days)


def silence_allowed(live: date, on: date, policy: AdoptionPolicy) -> int:
    """How many days without a contact are meant to pass, by week and phase."""
    if day_number(live, on) <= 7:
        return policy.first_week_silence_days
    allowed = {Phase.EARLY: policy.early_silence_days, Phase.VALUE: policy.value_silence_days}
    return allowed.get(phase_of(live, on, policy), policy.steady_silence_days)


def _silence(start: Start, live: date, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    since = max(start.last_contact_on or live, live)
    allowed, days = silence_allowed(live, on, policy), (on - since).days
    if days > allowed:
        yield Flag(Why.SILENCE, _after(since, allowed), stops=True, amount=days, goal=allowed)


def _tickets(start: Start, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """Tickets that stay open longer than their urgency allows; a critical one stops the start."""
    allowed = {"critical": policy.critical_ticket_days, "low": policy.low_ticket_days}
    for ticket in start.tickets:
        most, days = allowed.get(ticket.severity, policy.normal_ticket_days), (on - ticket.opened_on).days
        if days > most:
            stops, since = ticket.severity == "critical", _after(ticket.opened_on, most)
            yield Flag(Why.TICKET, since, stops, days, most, ticket.name, ("ticket", ticket.id))


def _below(start: Start) -> Iterator[Flag]:
    """What was measured last stays below what was promised."""
    for pledge in start.pledges:
        if pledge.kept is False and pledge.measured_on is not None:
            about = ("promise", pledge.id)
            yield Flag(Why.BELOW, pledge.measured_on, False, pledge.measured, pledge.promised, pledge.text, about)


def _flat(start: Start, live: date, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """Output does not rise while the machine is not yet on specification."""
    use = start.use
    if start.on_specification_on is not None or use.lately is None or use.before is None:
        return
    if day_number(live, on) < 2 * policy.rising_days or not use.before:
        return
    rise = (use.lately / use.before - 1) * 100
    if rise < policy.rising_percent:
        since = on - timedelta(days=policy.rising_days)
        yield Flag(Why.FLAT, since, amount=rise.quantize(Decimal("0.1")), goal=policy.rising_percent)


def _untrained(start: Start, live: date, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """Some operators are not trained by the day by which all should be."""
    due = live + timedelta(days=policy.trained_by_day)
    if on > due and start.trained.trained < start.trained.people:
        yield Flag(Why.UNTRAINED, _after(due, 0), amount=start.trained.trained, goal=start.trained.people)


def _first_value_late(start: Start, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """Not on specification in time; twice that long stops it."""
    clock = Clock(start.installed_on, start.on_specification_on, policy.first_value_days, on)
    if clock.since and clock.late and clock.done_on is None:
        stops = (clock.days or 0) > 2 * clock.limit and start.went_live_on is not None
        yield Flag(Why.FIRST_VALUE_LATE, _after(clock.since, clock.limit), stops, clock.days, clock.limit)


def _value_late(start: Start, live: date, policy: AdoptionPolicy, on: date) -> Iterator[Flag]:
    """A result was agreed and is not realised in time; where none was agreed, nothing is known to be late."""
    clock = Clock(live, start.roi_on, policy.value_clock_days, on)
    if clock.late and clock.done_on is None and start.roi_agreed_on is not None:
        yield Flag(Why.VALUE_LATE, _after(live, clock.limit), False, clock.days, clock.limit)


def _promises_late(start: Start, on: date) -> Iterator[Flag]:
    for pledge in start.pledges:
        if pledge.due_on and pledge.due_on < on and pledge.met_on is None and pledge.kept is None:
            about = ("promise", pledge.id)
            days = (on - pledge.due_on).days
            yield Flag(Why.PROMISE_LATE, _after(pledge.due_on, 0), False, days, None, pledge.text, about)


def at_risk(pledge: Pledge, on: date, policy: AdoptionPolicy) -> bool:
    """An open promise that is broken, measured below, or due soon without having been measured."""
    if pledge.met_on is not None:
        return False
    soon = pledge.due_on is not None and (pledge.due_on - on).days <= policy.promise_near_days
    return pledge.kept is False or soon


def _after(day: date, days: int) -> date:
    """The first day beyond the last that was meant to be enough."""
    return day + timedelta(days=days + 1)
