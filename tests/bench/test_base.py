"""The generated base is the same each time, whole, and worth measuring."""

from datetime import date
from types import SimpleNamespace

import orjson
import pytest
from django.db import connection

from bench import base
from bench.floors import chances as floor_of_chances
from bench.floors.loop import Share, fire_one_by_one
from bench.goals import importing
from core.models import Outbox
from core.scope import System
from expansion import tasks
from expansion.chances import CHANCES
from installed_base.models import (
    Account,
    AccountPeriod,
    Asset,
    AssetEvent,
    AssetPeriod,
    Coverage,
    LedgerEntry,
    Term,
    TermPeriod,
)
from playbooks import day
from playbooks.models import Firing, Play, Release, Task
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
    """Two in three with a silent milestone, every second with a third task: so much the day wrote on average."""
    terms = list(Term.objects.visible_to(System("test")).select_related("contract__account__owner")[:6])
    share = Share(silent=2 / 3, tasks=2.5, messages=2)
    assert fire_one_by_one(terms, ON, share) == 6
    assert fire_one_by_one(terms, ON, share) == 6
    counts = [m.objects.count() for m in (Firing, Play, Renewal, Release, Task, Outbox)]
    assert counts == [6 + 4, 6, 6, 6, 15, 12]
    assert Firing.objects.filter(state="fired").values("subject_id").distinct().count() == 6


def test_the_floor_of_the_import_brings_what_the_import_writes(filled, tmp_path):
    """The same rows of the same tables; what the mapping and the day add is no part of them."""
    setting = SimpleNamespace(on=ON, accounts=30)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(importing.MAPPING)
    path = importing._written(tmp_path / "new.csv", setting, 5, "F", 0)
    importing._imported(path, mapping, ON, 0)
    for name, model in (("asset", Asset), ("assetperiod", AssetPeriod), ("assetevent", AssetEvent)):
        key = "pk" if model is Asset else "asset_id"
        added = list(model.objects.order_by(f"-{key}")[:5].values())[::-1]
        floor = list(importing.TABLES[name](setting, 5))
        for ours, theirs in zip(added, floor, strict=True):
            told = {k: v for k, v in theirs.items() if not (k == "id" or k == "asset_id")}
            assert {k: _plain(ours[k]) for k in told} == {k: _plain(v) for k, v in told.items()}
            unsaid = {k for k, v in ours.items() if v is not None} - theirs.keys()
            assert unsaid <= {"recorded_at", "batch_id"}


def _plain(value):
    if isinstance(value, str) and value.startswith("{"):
        return orjson.loads(value)
    return value if isinstance(value, dict) else str(value)


def test_the_floor_of_the_chances_sees_what_the_day_sees(filled):
    """Where a rule is of today alone, plain SQL and the day name the same subjects; elsewhere SQL knows no history."""
    named = dict(floor_of_chances.look(ON))
    assert set(named) <= {"age", *(chance.name for chance in CHANCES), "warranty", "recurring"}
    report = day.run([tasks.ORDER_RHYTHM, tasks.BREAKDOWN, tasks.CAPACITY], on=ON)
    assert report.poison == []
    for rule in ("order_rhythm", "breakdown", "capacity"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT subject_id FROM {floor_of_chances.TABLE} WHERE rule = %s", [rule])
            plain = {row[0] for row in cursor.fetchall()}
        fired = Firing.objects.filter(rule=rule, state="fired").values_list("subject_id", flat=True)
        assert set(fired) == plain
        assert plain, rule
