"""The metrics of health, and the command that prints scores."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from core.metrics import compute_many, rows
from core.scope import System
from health.models import Score, Spell
from health.queries import health_of
from health.rules import Tier
from health.rules.explain import to_json
from health.tasks import SCORES
from installed_base.models import Account
from playbooks import day as engine
from tests import cast
from tests.health.base import ON, days_ago
from tests.health.test_day import healthy

pytestmark = pytest.mark.django_db
KEYS = ["health_average", "health_green_share", "red_recovery", "tier_movement"]
FACTS = {"low": 0, "high": 100, "coverage": 1, "inputs_hash": "x", "tier": "yellow"}


def stands(tier: str, score: Any, since: int, before: str = "", name: str = "") -> Account:
    """A customer with a machine, in that tier since so many days, and in another one before."""
    at = cast.account(name)
    cast.asset(at, days_ago(3000))
    if before:
        Spell.objects.create(account=at, tier=before, began_on=days_ago(600), ended_on=days_ago(since))
    Spell.objects.create(account=at, tier=tier, came_from=before, began_on=days_ago(since))
    Score.objects.create(account=at, on=days_ago(since), score=score, **FACTS)
    return at


def found(on=ON) -> dict[str, Any]:
    return compute_many(KEYS, on=on, actor=System("tests"))


def test_the_average_and_the_share_leave_out_who_has_no_score():
    stands(Tier.GREEN, 90, 200)
    stands(Tier.YELLOW, 65, 10, Tier.GREEN)
    stands(Tier.UNKNOWN, None, 10)
    cast.account("A prospect")
    result = found()
    assert (result["health_average"].value, result["health_average"].unknown) == (Decimal("77.5"), 1)
    assert result["health_green_share"].value == Decimal("0.5")
    assert result["health_green_share"].parts["yellow"] == 1
    before = found(days_ago(11))
    assert (before["health_average"].value, before["health_average"].count) == (90, 1)


def test_moves_are_those_of_ninety_days():
    stands(Tier.YELLOW, 65, 10, Tier.GREEN)
    stands(Tier.YELLOW, 65, 100, Tier.GREEN)
    stands(Tier.RED, 30, 89, Tier.YELLOW)
    moves = {k: n for k, n in found()["tier_movement"].parts.items() if n}
    assert moves == {"green_to_yellow": 1, "yellow_to_yellow": 1, "yellow_to_red": 1}


def test_red_is_recovered_within_ninety_days_by_who_still_pays():
    for red_days, pays in ((80, True), (80, False), (120, True)):
        at = stands(Tier.YELLOW, 65, 30)
        Spell.objects.create(account=at, tier="red", began_on=days_ago(30 + red_days), ended_on=days_ago(30))
        if pays:
            cast.posted(at, days_ago(100), 500)
    still = stands(Tier.RED, 30, 89)
    result = found()["red_recovery"]
    assert (result.numerator, result.denominator) == (1, 3)
    spell = Spell.objects.get(account=still)
    assert spell.pk not in {row["subject_id"] for row in rows("red_recovery", on=ON, actor=System("tests"))}
    assert found(ON + timedelta(days=1))["red_recovery"].denominator == 4


def test_every_row_adds_up():
    for tier, score in (("green", 90), ("red", 20), ("unknown", None)):
        stands(tier, score, 95, Tier.RED)
    for key, result in found().items():
        kept = [r for r in rows(key, on=ON, actor=System("tests")) if not r["unknown"]]
        assert len(kept) == result.count
        assert sum(r["numerator"] for r in kept) == result.numerator
        assert sum(r["denominator"] or 0 for r in kept) == (result.denominator or 0)


def test_the_command_says_what_a_score_is_made_of():
    at = healthy()
    engine.run([SCORES], on=ON)
    out = StringIO()
    call_command("health", "--on", str(ON), "--account", str(at.pk), "--json", stdout=out)
    said = json.loads(out.getvalue())
    score = Score.objects.get(account=at)
    assert (said["score"], said["tier"], said["since"]) == (str(score.score), "green", str(ON))
    assert [d["key"] for d in said["dimensions"]][:2] == ["adoption", "satisfaction"]
    assert said["dimensions"] == to_json(health_of([at.pk], ON)[at.pk])["dimensions"]
    measures = {m["key"]: m["value"] for d in said["dimensions"] for m in d["measures"]}
    assert Decimal(measures["survey"]) == Decimal(score.readings["survey"][0])
    text = StringIO()
    call_command("health", "--on", str(ON), stdout=text)
    assert text.getvalue().startswith(f"Well and Co: {score.score} green")
    assert "champion 1=100" in text.getvalue()
