"""/livez, /readyz and /readyz/jobs: each condition provoked once."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from bowtie import endpoints
from core.clock import now
from core.models import Job, Outbox
from tests.standing import beside


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch):
    """A process that has not seen the migrations yet."""
    monkeypatch.setattr(endpoints, "_seen_migrated", [])


@pytest.fixture(autouse=True)
def clock_of_the_database(settings):
    """Readiness compares with what the database calls now."""
    settings.CLOCK_OFFSET_MINUTES = 0


def checks(client) -> tuple[int, dict]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_livez_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_when_all_answer(client):
    everything = {"database": "ok", "broker": "ok", "migrations": "ok"}
    assert checks(client) == (200, {"status": "ok", "checks": everything})


@pytest.mark.django_db
def test_a_silent_broker_degrades_and_does_not_kill(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, told = checks(client)
    assert (status, told["status"], told["checks"]["broker"]) == (200, "degraded", "unreachable")


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client):
    newest = MigrationLoader(connection).graph.leaf_nodes("core")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    status, told = checks(client)
    assert (status, told["status"], told["checks"]["migrations"]) == (503, "unavailable", "missing")


@pytest.mark.django_db
def test_an_unreachable_database_is_not_ready(client, monkeypatch):
    def refuse(*arguments, **options):
        raise OperationalError("no")

    monkeypatch.setattr(endpoints.connection, "cursor", refuse)
    status, told = checks(client)
    assert status == 503
    assert told["checks"] == {"database": "unreachable", "broker": "ok", "migrations": "unknown"}


def troubles(client) -> tuple[int, list[str]]:
    answer = client.get("/readyz/jobs")
    return answer.status_code, answer.json()["troubles"]


def day(ended: datetime, **values) -> Job:
    return Job.objects.create(kind="run_day", state=Job.State.DONE, finished_at=ended, **values)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "expected"), [(59, (200, 0)), (61, (503, 1))])
def test_the_last_good_day_is_an_hour_old_at_most(client, minutes, expected):
    day(now() - timedelta(minutes=minutes))
    status, told = troubles(client)
    assert (status, len(told)) == expected


@pytest.mark.django_db
def test_a_day_that_never_ran_is_told(client):
    assert troubles(client) == (503, ["the day has never run"])


@pytest.mark.django_db
def test_a_failed_day_does_not_count(client):
    day(now())
    Job.objects.create(kind="run_day", state=Job.State.FAILED, finished_at=now())
    assert troubles(client) == (200, [])


@pytest.mark.django_db
def test_what_the_audit_found_is_told(client):
    day(now(), found_by_audit=3)
    assert troubles(client) == (503, ["the audit found 3 missed firings"])


@pytest.mark.django_db
def test_messages_that_wait_or_are_dead_are_told(client):
    day(now())
    Outbox.objects.create(dedupe_key="fresh", kind="digest")
    Outbox.objects.create(dedupe_key="dead", kind="digest", state=Outbox.State.DEAD)
    waiting = Outbox.objects.create(dedupe_key="old", kind="digest")
    Outbox.objects.filter(pk=waiting.pk).update(recorded_at=waiting.recorded_at - timedelta(minutes=16))
    assert troubles(client) == (503, ["1 messages wait longer than 15 minutes", "1 messages are dead"])


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "expected"), [(-110, 200), (110, 200), (-130, 503), (130, 503)])
def test_a_clock_that_differs_from_the_databases_is_told(client, seconds, expected):
    day(now())
    with beside(seconds):
        status, told = troubles(client)
    assert status == expected
    assert [sentence[:44] for sentence in told] == ["the clock differs from the database's by 130"] * (status == 503)
