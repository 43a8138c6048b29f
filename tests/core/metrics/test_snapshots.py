"""Stored figures: the same as live ones, never lost, stale when a fact comes late, and nobody's but those who may."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.history import keep
from core.metrics import (
    WHOLE,
    catalogue,
    compute_many,
    month_ends,
    stored,
    take_snapshots,
)
from core.metrics.slices import members_on, owners_of_teams
from core.models import Membership, Owner, Team
from core.scope import System
from installed_base.models import Account, AccountPeriod, AssetPeriod
from tests.cast import asset
from tests.house.test_receipts import Base

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
YESTERDAY = ON - timedelta(days=1)
KEYS = [m.key for m in catalogue()]
SYSTEM = System("tests")


def a_base(seed: int) -> Base:
    """A random base whose accounts changed hands, moved, were merged, and lie in several countries."""
    base = Base(seed)
    below = Team.objects.create(name="North-west", parent=Team.objects.get(name="North"))
    Membership.objects.create(team=below, user=base.people[1])
    owners = [Owner.objects.of(p) for p in base.people] + [Owner.objects.of(below)]
    for number, one in enumerate(base.accounts):
        Account.objects.filter(pk=one.pk).update(country=("NL", "DE", "")[number % 3], owner=owners[number % 3])
    keep(AccountPeriod, [a.pk for a in base.accounts[:5]], on=ON - timedelta(days=20))
    gone, kept = base.accounts[6], base.accounts[7]
    Account.objects.filter(pk=gone.pk).update(merged_into=kept)
    machine = asset(kept, ON - timedelta(days=900))
    type(machine).objects.filter(pk=machine.pk).update(account=base.accounts[0])
    keep(AssetPeriod, [machine.pk], on=ON - timedelta(days=20))
    return base


@pytest.mark.parametrize("seed", range(3))
def test_every_stored_figure_is_the_live_one(seed: int) -> None:
    a_base(seed)
    take_snapshots(on=ON, months=1)
    for day in (YESTERDAY, *month_ends(ON, 1)):
        members = members_on(day, owners_of_teams())
        assert {s.dimension for s in members} == {"owner", "team", "segment", "country", "product_line"}
        for one in (WHOLE, *members):
            live = compute_many(KEYS, on=day, actor=SYSTEM, filters=one.filters)
            found = stored(KEYS, [day], one)
            for key in KEYS:
                assert facts(found[day, key].result) == facts(live[key]), (day, one, key)
                assert found[day, key].is_fresh


def facts(result: Any) -> tuple[Any, ...]:
    return (
        result.value,
        result.numerator,
        result.denominator,
        result.count,
        result.unknown,
        result.unattributed,
        result.small,
        result.reason,
        dict(result.policy),
        dict(result.parts),
    )
