"""The generated base is the same each time, whole, and worth measuring."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import Count

from bench import base
from bench.floors.loop import STEPS, fire_one_by_one
from core.models import Outbox
from core.scope import System
from installed_base.models import Account, AccountPeriod, Asset, Coverage, LedgerEntry, Term, TermPeriod
from playbooks.models import Firing, Play, Task
from renewals.models import Renewal

ON = date(2026, 11, 21)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(monkeypatch):
    """A small base; VACUUM is left out."""
    run = base._statement
    monkeypatch.setattr(base, "_statement", lambda sql: None if sql.startswith("VACUUM") else run(sql))
    base.fill(30, ON)


def test_the_base_is_whole(filled):
    assert (Account.objects.count(), Asset.objects.count(), Term.objects.count()) == (30, 300, 300)
    assert (AccountPeriod.objects.count(), TermPeriod.objects.count(), LedgerEntry.objects.count()) == (30, 300, 600)
    assert Coverage.objects.exclude(term__contract__account=models_f("asset__account")).count() == 0
    assert Account.objects.exclude(owner__user__role="cs_manager").count() == 0
    running = Term.objects.in_force(ON).count()
    assert 150 < running < 300
    # Rows made afterwards get numbers of their own.
    assert Account.objects.create(name="Next", owner=Account.objects.first().owner, known_on=ON).pk == 31


def models_f(path):
    from django.db.models import F

    return F(path)


def test_the_audit_trail_rests_meanwhile_and_wakes_again(filled):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM installed_base_accountaudit")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone()[0] == "origin"


def test_the_loop_writes_what_a_firing_writes(filled):
    terms = list(Term.objects.visible_to(System("test")).select_related("contract__account__owner")[:3])
    assert fire_one_by_one(terms, ON) == 3
    assert fire_one_by_one(terms, ON) == 3
    counts = [m.objects.count() for m in (Firing, Play, Renewal, Task, Outbox)]
    assert counts == [3, 3, 3, 3 * STEPS, 3]
    assert Firing.objects.values("subject_id").annotate(n=Count("id")).filter(n__gt=1).count() == 0
