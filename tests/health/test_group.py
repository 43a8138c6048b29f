"""The health of a group: the mean by worth, and how it shows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import today
from core.models import Role
from health.queries.group import group_health
from health.rules import HealthPolicy, Tier
from health.rules.group import Member, roll_up
from installed_base.models import AccountPeriod
from tests import cast
from tests.dashboards.scores import GREEN, RED, stood

FULL = HealthPolicy()


def member(account: int, score: int | None, worth: int | None = None) -> Member:
    known = None if score is None else Decimal(score)
    return Member(
        account,
        known,
        Tier.UNKNOWN if known is None else FULL.tier_of(known),
        None if worth is None else Decimal(worth),
    )


def test_the_mean_is_weighed_by_worth():
    found = roll_up([member(1, 90, 300_000), member(2, 50, 100_000)], FULL)
    assert (found.score, found.tier, found.coverage) == (Decimal("80.00"), Tier.GREEN, 1)
    assert found.weakest.account == 2
    assert found.tiers == {Tier.GREEN: 1, Tier.RED: 1}


def test_who_has_no_contract_weighs_as_the_least_of_the_others():
    found = roll_up([member(1, 100, 300), member(2, 60, 100), member(3, 20)], FULL)
    assert found.score == Decimal("76.00")
    assert roll_up([member(1, 100), member(2, 50)], FULL).score == Decimal("75.00")


def test_the_unknown_counts_for_nothing_and_too_much_of_it_is_no_score():
    known = roll_up([member(1, 90, 100), member(2, None, 100)], FULL)
    assert (known.score, known.coverage) == (Decimal("90.00"), Decimal("0.500"))
    assert roll_up([member(1, 90, 99), member(2, None, 101)], FULL).score is None
    assert roll_up([], FULL).tier is Tier.UNKNOWN


@given(st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(0, 10**6))), min_size=1, max_size=8))
def test_it_lies_between_its_members_whatever_they_are_worth(rows: list[tuple[int, int | None]]):
    found = roll_up([member(n, score, worth) for n, (score, worth) in enumerate(rows)], FULL)
    scores = [score for score, _ in rows]
    assert found.score is not None and min(scores) <= found.score <= max(scores)


@pytest.fixture
def group(db):
    mila = cast.person("mila", Role.ADMINISTRATOR)
    type(mila).objects.update(language="en")
    parent = cast.account("Noordhof Groep", mila)
    plants = [cast.account(name, mila, group=parent) for name in ("Plant A", "Plant B")]
    for at, values, annual in zip(plants, (GREEN, RED), (300_000, 100_000), strict=True):
        stood(at, today() - timedelta(days=3), values)
        cast.term(at, today() - timedelta(days=100), None, annual=annual)
    return mila, parent, plants


def test_a_group_is_that_of_the_day_and_of_what_one_may_see(group):
    mila, parent, (first, second) = group
    found = group_health(parent.pk, mila, today())
    assert [account.pk for account, _ in found.members] == [second.pk, first.pk]
    AccountPeriod.objects.filter(account=second).update(group=None)
    assert [account.pk for account, _ in group_health(parent.pk, mila, today()).members] == [first.pk]
    assert group_health(first.pk, mila, today()) is None
    assert group_health(parent.pk, cast.person("carl"), today()) is None


def test_the_page_of_the_parent_and_the_api_say_it(client, group):
    mila, parent, (first, second) = group
    client.force_login(mila)
    page = client.get(f"/accounts/{parent.pk}/").content.decode()
    assert "The group stands at" in page
    assert "pulls the group down most" in page
    assert "The group stands at" not in client.get(f"/accounts/{first.pk}/").content.decode()
    said = client.get(f"/api/v1/accounts/{parent.pk}/health/").json()["group"]
    assert said["weakest_id"] == second.pk
    assert [m["annual_value"] for m in said["members"]] == ["100000.00", "300000.00"]
