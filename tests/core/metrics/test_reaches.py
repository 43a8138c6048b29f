"""Stored figures of what people see: exactly theirs, nobody's once an account changes hands, never silently behind."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.actions import touch
from core.metrics import Filters, compute_many, figures, large, reach_slice, stored, take_today
from core.metrics.reaches import for_reaches, sights
from core.models import Membership, Owner, Role, Snapshot, Team, User
from installed_base.models import Account, AccountMember
from tests.cast import account, asset, person
from tests.core.metrics.test_snapshots import a_base, facts

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
KEYS = sorted(for_reaches())


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any base counts as a large one."""
    monkeypatch.setattr(large, "ROWS", -2)


def machines(user: User, filters: Filters | None = None) -> Any:
    return figures({ON: ["assets_in_service"]}, actor=user, filters=filters or Filters())[ON]["assets_in_service"]


@pytest.mark.parametrize("seed", range(2))
def test_what_is_stored_of_a_reach_is_what_its_people_count_live(seed: int) -> None:
    """With accounts on which somebody helps, and one merged into another owner's."""
    base = a_base(seed)
    lead = person("lead", Role.TEAM_LEAD, Team.objects.get(name="North"))
    helper = person("helper", Role.CS_MANAGER, Team.objects.create(name="Far away"))
    for one in (base.accounts[0], base.accounts[6]):
        AccountMember.objects.create(account=one, user=helper)
    nobody = person("nobody", Role.SALES)
    take_today(on=ON)
    for user in (lead, helper, nobody, *base.people):
        chosen = reach_slice(user)
        if chosen is None:
            continue
        found, live = stored(KEYS, [ON], chosen, actor=user), compute_many(KEYS, on=ON, actor=user)
        for key in KEYS:
            assert facts(found[ON, key].result) == facts(live[key]), (user.username, key)


def test_people_who_see_the_same_share_one_reach() -> None:
    team = Team.objects.create(name="North")
    eva, otto = (person(name, Role.CS_MANAGER, team) for name in ("eva", "otto"))
    person("far", Role.CS_MANAGER, Team.objects.create(name="South"))
    person("boss", Role.EXECUTIVE)
    account(owner=eva)
    assert reach_slice(eva) == reach_slice(otto)
    assert len(sights()) == 2


def test_an_account_that_left_is_in_no_figure_that_is_shown(big: None) -> None:
    """Nothing was touched, so that the stored figure is fresh: it is no longer of what this person sees."""
    eva, otto = person("eva"), person("otto")
    asset(account(owner=eva), ON)
    gone = account(owner=eva)
    asset(gone, ON)
    take_today(on=ON)
    assert machines(eva).value == 2
    Account.objects.filter(pk=gone.pk).update(owner=Owner.objects.of(otto))
    assert (machines(eva).value, machines(eva).waiting) == (None, True)
    take_today(on=ON)
    assert (machines(eva).value, machines(otto).value) == (1, 1)
    assert machines(eva).taken_at is not None


def test_a_new_member_of_a_team_reads_no_figure_of_their_former_reach(big: None) -> None:
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    eva, otto = person("eva", Role.CS_MANAGER, north), person("otto", Role.CS_MANAGER, south)
    asset(account(owner=eva), ON)
    asset(account(owner=otto), ON)
    take_today(on=ON)
    assert machines(eva).value == 1
    Membership.objects.filter(user=eva).update(team=south)
    assert machines(User.objects.get(pk=eva.pk)).waiting


def test_on_a_large_base_a_later_fact_is_said_and_not_counted(big: None) -> None:
    eva = person("eva")
    at = account(owner=eva)
    asset(at, ON)
    take_today(on=ON)
    touch("asset", [asset(at, ON).pk], since=ON)
    assert (machines(eva).value, machines(eva).behind) == (1, True)
    boss = person("boss", Role.EXECUTIVE)
    assert (machines(boss).value, machines(boss).behind) == (1, True)
    Snapshot.objects.all().delete()
    assert machines(boss).waiting


def test_on_a_small_base_a_later_fact_counts_at_once() -> None:
    eva = person("eva")
    at = account(owner=eva)
    asset(at, ON)
    take_today(on=ON)
    assert machines(eva).taken_at is not None
    touch("asset", [asset(at, ON).pk], since=ON)
    assert (machines(eva).value, machines(eva).behind) == (2, False)


def test_what_nobody_stores_is_counted_within_some_seconds(big: None, monkeypatch: pytest.MonkeyPatch) -> None:
    eva = person("eva")
    asset(account(owner=eva, country="NL"), ON)
    assert machines(eva, Filters(country="NL")).value == 1
    monkeypatch.setattr(large, "counted_each", _slow)
    monkeypatch.setattr(large, "SECONDS", 0.05)
    found = machines(eva, Filters(country="NL"))
    assert (found.value, found.waiting) == (None, True)
    assert "while you wait" in found.reason
    assert Account.objects.count() == 1, "the transaction goes on"


def test_a_past_day_that_nobody_stores_does_not_wait_for_a_bell(big: None) -> None:
    eva = person("eva")
    asset(account(owner=eva), ON - timedelta(days=9))
    take_today(on=ON)
    day = ON - timedelta(days=5)
    found = figures({day: ["assets_in_service"]}, actor=eva)[day]["assets_in_service"]
    assert (found.value, found.waiting) == (1, False)
    day = ON + timedelta(days=1)
    assert figures({day: ["assets_in_service"]}, actor=eva)[day]["assets_in_service"].waiting


def _slow(*_: Any, **__: Any) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2)")


def test_technicians_read_no_stored_figure() -> None:
    tech = person("tech", Role.TECHNICIAN)
    asset(account(), ON - timedelta(days=1), technician=tech)
    take_today(on=ON)
    assert (reach_slice(tech), machines(tech).taken_at) == (None, None)
