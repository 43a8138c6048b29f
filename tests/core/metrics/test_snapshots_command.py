"""`manage.py snapshots`, and the figures with which a day ends."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from bowtie.day import run_day
from bowtie.schedule import SCHEDULE
from core.actions import publish_policy, touch
from core.metrics import metric, stored
from core.models import Role, Snapshot, Touched
from installed_base.rules import AgePolicy
from tests.cast import account, asset, person

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
ON = date(2026, 11, 21)


def said(*options: str) -> str:
    out = StringIO()
    call_command("snapshots", "--on", ON.isoformat(), *options, stdout=out)
    return out.getvalue()


def figure(day: date, key: str = "assets_in_service") -> Any:
    return stored([key], [day])[day, key]


def test_it_stores_and_then_has_nothing_to_do() -> None:
    asset(account(), date(2020, 1, 1))
    told = json.loads(said("--json"))
    assert (told["on"], told["rows"], told["kept"]) == ("2026-11-21", Snapshot.objects.count(), 0)
    assert len(told["dates"]) == 28
    assert "Nothing was missing or stale" in said()
    Snapshot.objects.filter(metric="attach_rate", as_of=date(2026, 10, 31)).delete()
    assert json.loads(said("--json"))["dates"] == ["2026-10-31"]


def test_a_day_ends_with_its_figures_and_marks_what_came_late() -> None:
    at = account()
    asset(at, date(2020, 1, 1))
    run_day(on=ON)
    assert (figure(ON).result.value, figure(ON).is_fresh) == (1, True)
    a_year_before = date(2025, 11, 21)
    late = asset(at, ON - timedelta(days=3))
    touch("asset", [late.pk], since=ON - timedelta(days=3))
    run_day(on=ON)
    assert not Touched.objects.filter(kind="asset").exists()
    assert (figure(ON).result.value, figure(ON).is_fresh) == (2, True)
    before = Snapshot.objects.get(metric="assets_in_service", as_of=a_year_before, part="")
    assert before.value == 1 and before.stale_since is None
    assert figure(ON - timedelta(days=1)).result.value == 2


def test_a_new_policy_makes_stale_what_it_decides() -> None:
    asset(account(), date(2020, 1, 1))
    run_day(on=ON)
    boss = person("boss", Role.ADMINISTRATOR)
    publish_policy(values=AgePolicy(expected_life_years=Decimal(5)), valid_from=ON, by=boss)
    assert not figure(ON, "assets_end_of_life").is_fresh
    assert figure(ON, "contracts_in_force").is_fresh
    run_day(on=ON)
    assert figure(ON, "assets_end_of_life").result.value == 1
    assert figure(ON, "assets_end_of_life").result.policy == {"installed_base.age": 2} | {
        name: 1 for name in figure(ON, "assets_end_of_life").result.policy if name != "installed_base.age"
    }
    assert metric("assets_end_of_life").family.policies


def test_the_night_takes_them_after_the_audit() -> None:
    audit, snapshots = (SCHEDULE[name]["schedule"] for name in ("audit the day", "take snapshots"))
    assert (min(audit.hour), min(audit.minute)) < (min(snapshots.hour), min(snapshots.minute))
    assert SCHEDULE["take snapshots"]["task"] == "bowtie.take_snapshots"
