"""What is measured of accounts as of a date, in sets: one grouped query per source, windows passed in, no threshold.

A fact counts when its own date has come; one that was resolved, paid or realised later is open, unpaid, unrealised
then. Beside each reading stands the next day on which time alone may change it: a fact leaves a window, a date that
is already written down comes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from health.queries import sources
from health.rules.policy import HealthPolicy
from health.rules.scoring import Reading

_PLACES = Decimal("0.000001")


@dataclass(slots=True)
class Known:
    """The readings of one account, and the next day on which a fact comes or goes by itself."""

    readings: dict[str, Reading] = field(default_factory=dict)
    changes_on: date | None = None

    def put(self, key: str, value: Any, on: date | None, n: int) -> None:
        if value is not None:
            self.readings[key] = Reading(Decimal(value), on, n)

    def share(self, key: str, part: Any, whole: Any, on: date | None, n: int) -> None:
        """A part of a whole; nothing is known where there is no whole."""
        if whole and whole > 0:
            self.readings[key] = Reading((Decimal(part or 0) / Decimal(whole)).quantize(_PLACES), on, n)

    def since(self, key: str, last: date | None, on: date, n: int) -> None:
        """Days since something last happened."""
        if last is not None:
            self.readings[key] = Reading(Decimal((on - last).days), last, n)

    def change(self, *days: date | None) -> None:
        for day in days:
            if day is not None and (self.changes_on is None or day < self.changes_on):
                self.changes_on = day


class Asked:
    """A date with the windows of a policy, as the queries take them."""

    def __init__(self, policy: HealthPolicy, on: date) -> None:
        self.on = on
        self.zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
        self.running = policy.window("machines_running", 30)
        self.usage = policy.window("utilisation", 90)
        self.resolution = policy.window("resolution_on_time", 90)
        self.sentiment = policy.window("sentiment", 180)
        self.tickets = policy.window("support_tickets", 90)
        self.survey = policy.window("survey", 365)
        self.voices = policy.window("voices", 180)
        self.paid = policy.window("paid_on_time", 365)
        self.growth = policy.window("orders_growth", 365)
        self.policy = policy

    def before(self, days: int) -> date:
        return self.on - timedelta(days=days)

    def start_of(self, day: date) -> datetime:
        """The moment at which a day begins where the organisation is."""
        return datetime.combine(day, time(), self.zone)

    def day_of(self, at: datetime | None) -> date | None:
        return None if at is None else at.astimezone(self.zone).date()

    def params(self, ids: Sequence[int]) -> dict[str, Any]:
        policy, year = self.policy, self.policy.before_days
        return {
            "ids": list(ids),
            "on": self.on,
            "end": self.start_of(self.on + timedelta(days=1)),
            "resolution_from": self.start_of(self.before(self.resolution - 1)),
            "sentiment_from": self.start_of(self.before(self.sentiment - 1)),
            "tickets_from": self.start_of(self.before(self.tickets - 1)),
            "critical_hours": policy.critical_hours,
            "normal_hours": policy.normal_hours,
            "grace": policy.payment_grace_days,
            "running": self.before(self.running),
            "usage": self.before(self.usage),
            "then": self.before(year),
            "then_usage": self.before(year + self.usage),
            "survey": self.before(self.survey),
            "voices": self.before(self.voices),
            "paid": self.before(self.paid),
            "growth": self.before(self.growth),
            "growth_before": self.before(2 * self.growth),
            "ledger_from": self.before(2 * max(self.growth, self.paid)),
        }


Read = Callable[[Known, Asked, tuple[Any, ...]], None]


def readings_of(ids: Sequence[int], policy: HealthPolicy, on: date) -> Mapping[int, Known]:
    """Everything that is measured of these accounts on that date; a constant number of queries."""
    asked = Asked(policy, on)
    params = asked.params(ids)
    found: dict[int, Known] = defaultdict(Known)
    for sql, read in _SOURCES:
        for account, *row in _rows(sql, params):
            read(found[account], asked, tuple(row))
    return found


def _rows(sql: str, params: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _after(day: date | None, days: int) -> date | None:
    return None if day is None else day + timedelta(days=days)


def _machines(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    machines, covered = row
    known.share("has_contract", covered, machines, asked.on, machines)


def _usage(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    seen, ran, last, n, run, available, output_known, good, output, before, coming = row
    known.share("machines_running", ran, seen, last, n)
    known.share("utilisation", run, available, last, n)
    known.share("quality", good, output_known, last, n)
    if output is not None:
        known.share("output_against_before", output, before, last, n)
    known.change(coming, asked.on + timedelta(days=1) if seen else None)


def _tickets(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    ever, critical, recent, judged, on_time, voiced, fine, last_judged, last_voiced, *edges = row
    known.put("open_critical", critical if ever else None, asked.on, ever)
    known.put("support_tickets", recent if ever else None, asked.on, recent)
    known.share("resolution_on_time", on_time, judged, asked.day_of(last_judged), judged)
    known.share("sentiment", fine, voiced, asked.day_of(last_voiced), voiced)
    judged_from, voiced_from, recent_from, *coming = map(asked.day_of, edges)
    known.change(_after(judged_from, asked.resolution), _after(voiced_from, asked.sentiment))
    known.change(_after(recent_from, asked.tickets), *coming)


def _answers(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    mean, n, last, first, coming = row
    known.put("survey", None if mean is None else Decimal(mean).quantize(_PLACES), last, n)
    known.change(_after(first, asked.survey), coming)


def _moments(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    n, named, voices, last, last_executive, first, coming = row
    known.since("last_contact", last, asked.on, n)
    known.since("executive_contact", last_executive, asked.on, n)
    known.put("voices", voices if named else None, last, named)
    known.change(_after(first, asked.voices), coming)


def _contacts(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    people, champions, *coming = row
    known.put("champion", min(champions, 1) if people else None, asked.on, people)
    known.change(*coming)


def _results(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    agreed, realised, last, *coming = row
    known.share("roi_goals", realised, agreed, last, agreed)
    known.change(*coming)


def _ledger(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    judged, on_time, last_due, now, before, rows, last, *edges = row
    known.share("paid_on_time", on_time, judged, last_due, judged)
    if now is not None:
        known.share("orders_growth", max(now, 0), before, last, rows)
    due_from, now_from, all_from, *coming = edges
    known.change(_after(due_from, asked.paid), _after(now_from, asked.growth))
    known.change(_after(all_from, 2 * max(asked.growth, asked.paid)), *coming)


def _rhythm(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    last_order, orders, last, n, coming = row
    known.since("recent_orders", last_order, asked.on, orders)
    known.since("parts_rhythm", last, asked.on, n)
    known.change(coming)


def _paper(known: Known, asked: Asked, row: tuple[Any, ...]) -> None:
    known.change(*row)


_SOURCES: Sequence[tuple[str, Read]] = (
    (sources.MACHINES, _machines),
    (sources.USAGE, _usage),
    (sources.TICKETS, _tickets),
    (sources.ANSWERS, _answers),
    (sources.MOMENTS, _moments),
    (sources.CONTACTS, _contacts),
    (sources.RESULTS, _results),
    (sources.LEDGER, _ledger),
    (sources.RHYTHM, _rhythm),
    (sources.PAPER, _paper),
)
