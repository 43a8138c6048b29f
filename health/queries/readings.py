"""What is measured of accounts as of a date, in sets: one grouped query per source, windows passed in, no threshold.

A fact counts when its own date has come; one that was resolved, paid or realised later is open, unpaid, unrealised
then. Beside each reading stands the next day on which time alone may change it: a fact leaves a window, a date that
is already written down comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from io import StringIO
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from health.queries import sources
from health.queries.known import known_by
from health.rules.explain import as_read
from health.rules.own_card import LINE, RAMP_UP, SEGMENT, asked_by, traits
from health.rules.policy import HealthPolicy
from health.rules.scoring import Reading


@dataclass(slots=True)
class Known:
    """The readings of one account as they are kept, and the next day on which a fact comes or goes by itself."""

    kept: dict[str, tuple[str, date | None, str]] = field(default_factory=dict)
    changes_on: date | None = None

    @property
    def readings(self) -> dict[str, Reading]:
        return as_read(self.kept)


Line = tuple[tuple[str, ...], str]


def _known(lines: Iterable[Line]) -> Known:
    """The readings in the lines of one account."""
    known = Known()
    for keys, line in lines:
        coming, *cells = line.rstrip("\n").split("\t")
        day = _day(coming)
        if day is not None and (known.changes_on is None or day < known.changes_on):
            known.changes_on = day
        for key, value, last, n in zip(keys, cells[0::3], cells[1::3], cells[2::3], strict=True):
            if value != _NULL:
                known.kept[key] = (value, _day(last), n)
    return known


_NULL = "\\N"


@lru_cache(maxsize=20_000)
def _day(text: str) -> date | None:
    return None if text == _NULL else date.fromisoformat(text)


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

    def params(self, ids: Sequence[int]) -> dict[str, Any]:
        policy, year = self.policy, self.policy.before_days
        return {
            "ids": list(ids),
            "on": self.on,
            "zone": settings.ORGANISATION_TIME_ZONE,
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
            "resolution": self.resolution,
            "sentiment": self.sentiment,
            "tickets": self.tickets,
            "survey_days": self.survey,
            "voices_days": self.voices,
            "paid_days": self.paid,
            "growth_days": self.growth,
            "ledger_days": 2 * max(self.growth, self.paid),
            # Without a card for them, nobody is young.
            "ramp_up": self.before(policy.ramp_up_days) if asked_by(policy.cards, RAMP_UP) else self.on,
            "ramp_up_days": policy.ramp_up_days,
            **{f"segment_{n}": name for n, name in enumerate(traits(policy.cards, SEGMENT))},
            **{f"line_{n}": name for n, name in enumerate(traits(policy.cards, LINE))},
        }


Source = tuple[str, tuple[str, ...]]

_SOURCES: Sequence[Source] = (
    (sources.MACHINES, ("has_contract", RAMP_UP)),
    (sources.USAGE, ("machines_running", "utilisation", "quality", "output_against_before")),
    (sources.TICKETS, ("open_critical", "support_tickets", "resolution_on_time", "sentiment")),
    (sources.ANSWERS, ("survey",)),
    (sources.MOMENTS, ("last_contact", "executive_contact", "voices")),
    (sources.CONTACTS, ("champion",)),
    (sources.RESULTS, ("roi_goals",)),
    (sources.LEDGER, ("paid_on_time", "orders_growth")),
    (sources.RHYTHM, ("recent_orders", "parts_rhythm")),
    (sources.JUDGEMENTS, ("judgement",)),
)


def _sources(policy: HealthPolicy) -> Iterator[Source]:
    """What is read: every measure, and the traits by which this policy gives an account a card of its own."""
    yield from _SOURCES
    for kind, sql in ((SEGMENT, sources.segments), (LINE, sources.lines)):
        if names := traits(policy.cards, kind):
            yield sql(len(names)), tuple(f"{kind}{name}" for name in names)


class Measured:
    """What is measured of accounts on a date, handed out in the order of their ids.

    A constant number of queries, however many accounts; what they say waits in files. They come by COPY: as text, which
    is what is kept, and by plans that may use several processes. With `known_at` only what was known by then is read.
    """

    def __init__(self, ids: Sequence[int], policy: HealthPolicy, on: date, known_at: date | None = None) -> None:
        params, many = Asked(policy, on).params(ids), len(ids) >= MANY
        if known_at:
            params["known_at"] = known_at
        with _reading_through(many):
            self.sources = [
                _Source(keys, _copied(known_by(sql) if known_at else sql, params, many))
                for sql, keys in _sources(policy)
            ]

    def take(self, ids: Sequence[int]) -> Iterator[tuple[int, Known]]:
        """Of these accounts, ascending and beyond those taken before."""
        for account in ids:
            yield account, _known(line for source in self.sources if (line := source.take(account)))


class _Source:
    """The lines of one source, read as far as the account that is asked for."""

    def __init__(self, keys: tuple[str, ...], lines: Iterator[str]) -> None:
        self.keys = keys
        self.lines = lines
        self._next()

    def _next(self) -> None:
        account, _, self.rest = next(self.lines, "").partition("\t")
        self.account = int(account) if account else None

    def take(self, account: int) -> Line | None:
        while self.account is not None and self.account < account:
            self._next()
        if self.account != account:
            return None
        line = (self.keys, self.rest)
        self._next()
        return line


# From so many accounts on, whole tables are read through rather than looked up, and what they say waits on disk.
MANY = 5000


def _copied(sql: str, params: dict[str, Any], many: bool) -> Iterator[str]:
    lines = TemporaryFile("w+", encoding="ascii") if many else StringIO()  # noqa: SIM115 - read later
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({cursor.mogrify(sql, params).decode()} ORDER BY account_id) TO STDOUT", lines)
    lines.seek(0)
    return lines


@contextmanager
def _reading_through(many: bool) -> Iterator[None]:
    """Within, pages in order are taken to be far cheaper than pages here and there."""
    with connection.cursor() as cursor:
        if many:
            cursor.execute("SET random_page_cost = 4")
        yield
        if many:
            cursor.execute("RESET random_page_cost")


def readings_of(ids: Sequence[int], policy: HealthPolicy, on: date, known_at: date | None = None) -> dict[int, Known]:
    """What is measured of these accounts on that date, of all that is known or of what was known by then."""
    return dict(Measured(ids, policy, on, known_at).take(sorted(ids)))
