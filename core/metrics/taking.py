"""Taking snapshots: some families of metrics on one date at a time, each in a transaction of its own."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from core.audit import audited
from core.calendar import add_months
from core.metrics.ask import Ask
from core.metrics.catalogue import Metric, catalogue
from core.metrics.compute import Result, asks_on, result_from
from core.metrics.grouped import sums_by_reach, sums_by_slice
from core.metrics.reaches import REACH, Sight, for_reaches, sights
from core.metrics.slices import WHOLE, Slice, members_on, owners_of_teams
from core.metrics.snapshots import MONTHS, month_ends
from core.metrics.stale import take_turn
from core.models import Job
from core.scope import System

KIND = "take_snapshots"
_BATCH = 5000
_FIELDS = ("value", "numerator", "denominator", "n", "unknown", "unattributed", "small", "reason", "policy")


@dataclass
class Taken:
    """What a run stored: rows, by date, and how many passes it had to make (`passes`) or could leave (`kept`)."""

    on: date
    rows: int = 0
    passes: int = 0
    kept: int = 0
    dates: set[date] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(),
            "rows": self.rows,
            "passes": self.passes,
            "kept": self.kept,
            "dates": [day.isoformat() for day in sorted(self.dates)],
        }


@dataclass(frozen=True)
class _Pass:
    """The metrics of some families on one date, of everything or of the `members` too.

    Of a pass without members, what people read of their own is stored for each of the `sights`.
    """

    families: tuple[tuple[Metric, ...], ...]
    on: date
    members: tuple[Slice, ...] = ()
    sights: tuple[Sight, ...] = ()

    @property
    def metrics(self) -> list[Metric]:
        return [m for family in self.families for m in family]


def take_snapshots(*, on: date, months: int = MONTHS, keys: Iterable[str] | None = None) -> Taken:
    """Store what is kept each night: every metric of yesterday and of the month ends, of everything and each member.

    What stands fresh is left alone: a month end is taken once, and again when a fact came late. Each family and date is
    one transaction, so that a run that was killed lost nothing, and the next one takes up what is missing.
    """
    teams = owners_of_teams()
    whole = dict.fromkeys([on - timedelta(days=1), *month_ends(on, months)])
    members = {day: tuple(members_on(day, teams)) for day in whole}
    passes = [_Pass((f,), day, members[day]) for day in whole for f in _families(keys)]
    return _run([*(p for p in _of_the_day(on, keys) if p.on not in members), *passes], on, teams)


def take_today(*, on: date, months: int = 0, keys: Iterable[str] | None = None) -> Taken:
    """Store the figures of everything of today, yesterday, and a year before both, as far as they are not fresh.

    It is what the pages of these days and their comparison read; the day ends with it. With `months`, the month ends
    too, of everything alone. Of today, what owners read of their own (`kept_for_owners`) is stored for each of them; of
    today and a year before, what teams read (`kept_for_reaches`) for each reach that somebody has.
    """
    known = _of_the_day(on, keys)
    days = {p.on for p in known}
    ends = [_Pass(p.families, d) for p in known[:1] for d in month_ends(on, months) if d not in days]
    return _run([*known, *ends, *_of_owners(on, keys)], on, {})


_for_owners: set[str] = set()


def kept_for_owners(*keys: str) -> None:
    """Store these metrics of today for each owner too. Called from a room's apps.py."""
    _for_owners.update(keys)


def _of_owners(on: date, keys: Iterable[str] | None) -> list[_Pass]:
    chosen = _for_owners if keys is None else _for_owners & set(keys)
    owners = tuple(s for s in members_on(on, {}) if s.dimension == "owner") if chosen else ()
    return [_Pass((family,), on, owners) for family in _families(chosen)] if owners else []


def _of_the_day(on: date, keys: Iterable[str] | None) -> list[_Pass]:
    families, seen = tuple(_families(keys)), tuple(sights())
    before = (on - timedelta(days=1), add_months(on - timedelta(days=1), -12))
    pages = [_Pass(families, day, sights=seen) for day in (on, add_months(on, -12))]
    return [*pages, *(_Pass(families, day) for day in before)]


def _families(keys: Iterable[str] | None) -> list[tuple[Metric, ...]]:
    chosen = set(keys) if keys is not None else None
    families: dict[str, list[Metric]] = {}
    for one in catalogue():
        if chosen is None or one.key in chosen:
            families.setdefault(one.family.key, []).append(one)
    return [tuple(family) for family in families.values()]


def _run(passes: list[_Pass], on: date, teams: Mapping[int, frozenset[int]]) -> Taken:
    taken = Taken(on)
    due = list(_due(passes, on))
    taken.kept = len(passes) - len(due)
    if not due:
        return taken
    job = Job.objects.create(kind=KIND, on=on, state=Job.State.RUNNING, started_at=Now())
    try:
        for one in due:
            _take(one, job, taken, teams, len(due))
    except BaseException as error:
        with suppress(DatabaseError):
            Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error=str(error)[:2000], finished_at=Now())
        raise
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, finished_at=Now(), completed_on=on, examined=taken.rows, result=taken.as_json()
    )
    return taken


