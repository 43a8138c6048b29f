"""Killed at every statement, run by two and four at once, run over fifteen years with and without gaps."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F, Q

from bowtie.day import run_day
from core import bulk
from core.actions import touch
from core.models import Outbox, Touched
from expansion.models import Signal
from installed_base.models import Asset, Term
from playbooks import day as engine
from playbooks.models import Firing, Play, Qbr, Release, Task
from renewals.models import Renewal
from tests import cast
from tests.playbooks import oracle

pytestmark = pytest.mark.django_db(transaction=True)
D = date(2026, 11, 21)
KNOWN = date(2026, 1, 2)


def small_base(terms: int = 8, machines: int = 4) -> None:
    at = cast.account()
    ids = [cast.term(at, date(2026, 1, 1), D + timedelta(days=13 * i - 10), known_on=KNOWN).pk for i in range(terms)]
    ids.append(cast.term(at, date(2020, 2, 29), None, known_on=KNOWN).pk)
    touch("term", ids, since=KNOWN)
    touch("asset", [cast.asset(at, date(2012 + i * 3, 1, 31), known_on=KNOWN).pk for i in range(machines)], since=KNOWN)


def expected_keys(on: date) -> set[tuple[str, int, str]]:
    """The oracle's set for every term and machine in the database."""
    found = set()
    for term in Term.objects.all():
        facts = oracle.Contract(term.starts_on, term.ends_on, term.known_on)
        for lead, last_day in oracle.milestone_keys(facts, on):
            found.add((f"renewal.T-{lead}", term.pk, f"T1.M{lead}@{last_day}"))
    years = {"upgrade": 5, "replacement": 10, "end_of_life": 12}
    for asset in Asset.objects.all():
        for rung, _day in oracle.reached_by_walking(asset.installed_on, on):
            found.add((f"age.{rung}", asset.pk, f"AGE.R{years[rung]}"))
    return found


TOLD = ("milestone.fired", "renewal.escalated", "qbr.plan", "qbr.agenda", "qbr.summary_late")


def verdict(on: date) -> dict[str, int]:
    """missed, duplicates, extra, lost effects, orphans: all must be zero.

    The oracle knows the calendar and the age of machines; escalations hang on the work and QBRs on their meetings:
    they are held to their effects.
    """
    rows = list(Firing.objects.values_list("rule", "subject_kind", "subject_id", "occurrence_key"))
    dated = {(rule, subject, key) for rule, kind, subject, key in rows if kind not in ("renewal", "qbr")}
    wanted = expected_keys(on)
    fired = Firing.objects.filter(state="fired")
    effects = Counter(Release.objects.values_list("firing_id", flat=True))
    effects.update(Signal.objects.values_list("firing_id", flat=True))
    told = {row.payload["firing"] for row in Outbox.objects.filter(kind__in=TOLD)}
    released = set(Release.objects.values_list("firing_id", flat=True))
    return {
        "missed": len(wanted - dated),
        "duplicates": len(rows) - len(set(rows)),
        "extra": len(dated - wanted),
        "lost": len(set(fired.values_list("id", flat=True)) ^ set(effects)) + sum(n - 1 for n in effects.values()),
        "orphan_tasks": Task.objects.filter(release__isnull=True).count(),
        "orphan_outbox": len(told ^ released),
        "orphan_plays": Play.objects.exclude(renewal__isnull=False).exclude(_of_a_meeting()).count(),
        "two_fired": sum(n > 1 for n in Counter(Renewal.objects.values_list("term_id", "review")).values()),
    }


def _of_a_meeting() -> Q:
    return Q(playbook="qbr", subject_kind="qbr", subject_id__in=Qbr.objects.values("pk"))


def clean(found: dict[str, int]) -> bool:
    return not any(found.values())


def wipe() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE installed_base_account, core_job, core_outbox, core_touched CASCADE")


def in_a_child(work: Callable[[], None]) -> int:
    """Run in a forked process with a connection of its own; answers how it ended."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            os._exit(70)
        os._exit(0)
    return pid


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killing_itself_before(statement: int) -> Callable[[], None]:
    """A run of the day that is killed before its nth statement, COPY or commit."""
    left = [statement]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before_execute(execute, sql, params, many, context):
        count()
        return execute(sql, params, many, context)

    def work() -> None:
        commit, copy = connection._commit, bulk._field  # type: ignore[attr-defined]  # the stubs leave it out

        def counted_commit():
            count()
            return commit()

        def counted_field(value):
            if value is not None and random.random() < 0.01:
                count()
            return copy(value)

        connection._commit = counted_commit  # type: ignore[attr-defined]  # the stubs leave it out
        bulk._field = counted_field
        with connection.execute_wrapper(before_execute):
            run_day(on=D)

    return work


def test_killed_before_every_statement_nothing_is_missed_or_doubled():
    """F2: SIGKILL before statement k, for every k; then one clean run, then the oracle."""
    small_base()
    landed, statement, bad = 0, 1, []
    while True:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE playbooks_firing, core_job, core_outbox CASCADE")
        touch("term", Term.objects.values_list("pk", flat=True), since=KNOWN)
        code = ended(in_a_child(killing_itself_before(statement)))
        assert code in (0, -signal.SIGKILL), code
        if code == 0:
            break
        landed += 1
        run_day(on=D)
        if not clean(verdict(D)):
            bad.append((statement, verdict(D)))
        statement += 1
    assert landed >= 40, "every statement of the run was a crash point"
    assert bad == []
    assert not Touched.objects.exists()


@pytest.mark.parametrize(("runners", "rounds"), [(2, 4), (4, 3)])
def test_runners_at_once_fire_once(runners, rounds):
    """F4: nobody waits for anybody's leave; the unique key decides."""
    for _ in range(rounds):
        wipe()
        small_base(terms=20, machines=8)
        children = [in_a_child(lambda: run_day(on=D)) for _ in range(runners)]
        codes = [ended(pid) for pid in children]
        assert codes == [0] * runners
        assert clean(verdict(D)), verdict(D)
        wipe()


