"""The lab is right: a replay gives the tiers on record again, and a preview what publishing it makes of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.actions import publish_policy, touch
from health.actions.replaying import replay, stands_under
from health.actions.scoring import Cards
from health.models import Score, ScoreDue, Spell
from health.queries import tiers_of
from health.rules import Dimension, HealthPolicy, Tier
from health.tasks import SCORES
from installed_base.models import Account
from playbooks import day as engine
from tests import cast
from tests.health.base import ON, Facts, days_ago

pytestmark = pytest.mark.django_db(transaction=True)
BOLD = HealthPolicy(min_coverage=HealthPolicy().min_coverage / 10, days_to_rise=3, days_to_fall=2)
# So few days are worked back that some facts come too late for that.
SHORT = replace(BOLD, rescore_days=8)
FIRST = days_ago(17)
DAYS = [FIRST + timedelta(days=n) for n in range(18)]
_people = count()
Arrival = tuple[date, date, Callable[[Account, date, date], Any]]


def _ticket(at: Account, on: date, known: date) -> None:
    cast.ticket(at, on, severity="critical", sentiment="negative", known_on=known)


def _answer(value: int) -> Callable[[Account, date, date], Any]:
    return lambda at, on, known: cast.answer(at, on, value, known_on=known)


def _reading(at: Account, on: date, known: date) -> None:
    machine = at.assets.first()
    if machine is None:
        machine = cast.asset(at, days_ago(900), known_on=known)
        touch("account", [at.pk], since=days_ago(900))
    if not machine.readings.filter(on=on).exists():
        cast.reading(machine, on, 2, output=10, good_output=6, known_on=known)


KINDS: list[Callable[[Account, date, date], Any]] = [
    _ticket,
    _answer(2),
    _answer(10),
    _reading,
    lambda at, on, known: cast.moment(at, on, known_on=known),
    lambda at, on, known: cast.visit(at, on, known_on=known),
    lambda at, on, known: cast.posted(at, on, 900, "parts", due_on=on, paid_on=on, known_on=known),
    lambda at, on, known: cast.roi(at, on, known_on=known),
    lambda at, on, known: cast.judgement(at, on, 15, on + timedelta(days=20), known_on=known),
    lambda at, on, known: cast.asset(at, on, known_on=known),
]


def arriving(rng: Random, many: int) -> list[Arrival]:
    """Facts that arrive over the days: on their own day, some days late, or later than anything is worked back."""
    rows = []
    for _ in range(many):
        known = rng.choice(DAYS)
        late = rng.choice([0, 0, 0, 1, 4, 7, 8, 9, 30])
        rows.append((known, known - timedelta(days=late), rng.choice(KINDS)))
    return rows


def lived(accounts: list[Account], rows: list[tuple[Account, Arrival]]) -> dict[date, dict[int, Tier]]:
    """Run every day on what arrived by it; the tiers on record after each."""
    ids, recorded = [a.pk for a in accounts], {}
    touch("account", ids, since=FIRST)
    for on in DAYS:
        for at, (known, own, write) in rows:
            if known == on:
                write(at, own, known)
                touch("account", [at.pk], since=own)
        assert engine.run([SCORES], on=on).poison == []
        recorded[on] = tiers_of(ids, on)
    return recorded


def as_seen(seen: Any, pk: int, on: date) -> Tier:
    return next((tier for day, tier in reversed(seen[pk]) if day <= on), Tier.UNKNOWN)


def clean() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE installed_base_account, core_policy, core_job, core_touched, playbooks_firing CASCADE")


@given(seed=st.integers(0, 10_000))
@settings(max_examples=3, suppress_health_check=list(HealthCheck), deadline=None, phases=[Phase.generate])
def test_a_replay_of_what_was_known_gives_the_tiers_on_record(seed: int):
    clean()
    rng = Random(seed)
    publish_policy(values=SHORT, valid_from=date(2001, 1, 1), by=cast.person(f"policy {next(_people)}"))
    accounts = [cast.account() for _ in range(3)]
    recorded = lived(accounts, [(rng.choice(accounts), row) for row in arriving(rng, 45)])
    before = list(Score.objects.values_list("id", "inputs_hash"))
    seen = replay([a.pk for a in accounts], Cards(), DAYS, daily=True)
    for on in DAYS:
        assert {pk: as_seen(seen, pk, on) for pk in seen} == recorded[on], on
    assert len({tier for tiers in seen.values() for _, tier in tiers}) > 1
    assert list(Score.objects.values_list("id", "inputs_hash")) == before


def test_late_facts_are_not_known_before_they_arrive():
    publish_policy(values=replace(BOLD, days_to_fall=1), valid_from=date(2001, 1, 1), by=cast.person("policy"))
    at = cast.account()
    cast.answer(at, days_ago(44), 10)
    _ticket(at, days_ago(30), days_ago(10))
    days = [days_ago(n) for n in range(42, -1, -7)]
    now, then = (replay([at.pk], Cards(), days, as_known=known)[at.pk] for known in (False, True))
    fall = next(on for on, tier in now if tier is not Tier.GREEN)
    assert fall == days_ago(28)
    assert next(on for on, tier in then if tier is not Tier.GREEN) == days_ago(7)


def base(seed: int) -> list[Account]:
    facts = Facts(seed)
    accounts = [facts.account() for _ in range(8)]
    touch("account", [a.pk for a in accounts], since=cast.KNOWN)
    return accounts


def draft() -> HealthPolicy:
    """Adoption counts for nearly all, and green begins earlier."""
    shares = {"adoption": 5, "satisfaction": 60, "outcomes": 5, "relationship": 25, "commercial": 5}
    sides = tuple(Dimension(key, replace(BOLD.dimensions[0]).weight * 0 + n) for key, n in shares.items())
    sides = tuple(replace(side, weight=side.weight / 100) for side in sides)
    return replace(BOLD, dimensions=sides, green=BOLD.green - 15, yellow=BOLD.yellow - 20)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_preview_is_what_publishing_makes_of_it(seed: int):
    by = cast.person("policy")
    publish_policy(values=BOLD, valid_from=date(2001, 1, 1), by=by)
    ids = [a.pk for a in base(seed)]
    engine.run([SCORES], on=days_ago(20))
    engine.run([SCORES], on=days_ago(1))
    # A fact nobody has looked at yet is in the preview as it will be in the day.
    cast.ticket(Account.objects.get(pk=ids[0]), days_ago(3), severity="critical")
    touch("account", ids[:1], since=days_ago(3))
    kept = (list(Score.objects.values()), list(Spell.objects.values()), list(ScoreDue.objects.values()))
    old, new = stands_under(ids, None, ON), stands_under(ids, draft(), ON)
    assert kept == (list(Score.objects.values()), list(Spell.objects.values()), list(ScoreDue.objects.values()))
    assert {pk: s.settles for pk, s in old.items()} != {pk: s.settles for pk, s in new.items()}
    publish_policy(values=draft(), valid_from=ON, by=by)
    engine.run([SCORES], on=ON)
    assert {pk: stand.tier for pk, stand in new.items()} == tiers_of(ids, ON)
    rows = {pk: Score.objects.filter(account=pk, on__lte=ON).latest("on") for pk in ids}
    assert {pk: (s.score, s.settles.value) for pk, s in new.items()} == {
        pk: (row.score, row.tier) for pk, row in rows.items()
    }


def test_what_is_copied_aside_does_not_stand_in_the_way_of_what_is_written_there():
    """Rows on record have numbers of their own; new ones are numbered from one."""
    publish_policy(values=BOLD, valid_from=date(2001, 1, 1), by=cast.person("policy"))
    ids = [a.pk for a in base(5)]
    engine.run([SCORES], on=days_ago(1))
    for table in (Score, Spell):
        for number, row in enumerate(table.objects.order_by("pk"), 1):
            table.objects.filter(pk=row.pk).update(id=-number)
        table.objects.update(id=-F("id"))
    assert len(stands_under(ids, draft(), ON)) == len(ids)