def _due(passes: list[_Pass], on: date) -> Iterator[_Pass]:
    """Passes over the families of which a metric, or a dimension with members, is missing or no longer fresh."""
    fresh = _fresh({p.on for p in passes}, on)
    for one in passes:
        stale = [f for f in one.families if any((m.key, one.on, p) not in fresh for m in f for p in _parts(m, one))]
        if stale:
            yield replace(one, families=tuple(stale))


def _parts(wanted: Metric, one: _Pass) -> set[str]:
    """The dimensions, and the reaches by name, of which a pass stores a metric."""
    seen = {f"{REACH} {s.slice.member}" for s in one.sights} if wanted.key in for_reaches() else set()
    return {"", *(s.dimension for s in one.members)} | seen


def _fresh(days: Iterable[date], on: date) -> set[tuple[str, date, str]]:
    """What is stored, not stale, and taken after its date had passed (or today, for today)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT metric, as_of, CASE WHEN dimension = %s THEN dimension || ' ' || member ELSE dimension END"
            " FROM core_snapshot WHERE as_of = ANY(%s) AND part = '' GROUP BY 1, 2, 3"
            " HAVING bool_and(stale_since IS NULL AND (taken_on > as_of OR as_of = %s))",
            [REACH, list(days), on],
        )
        return set(cursor.fetchall())


def _take(one: _Pass, job: Job, taken: Taken, teams: Mapping[int, frozenset[int]], passes: int) -> None:
    """One transaction: read, write, and say how far the run is."""
    with audited(by=System(KIND), why=f"{KIND} {one.on}"):
        at = _begin()
        ask = asks_on(one.metrics, [one.on], System(KIND), WHOLE.filters)[0]
        rows = sorted(row for family in one.families for row in _rows(list(family), ask, one, teams))
        for start in range(0, len(rows), _BATCH):
            _write(rows[start : start + _BATCH], one.on, at, taken.on, job.pk)
        progress = {"done": taken.passes + 1, "of": passes}
        Job.objects.filter(pk=job.pk).update(progress=progress, examined=taken.rows + len(rows))
    taken.rows += len(rows)
    taken.passes += 1
    taken.dates.add(one.on)


def _begin() -> datetime:
    """Wait for the turn, and say from when the figures are."""
    take_turn()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), set_config('jit', 'off', true)")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def _rows(family: list[Metric], ask: Ask, one: _Pass, teams: Mapping[int, frozenset[int]]) -> Iterator[tuple[Any, ...]]:
    """What is stored of a family: by the natural key, each metric and its parts."""
    seen = for_reaches() & {m.key for m in family} if one.sights else set()
    for to, sums in _sums(family, ask, one, teams, by_reach=bool(seen)).items():
        for wanted in (m for m in family if to.dimension != REACH or m.key in seen):
            result = result_from(wanted, ask, sums)
            yield (to.dimension, to.member, wanted.key, "", *_figure(result))
            for part, value in result.parts.items():
                yield (to.dimension, to.member, wanted.key, part, value, value, None, 0, 0, 0, False, "", "{}")


def _sums(
    family: list[Metric], ask: Ask, one: _Pass, teams: Mapping[int, frozenset[int]], *, by_reach: bool
) -> Mapping[Slice, dict[str, Any]]:
    if by_reach:
        return sums_by_reach(family, ask, one.sights)
    members = {*one.members, *_members_before(family[0], one.on)} if one.members else set()
    return sums_by_slice(family, ask, members, teams)


def _members_before(wanted: Metric, on: date) -> list[Slice]:
    """Members that were stored before are stored again, also when nothing of theirs is left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT dimension, member FROM core_snapshot WHERE as_of = %s AND metric = %s"
            " AND dimension NOT IN ('', %s)",
            [on, wanted.key, REACH],
        )
        return [Slice(*row) for row in cursor.fetchall()]


def _figure(result: Result) -> tuple[Any, ...]:
    return (
        result.value,
        result.numerator,
        result.denominator,
        result.count,
        result.unknown,
        result.unattributed,
        result.small,
        result.reason,
        json.dumps(dict(result.policy)),
    )


def _write(rows: list[tuple[Any, ...]], as_of: date, at: datetime, on: date, run: int) -> None:
    """Upsert by natural key. Of a figure that changed after its date, what was stored first is kept beside it."""
    first = "s.first_taken_at IS NULL AND s.taken_on > s.as_of AND s.value IS DISTINCT FROM EXCLUDED.value"
    kept = ", ".join(
        f"first_{name} = CASE WHEN {first} THEN s.{name} ELSE s.first_{name} END"
        for name in ("value", "taken_at", "taken_on")
    )
    replaced = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*_FIELDS, "taken_at", "taken_on", "run_id"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_snapshot AS s (dimension, member, metric, part, {', '.join(_FIELDS)},"
            " as_of, taken_at, taken_on, run_id)"
            " SELECT r.*, %s, %s, %s, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[],"
            " %s::numeric[], %s::numeric[], %s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[],"
            " %s::jsonb[]) AS r"
            " ON CONFLICT (dimension, member, as_of, metric, part) DO UPDATE SET"
            f" {kept}, {replaced}, stale_since = NULL",
            [as_of, at, on, run, *(list(column) for column in zip(*rows, strict=True))],
        )
