"""The day: every business date since the last completed one, every trigger, in chunks that stand or fall alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date, timedelta
from threading import Event, Lock
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Max
from django.db.models.functions import Now

from core.actions import touch
from core.audit import audited
from core.bulk import uncollected
from core.metrics import mark_stale, take_turn
from core.models import Job, Touched
from core.policies import Version, policy_on, versions_of
from core.scope import System
from playbooks.actions.firing import record, recorded
from playbooks.report import Report
from playbooks.rules import DayPolicy, State, days_to_do, halves
from playbooks.triggers import Fired, Moment, Trigger

KIND = "run_day"
MANY = 5000
RETRIES = 3
MANY_CHUNKS = 4
# The day's runners take turns, chunk by chunk or for all that hands do together, for speed and for the tolerance: the
# unique key of a firing is the guard.
_TURN = 7_402_331
# Chunks that are done at a time: while PostgreSQL writes one, the rules of another are asked.
HANDS = 3
_hand: ContextVar[int | None] = ContextVar("hand", default=None)
_TRY_AGAIN = {"40001", "40P01", "55P03"}


def last_completed() -> date | None:
    """The last business date that is completely done."""
    return Job.objects.filter(kind=KIND).aggregate(last=Max("completed_on"))["last"]


def run(triggers: Sequence[Trigger], *, on: date, through: date | None = None, audit: bool = False) -> Report:
    """Do every business date from the last completed one to `on`, or `through` a later one; raises GapTooLong.

    It may be killed at any statement and run again, twice, or by several at once: the outcome is the same.
    """
    completed = last_completed()
    days = days_to_do(completed, on, through, policy_on(DayPolicy, through or on).values)
    job = Job.objects.create(kind=KIND, on=days[-1], state=Job.State.RUNNING, started_at=Now())
    structlog.contextvars.bind_contextvars(run_id=job.pk)
    runner = Runner(triggers, job, completed)
    try:
        runner.do(days, audit=audit)
    except BaseException as error:
        with suppress(DatabaseError):
            Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error=str(error)[:2000], finished_at=Now())
        raise
    return runner.report


class Runner:
    """One run of some dates. Holds what was touched when it began, and tallies what it did."""

    def __init__(self, triggers: Sequence[Trigger], job: Job, completed: date | None) -> None:
        self.triggers = triggers
        self.job = job
        self.completed = completed
        self.report = Report(on=job.on or date.min)
        self.seen = list(Touched.objects.values_list("kind", "subject_id", "revision"))
        self.touched: dict[str, list[int]] = {}
        for kind, subject, _ in self.seen:
            self.touched.setdefault(kind, []).append(subject)
        self.later: dict[str, dict[int, tuple[date, int]]] = {}
        self.versions: dict[str, list[Version[Any]]] = {
            trigger.name: versions_of(trigger.policy) for trigger in triggers
        }
        self.look_back = timedelta(days=policy_on(DayPolicy, self.report.on).values.look_back_days)
        self.tallying = Lock()

    def do(self, days: Sequence[date], *, audit: bool) -> None:
        for day in days:
            self._day(day, with_touched=day in (days[0], days[-1]))
        if audit:
            self._audit(days[-1])
        self._finish(days[-1])

    def _day(self, on: date, *, with_touched: bool) -> None:
        done = False
        for trigger in self.triggers:
            moment = self._moment(trigger, on)
            ids = self._candidates(trigger, moment, with_touched)
            *before, last = _chunks(ids, trigger.chunk) or [[]]
            self._in_hands(trigger, before, moment)
            if last:
                done = trigger is self.triggers[-1]
                self._chunk(trigger, last, moment, completes=done)
        if not done:
            self._move_on(on)
        self.completed = on
        self.report.days += 1

    def _moment(self, trigger: Trigger, on: date, audit: bool = False) -> Moment:
        version = _counting(self.versions[trigger.name], on)
        return Moment(on, version.values, version.number, version.valid_from, self.job.pk, audit)

    def _candidates(self, trigger: Trigger, moment: Moment, with_touched: bool) -> list[int]:
        """Touched subjects, those due since the last completed date and some days before, and all on a new policy."""
        changed = self.completed is not None and self.completed < moment.counts_from <= moment.on
        after = None if self.completed is None or changed else self.completed - self._look_back()
        ids = set(trigger.due(moment.policy, after, moment.on))
        ids |= {i for i, (known_on, _) in self.later.get(trigger.kind, {}).items() if known_on <= moment.on}
        if with_touched:
            ids |= set(trigger.touched(self.touched))
        return sorted(ids)

    def _in_hands(self, trigger: Trigger, chunks: Sequence[Sequence[int]], moment: Moment) -> None:
        """Chunks stand or fall alone, so that each hand does its part of them, on a connection of its own.

        Few are not worth it; and within a transaction nobody else would see what was written.
        """
        if len(chunks) < MANY_CHUNKS or connection.in_atomic_block:
            for chunk in chunks:
                self._chunk(trigger, chunk, moment)
            return
        fallen = Event()
        with _turn_for_all(), ThreadPoolExecutor(HANDS) as hands:
            parts = [hands.submit(self._part, trigger, chunks[n::HANDS], moment, n, fallen) for n in range(HANDS)]
        for part in parts:
            part.result()

    def _part(
        self, trigger: Trigger, chunks: Sequence[Sequence[int]], moment: Moment, hand: int, fallen: Event
    ) -> None:
        """What one hand does; it stops between two chunks when the other has fallen."""
        _hand.set(hand)
        structlog.contextvars.bind_contextvars(run_id=self.job.pk)
        try:
            for chunk in chunks:
                if fallen.is_set():
                    return
                self._chunk(trigger, chunk, moment)
        except BaseException:
            fallen.set()
            raise
        finally:
            connection.close()

    def _look_back(self) -> timedelta:
        """Some days behind a date that another run completed; none behind a date that this run did itself."""
        return self.look_back if not self.report.days else timedelta()

    def _chunk(self, trigger: Trigger, ids: Sequence[int], moment: Moment, completes: bool = False) -> None:
        """One transaction. A row that cannot be done is cornered by halving, noted, and tried again next bell."""
        try:
            self._attempt(trigger, ids, moment, completes)
        except (InterfaceError, OperationalError):
            raise
        except Exception as error:
            if len(ids) == 1:
                self._note_poison(trigger, ids[0], error)
                if completes:
                    self._move_on(moment.on)
                return
            first, second = halves(ids)
            self._chunk(trigger, first, moment)
            self._chunk(trigger, second, moment, completes)

    def _attempt(self, trigger: Trigger, ids: Sequence[int], moment: Moment, completes: bool) -> None:
        for remaining in reversed(range(RETRIES)):
            try:
                examined, written, made = self._transaction(trigger, ids, moment, completes)
            except OperationalError as error:
                if not remaining or _code(error) not in _TRY_AGAIN:
                    raise
            else:
                with self.tallying:
                    self._tally(examined, written, made, moment)
                return

    def _transaction(
        self, trigger: Trigger, ids: Sequence[int], moment: Moment, completes: bool
    ) -> tuple[int, Sequence[Fired], Counter[str]]:
        with uncollected(), audited(by=System(KIND), why=f"{trigger.name} {moment.on}"):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL jit = off")
                if _hand.get() is None:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
            made = trigger.prepare(ids, moment)
            facts, later = self._facts(trigger, ids, moment.on)
            made = made + (trigger.follow(facts, moment) if facts else Counter())
            written = self._record(trigger, facts, moment)
            fired = [row for row in written if row.occurrence.state is State.FIRED]
            if fired:
                made = made + trigger.effect(fired, moment)
            if completes:
                self._move_on(moment.on)
        with self.tallying:
            for subject in ids:
                self.later.get(trigger.kind, {}).pop(subject, None)
            self.later.setdefault(trigger.kind, {}).update(later)
        return len(facts), written, made

    def _facts(self, trigger: Trigger, ids: Sequence[int], on: date) -> tuple[list[Any], dict[int, tuple[date, int]]]:
        """The facts known by then, and the subjects that we only learn of later: they stay touched until that day."""
        facts = trigger.facts(ids, on)
        later = {f.id: (f.known_on, f.account_id) for f in facts if f.known_on > on}
        return [f for f in facts if f.known_on <= on], later

    def _record(self, trigger: Trigger, facts: Sequence[Any], moment: Moment) -> list[Fired]:
        on_record = recorded(trigger.kind, [f.id for f in facts], trigger.rules)
        found = [
            (f, occurrence)
            for f in facts
            for occurrence in trigger.occurrences(
                f, on_record.get(f.id, {}), moment.policy, moment.counts_from, moment.on
            )
        ]
        return record(found, kind=trigger.kind, seen=trigger.seen, moment=moment, on_record=on_record)

    def _tally(self, examined: int, written: Sequence[Fired], made: Counter[str], moment: Moment) -> None:
        report = self.report
        report.examined += examined
        report.made += made
        for row in written:
            report.states[row.occurrence.state] += 1
            if row.occurrence.state is State.FIRED:
                report.fired[row.occurrence.rung.rule] += 1
        baseline = {row.facts.id for row in written if row.occurrence.state is State.BASELINE}
        report.states["baseline_subjects"] += len(baseline)
        if moment.audit:
            report.found_by_audit += len(written) + made["rewritten"]

    def _note_poison(self, trigger: Trigger, subject: int, error: Exception) -> None:
        entry = {"kind": trigger.kind, "id": subject, "error": f"{type(error).__name__}: {error}"[:500]}
        with self.tallying:
            self.report.poison.append(entry)
            self.job.progress = {"poison": self.report.poison}
            self.job.save(update_fields=["progress"])
        touch(trigger.kind, [subject], since=self.report.on)

    def _move_on(self, on: date) -> None:
        Job.objects.filter(pk=self.job.pk).update(completed_on=on)

    def _audit(self, on: date) -> None:
        """An independent pass over everything, without the window: what it finds should have been found before."""
        for trigger in self.triggers:
            moment = self._moment(trigger, on, audit=True)
            self._in_hands(trigger, _chunks(list(trigger.everything()), trigger.chunk), moment)

    def _finish(self, on: date) -> None:
        self._clear_touched()
        if sum(self.report.states.values()) > MANY:
            _refresh_statistics()
        if len(self.seen) > MANY:
            _sweep_touched()
        report = self.report
        for trigger in self.triggers:
            report.listed |= trigger.listed(self._moment(trigger, on).policy, on)
        Job.objects.filter(pk=self.job.pk).update(
            state=Job.State.DONE,
            finished_at=Now(),
            examined=report.examined,
            fired=sum(report.fired.values()),
            found_by_audit=report.found_by_audit,
            result=report.as_json(),
        )

    def _clear_touched(self) -> None:
        """Take away what this run has looked at, unless it was touched again meanwhile or is only known later.

        Stored figures that rest on it are stale from now on: marked here, so that no touch is cleared unnoticed.
        """
        later = {kind: {i: v for i, v in found.items() if v[0] > self.report.on} for kind, found in self.later.items()}
        with audited(by=System(KIND), why="clear touched"):
            take_turn()
            for rows in _batches(self._done(later)):
                mark_stale(_delete_touched(rows))
            for kind, found in later.items():
                missing = set(found) - set(self.touched.get(kind, ()))
                if missing:
                    since = min(found[i][0] for i in missing)
                    touch(kind, sorted(missing), since=since, account_of={i: found[i][1] for i in missing})

    def _done(self, later: Mapping[str, Mapping[int, Any]]) -> list[tuple[str, int, int]]:
        poison = {(entry["kind"], entry["id"]) for entry in self.report.poison}
        return [row for row in self.seen if row[1] not in later.get(row[0], {}) and (row[0], row[1]) not in poison]


@contextmanager
def _turn_for_all() -> Iterator[None]:
    """The turn for several hands, which take none of their own; it ends with the connection at the latest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_TURN])
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_TURN])