def test_runners_at_once_without_taking_turns(monkeypatch):
    """The turns are only for speed: without them the unique key still lets nothing happen twice."""
    original = engine.connection.cursor

    class Hasty:
        def __init__(self, cursor):
            self.cursor = cursor

        def __enter__(self):
            self.cursor.__enter__()
            return self

        def __exit__(self, *problem):
            return self.cursor.__exit__(*problem)

        def __getattr__(self, name):
            return getattr(self.cursor, name)

        def execute(self, sql, params=None):
            if "pg_advisory_xact_lock" not in str(sql):
                return self.cursor.execute(sql, params)
            return None

    monkeypatch.setattr(connection, "cursor", lambda *a, **k: Hasty(original(*a, **k)))
    for _ in range(3):
        wipe()
        small_base(terms=20, machines=8)
        children = [in_a_child(lambda: run_day(on=D)) for _ in range(4)]
        for pid in children:
            ended(pid)
        run_day(on=D)
        assert clean(verdict(D)), verdict(D)
    wipe()


def keys_of(days: list[date], base: Callable[[], None]) -> set[tuple[str, int, str]]:
    wipe()
    base()
    first = {
        kind: min(model.objects.values_list("pk", flat=True)) for kind, model in (("term", Term), ("asset", Asset))
    }
    for day in days:
        run_day(through=day)
    terms = dict(Renewal.objects.values_list("pk", "term_id"))

    def place(kind: str, subject: int) -> int:
        """Which of the base it is; QBRs are all of the one account, and their keys hold their dates."""
        if kind == "qbr":
            return 0
        return terms[subject] - first["term"] if kind == "renewal" else subject - first[kind]

    return {
        (rule, place(kind, subject), key)
        for rule, kind, subject, key in Firing.objects.values_list(
            "rule", "subject_kind", "subject_id", "occurrence_key"
        )
    }


def long_base() -> None:
    at = cast.account()
    known = date(2026, 1, 1)
    for i in range(12):
        start = date(2024, 2, 29) if i % 3 == 0 else date(2025, 1, 31) + timedelta(days=37 * i)
        ends_on = None if i % 4 == 0 else oracle.months_later(start, 12 + 9 * i) - timedelta(days=1)
        tacit = 12 if i % 4 == 1 else None
        cast.term(at, start, ends_on, known_on=known, tacit_months=tacit, notice_days=30 if tacit else 0)
        cast.asset(at, start - timedelta(days=200 * i), known_on=known)


def gappy_days(seed: int, begin: date, end: date) -> list[date]:
    chance = random.Random(seed)
    days = [begin]
    while days[-1] < end:
        days.append(min(days[-1] + timedelta(days=chance.choice([1, 2, 3, 9, 30, 44, 200, 400])), end))
    return days


def same_keys_with_gaps(seed: int, years: int) -> None:
    """Each run of the gappy years stands days or months after the last; day by day, nothing is ever late."""
    begin = date(2026, 1, 1)
    end = date(2026 + years, 3, 2)
    daily = keys_of([begin, end], long_base)
    late = Firing.objects.filter(state="fired", on__gt=begin).exclude(on=F("due_on"))
    assert list(late.values_list("occurrence_key", "on")) == []
    assert run_day(on=end, audit=True).found_by_audit == 0
    assert keys_of(gappy_days(seed, begin, end), long_base) == daily
    assert run_day(on=end, audit=True).found_by_audit == 0
    wipe()


def test_years_over_leap_days_and_month_ends_with_gaps_give_the_same_keys():
    """F10, short: two years and two months over 28 February."""
    same_keys_with_gaps(seed=1, years=2)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [1, 2])
def test_fifteen_years_day_by_day_and_with_gaps_give_the_same_keys(seed):
    same_keys_with_gaps(seed, years=15)


@pytest.mark.parametrize("days", [3, 10, 95, 400])
def test_long_outage_one_play_per_term_each_milestone_once(days):
    """F12: everything comes late, nothing is lost, and the owner gets one mail's worth."""
    small_base()
    run_day(on=D - timedelta(days=days))
    run_day(through=D)
    assert clean(verdict(D)), verdict(D)
    assert max(Counter(Task.objects.values_list("play_id", "step")).values(), default=1) == 1
    assert run_day(on=D, audit=True).found_by_audit == 0
    wipe()


def test_a_changed_fact_while_the_day_runs_is_looked_at_again(monkeypatch):
    """F17: an edit between reading and writing leaves its touch behind, and the next bell sees it."""
    small_base(terms=3, machines=0)
    term = Term.objects.exclude(ends_on=None).order_by("pk")[0]
    moved = term.ends_on + timedelta(days=200)
    original = engine.record

    def edit_first(*args, **kwargs):
        if kwargs["kind"] == "term" and not Firing.objects.filter(subject_kind="term").exists():
            touch("term", [term.pk], since=D)
            Term.objects.filter(pk=term.pk).update(ends_on=moved)
        return original(*args, **kwargs)

    monkeypatch.setattr(engine, "record", edit_first)
    run_day(on=D)
    assert Touched.objects.filter(subject_id=term.pk, kind="term").exists()
    run_day(on=D)
    assert Renewal.objects.get(term=term).decides_on == moved
    wipe()
