"""The demo company, filled once as `make demo` fills it: its figures tell the story that was put into it."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from bowtie.demo import company
from core.calendar import add_months
from core.clock import today
from core.metrics import Result, Status, TargetPolicy, compute_many, rows
from core.models import User
from core.policies import policy_on
from dashboards import wording
from dashboards.leaks.rules import KEYS, LEAKS, Place, Problem, diagnose
from tests.answering import by_command, differing, silent

HEADS = ("renewal_rate", "expansion_rate")


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Result]]:
    """Leaks and heads of today and of a year before. What is stored of the figures is left out: it takes minutes."""
    monkeypatch.setattr(company, "take_today", lambda **_said: None)
    monkeypatch.setattr(company.reviews, "hold", lambda *_said: None)
    on = today()
    company.fill(on=on)
    elke = User.objects.get(username="elke")
    days = {"now": on, "then": add_months(on, -12)}
    return {name: compute_many((*KEYS, *HEADS), on=day, actor=elke) for name, day in days.items()}


@pytest.mark.campaign
@pytest.mark.django_db(transaction=True)
def test_renewals_hold_and_what_leaks_is_what_nobody_offers(figures: dict[str, dict[str, Result]]) -> None:
    now, then = figures["now"], figures["then"]
    policy = policy_on(TargetPolicy, today()).values
    judged = {key: wording.status(now[key], then[key], policy) for key in HEADS}
    assert judged == {"renewal_rate": Status.GOOD, "expansion_rate": Status.RISK}

    leaks = {leak.key: Decimal(now[leak.key].value or 0) for leak in LEAKS}
    assert max(leaks, key=lambda key: leaks[key]) == "leak_untouched_signals"
    assert max(leaks.values()) < Decimal(5_000_000)
    found = diagnose(Place.EXPANSION, {Place.RENEWAL: judged["renewal_rate"]})
    assert (found.problem, found.holds) == (Problem.GROWTH, True)

    answers = by_command(today())
    assert silent(answers) == []
    assert differing(answers, today(), User.objects.get(username="elke"), Client()) == []
    for key in KEYS:
        assert _sum_of(key) == Decimal(now[key].numerator or 0), key


def _sum_of(key: str) -> Decimal:
    found: Any = rows(key, on=today(), actor=User.objects.get(username="elke"))
    return sum((row["numerator"] or Decimal(0) for row in found), Decimal(0))