def _refresh_statistics() -> None:
    """After many rows the planner must know of them: it does not wait for a vacuum that may be far away."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE playbooks_firing, playbooks_play, playbooks_release, playbooks_task, core_outbox")


def _sweep_touched() -> None:
    """Every page asks what was touched: a table that was emptied of many rows is swept before it is read again."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) core_touched")


def _delete_touched(rows: Sequence[tuple[str, int, int]]) -> dict[str, date]:
    """Clear these unless they were touched again, and say for each kind from when its facts had changed."""
    kinds, ids, revisions = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH cleared AS (DELETE FROM core_touched t"
            " USING unnest(%s::text[], %s::bigint[], %s::bigint[]) AS seen(kind, id, revision)"
            " WHERE t.kind = seen.kind AND t.subject_id = seen.id AND t.revision = seen.revision"
            " RETURNING t.kind, t.since) SELECT kind, min(since) FROM cleared GROUP BY kind",
            [list(kinds), list(ids), list(revisions)],
        )
        return dict(cursor.fetchall())


def _counting(versions: Sequence[Version[Any]], on: date) -> Version[Any]:
    return next((v for v in reversed(versions) if v.valid_from <= on), versions[0])


def _code(error: DatabaseError) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""


def _chunks(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    found = list(rows)
    for start in range(0, len(found), 20_000):
        yield found[start : start + 20_000]
