"""Several hands do the chunks of a long day: the outcome is that of one, and what falls is done by the next run."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from core.actions import touch
from core.models import Job, Outbox, Touched
from installed_base.models import Term
from playbooks import day
from playbooks.models import Firing, Release
from renewals.models import Renewal
from renewals.tasks import MILESTONES
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 11, 21)
SHORT = replace(MILESTONES, chunk=2)
# pg_locks shows the whole server, other tests' databases too: theirs hold turns of their own.
TURNS_HELD = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND objid = %s AND datname = current_database()
"""


@pytest.fixture
def terms(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fifteen terms that reach a milestone, in eight chunks; several hands from two chunks on."""
    monkeypatch.setattr(day, "MANY_CHUNKS", 2)
    ends = ON + timedelta(days=60)
    found = [cast.term(cast.account(), ON - timedelta(days=300), ends).pk for _ in range(15)]
    touch("term", found, since=ON)
    return found


def keys() -> set[tuple[Any, ...]]:
    return set(Firing.objects.values_list("rule", "subject_id", "occurrence_key", "state"))


def test_each_renewal_is_opened_once_whoever_does_it(terms: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    hands: set[int | None] = set()
    turns: list[int] = []
    real = day.record

    def watched(*found: Any, **more: Any) -> Any:
        hands.add(day._hand.get())
        with connection.cursor() as cursor:
            cursor.execute(TURNS_HELD, [day._TURN])
            turns.append(cursor.fetchone()[0])
        return real(*found, **more)

    monkeypatch.setattr(day, "record", watched)
    report = day.run([SHORT], on=ON)
    assert hands == {0, 1, 2, None}, "the last chunk completes the day, and nobody else's"
    assert set(turns) == {1}, "another run waits meanwhile"
    assert sorted(Renewal.objects.values_list("term_id", flat=True)) == terms
    assert (sum(report.fired.values()), report.examined, report.made["plays"]) == (15, 15, 15)
    assert Release.objects.count() == 15 and Outbox.objects.filter(kind="renewal.opened").count() == 15
    assert not Touched.objects.exists()
    assert Job.objects.get(kind=day.KIND).completed_on == ON
    assert sum(day.run([SHORT], on=ON).fired.values()) == 0


def test_it_writes_what_one_hand_writes(terms: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    day.run([SHORT], on=ON)
    by_many = keys()
    Release.objects.all().delete()
    Renewal.objects.all().delete()
    Firing.objects.all().delete()
    Outbox.objects.all().delete()
    touch("term", terms, since=ON)
    monkeypatch.setattr(day, "MANY_CHUNKS", 1000)
    day.run([SHORT], on=ON)
    assert keys() == by_many


def test_a_row_that_cannot_be_done_is_cornered_by_its_hand(terms: list[int]) -> None:
    bad = terms[3]

    def effect(fired: Any, moment: Any) -> Any:
        if any(row.facts.id == bad for row in fired):
            raise ValueError("poison")
        return MILESTONES.effect(fired, moment)

    report = day.run([replace(SHORT, effect=effect)], on=ON)
    assert [entry["id"] for entry in report.poison] == [bad]
    assert set(Renewal.objects.values_list("term_id", flat=True)) == set(terms) - {bad}
    assert list(Touched.objects.values_list("subject_id", flat=True)) == [bad]


def test_a_hand_that_falls_lets_the_run_fail_and_the_next_one_does_the_rest(terms: list[int]) -> None:
    def effect(fired: Any, moment: Any) -> Any:
        if any(row.facts.id == terms[2] for row in fired):
            raise OperationalError("the connection is gone")
        return MILESTONES.effect(fired, moment)

    with pytest.raises(OperationalError):
        day.run([replace(SHORT, effect=effect)], on=ON)
    job = Job.objects.get(kind=day.KIND)
    assert (job.state, job.completed_on) == (Job.State.FAILED, None)
    assert Term.objects.count() == 15 and Touched.objects.count() == 15
    day.run([SHORT], on=ON)
    assert sorted(Renewal.objects.values_list("term_id", flat=True)) == terms
