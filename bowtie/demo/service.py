"""Two and a half years of tickets and visits."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from bowtie.demo.customers import Customer
from bowtie.demo.moods import RESCUED, Mood
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.history import keep
from installed_base.models import Asset, Ticket, TicketPeriod, Visit
from installed_base.models.service import Sentiment, Severity

DAYS = 30 * 30
TITLES = {
    Ticket.Kind.BREAKDOWN: ("Infeed jam", "Gripper does not close", "Servo fault on axis 3", "Vision lost the pallet"),
    Ticket.Kind.ISSUE: ("Belt worn", "Cycle slower than agreed", "Air pressure drops", "Scanner misreads labels"),
    Ticket.Kind.QUESTION: ("Recipe for a new box", "Update of the controller", "Spare parts list"),
    Ticket.Kind.COMPLAINT: ("Waited too long for a part", "Second visit for the same fault"),
}


def serve(customers: list[Customer], machines: list[Asset], moods: dict[int, Mood], staff: Staff, on: date) -> None:
    """Write tickets with their periods, the visits they asked for, and the visits of every year."""
    rng = Random(42)
    present = [m for m in machines if m.installed_on]
    tickets = [t for m in present for t in _tickets(rng, m, moods[m.account_id], on)]
    tickets += _reopened(customers, present, on)
    for number, ticket in enumerate(sorted(tickets, key=lambda t: t.opened_at), 86_001):
        ticket.number = ticket.external_id = f"T-{number}"
    store(tickets)
    keep(TicketPeriod, [t.pk for t in tickets], on=on)
    ruud = staff.users["ruud"].pk
    visits = [*_repairs(rng, tickets, ruud, on), *(v for m in present for v in _maintenance(rng, m, ruud, on))]
    for number, visit in enumerate(visits, 1):
        visit.external_id = f"V-{number:05}"
    store(visits)


def _tickets(rng: Random, machine: Asset, mood: Mood, on: date) -> Iterator[Ticket]:
    """One or two a year at those who are well, three and more at those who are not."""
    day = max(on - timedelta(days=DAYS), machine.installed_on or on)
    last = min(on, machine.taken_out_on or on)
    while True:
        gap = 130 + 520 * mood.at(day)
        day += timedelta(days=int(rng.expovariate(1 / gap)) + 3)
        if day >= last:
            return
        yield _ticket(rng, machine, mood.at(day), day, on)


def _ticket(rng: Random, machine: Asset, mood: float, day: date, on: date) -> Ticket:
    kind = rng.choices(list(TITLES), (30, 42, 22, 14 - 10 * mood))[0]
    severity = rng.choices(list(Severity), (10 + 14 * (1 - mood), 66, 24))[0]
    opened = datetime.combine(day, time(rng.randint(6, 17), rng.randint(0, 59)), UTC)
    promised = 20 if severity == Severity.CRITICAL else 60
    late = rng.random() > 0.72 + 0.27 * mood
    hours = promised * (rng.uniform(1.4, 5) if late else rng.uniform(0.1, 0.95))
    resolved = opened + timedelta(hours=round(hours, 1))
    closed = resolved.date() < on
    down = Decimal(str(round(min(hours, 90) * 0.4, 1))) if kind == Ticket.Kind.BREAKDOWN and closed else None
    return Ticket(
        account_id=machine.account_id,
        site_id=machine.site_id,
        asset=machine,
        title=rng.choice(TITLES[kind]),
        kind=kind,
        severity=severity,
        sentiment=rng.choices(list(Sentiment), (4 + 46 * (1 - mood) ** 1.5, 50, 40 * mood))[0],
        opened_at=opened,
        first_answer_at=opened + timedelta(hours=min(hours, 1 + 5 * (1 - mood)) * 0.9),
        resolved_at=resolved if closed else None,
        downtime_hours=down,
        source="service",
        known_on=day,
    )


def _reopened(customers: list[Customer], machines: list[Asset], on: date) -> Iterator[Ticket]:
    """Two critical tickets that were called solved, and were not."""
    at = next(c.account.pk for c in customers if c.account.name == RESCUED)
    fleet = [m for m in machines if m.account_id == at and not m.taken_out_on]
    for machine, begun, title in zip(fleet, (17, 9), ("Infeed jam", "Servo fault on axis 3"), strict=False):
        opened = datetime.combine(on - timedelta(days=begun), time(7, 40), UTC)
        yield Ticket(
            account_id=at,
            site_id=machine.site_id,
            asset=machine,
            title=title,
            kind=Ticket.Kind.BREAKDOWN,
            severity=Severity.CRITICAL,
            sentiment=Sentiment.NEGATIVE,
            opened_at=opened,
            first_answer_at=opened + timedelta(hours=5),
            resolved_at=opened + timedelta(days=3),
            reopened_at=opened + timedelta(days=begun - 2),
            downtime_hours=Decimal(31),
            source="service",
            known_on=opened.date(),
        )


def _visit(account: int, site: int | None, asset: Asset | None, day: date, kind: str, hours: float, by: int) -> Visit:
    return Visit(
        account_id=account,
        site_id=site,
        asset=asset,
        technician_id=by,
        kind=kind,
        on=day,
        hours=Decimal(str(round(hours, 1))),
        source="service",
        known_on=day,
    )


def _repairs(rng: Random, tickets: list[Ticket], by: int, on: date) -> Iterator[Visit]:
    for ticket in tickets:
        if ticket.kind == Ticket.Kind.BREAKDOWN and ticket.resolved_at and rng.random() < 0.6:
            hours = rng.uniform(1, 7)
            day = min(ticket.resolved_at.date(), on)
            visit = _visit(ticket.account_id, ticket.site_id, ticket.asset, day, Visit.Kind.REPAIR, hours, by)
            visit.ticket = ticket
            yield visit


def _maintenance(rng: Random, machine: Asset, by: int, on: date) -> Iterator[Visit]:
    """Once or twice a year at most machines; some are never visited."""
    assert machine.installed_on is not None
    yield _visit(machine.account_id, machine.site_id, machine, machine.installed_on, Visit.Kind.INSTALLATION, 8, by)
    if rng.random() < 0.2:
        return
    every = rng.choice((182, 365))
    day = machine.installed_on + timedelta(days=rng.randint(60, every))
    last = min(on, machine.taken_out_on or on)
    while day <= last:
        if day > on - timedelta(days=3 * 365):
            hours = rng.uniform(2, 6)
            yield _visit(machine.account_id, machine.site_id, machine, day, Visit.Kind.PREVENTIVE, hours, by)
        day += timedelta(days=every + rng.randint(-14, 14))
