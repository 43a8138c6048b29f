"""Which machines get proactive attention: the rule, the same in the database, and where it is shown (IB-06, W-10)."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from itertools import product as every
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.clock import today
from core.models import Organisation, Role
from core.scope import System
from installed_base.attention import of_attention, policies_on, weigh_row, weighed_by, why
from installed_base.models import Asset, Coverage, ProductFamily, StrategicMark
from installed_base.rules import ends_life_on
from installed_base.rules.attention import Attention, AttentionPolicy, Weight, weigh
from tests import cast
from tests.api.conftest import caller

POLICY = AttentionPolicy()
INCIDENTAL: dict[str, Any] = {"strategic": False, "segment": "small", "covered": False, "near_end": False}
ON = date(2026, 11, 21)
MACHINES = st.fixed_dictionaries(
    {
        "value": st.none() | st.integers(0, 600_000).map(Decimal),
        "strategic": st.booleans(),
        "segment": st.sampled_from(["", "small", "mid_market", "enterprise"]),
        "covered": st.booleans(),
        "near_end": st.booleans(),
    }
)


def test_w_10_a_large_machine_at_a_strategic_account_comes_first() -> None:
    large = weigh(value=Decimal(500_000), policy=POLICY, **(INCIDENTAL | {"strategic": True}))
    small = weigh(value=Decimal(20_000), policy=POLICY, **INCIDENTAL)
    assert large.rank > small.rank
    assert (large.attention, small.attention) == (Attention.PROACTIVE, Attention.REACTIVE)
    assert large.weights == (Weight.HIGH_VALUE, Weight.STRATEGIC)


@given(MACHINES, MACHINES)
def test_w_10_holds_whatever_contract_and_age_they_have(one: dict[str, Any], other: dict[str, Any]) -> None:
    large = weigh(policy=POLICY, **(one | {"value": Decimal(500_000), "strategic": True}))
    small = weigh(policy=POLICY, **(other | {"value": Decimal(20_000), "strategic": False, "segment": "small"}))
    assert large.rank > small.rank


@given(MACHINES, st.sampled_from(["strategic", "covered", "near_end"]))
def test_more_never_means_less_attention(machine: dict[str, Any], what: str) -> None:
    without, with_it = (weigh(policy=POLICY, **(machine | {what: has})) for has in (False, True))
    assert with_it.points >= without.points
    assert with_it.attention is Attention.PROACTIVE or without.attention is Attention.REACTIVE


@given(MACHINES)
def test_points_are_those_of_the_reasons(machine: dict[str, Any]) -> None:
    found = weigh(policy=POLICY, **machine)
    assert found.points == sum(POLICY.points(weight) for weight in found.weights)
    assert len(set(found.weights)) == len(found.weights)
    assert why(found)


def machine(at: Any, price: int | None, installed: date | None, *, covered: bool = False, **values: Any) -> Asset:
    row: Asset = cast.asset(at, installed, price_reporting=price, first_evidence_on=None, **values)
    if covered:
        cast.cover(cast.term(at, date(2026, 1, 1), date(2026, 12, 31)), row)
    return row


def mark(at: Any, since: date, until: date | None = None) -> None:
    StrategicMark.objects.create(account=at, since=since, until=until, reason="reference")


@pytest.mark.django_db
def test_the_database_adds_up_the_same_points() -> None:
    short = cast.product("short", family=ProductFamily.objects.create(name="S", expected_life_years=Decimal("7.5")))
    listed = cast.product("listed", list_price=80_000, currency="EUR")
    foreign = cast.product("foreign", list_price=80_000, currency="CHF")
    accounts = [cast.account(segment=s) for s in ("", "mid_market", "enterprise")]
    marked, once = cast.account(segment="small"), cast.account(segment="enterprise")
    mark(marked, ON)
    mark(once, date(2020, 1, 1), ON)
    ages = (None, date(2014, 11, 21), date(2016, 11, 21), date(2016, 11, 22), date(2021, 5, 20), ON + timedelta(days=1))
    for at, age, covered in every([*accounts, marked, once], ages, (False, True)):
        for price, made in ((None, None), (None, listed), (None, foreign), (250_000, short), (74_999, short)):
            machine(at, price, age, covered=covered, product=made)
    found = Asset.objects.visible_to(System("tests"))
    policies = policies_on(ON)
    rule = {row.pk: _rule(row, policies) for row in found.select_related("product__family").annotate(**weighed_by(ON))}
    for attention in Attention:
        expected = {pk for pk, weighed in rule.items() if weighed.attention is attention}
        assert expected and {row.pk for row in of_attention(found, attention, ON)} == expected


def _rule(row: Any, policies: Any) -> Any:
    family = row.product.family if row.product else None
    life = family.expected_life_years if family else policies[0].expected_life_years
    since = row.installed_on if row.installed_on and row.installed_on <= ON else None
    ends_on = ends_life_on(since, life) if since else None
    covered = Coverage.objects.filter(asset=row).exists()
    return weigh_row(row, covered=covered, ends_on=ends_on, on=ON, policies=policies)


@pytest.fixture
def mila(db: None) -> Any:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def two(mila: Any) -> tuple[Asset, Asset]:
    large, small = cast.account("Large", mila), cast.account("Small", mila, segment="small")
    mark(large, date(2020, 1, 1))
    old = today() - timedelta(days=3700)
    return machine(large, 500_000, old), machine(small, 20_000, old)


def shown(client: Any, url: str) -> list[tuple[str, str, str]]:
    rows = client.get(url).context["machines"]
    if url.startswith("/machines/"):  # the longest list prints plain values
        return [(row["serial"], row["attention"], row["attention_why"]) for row in rows]
    return [(row.serial, row.attention_word, row.attention_why) for row in rows]


def test_the_list_says_the_class_and_why_and_can_be_narrowed(client: Any, mila: Any, two: Any) -> None:
    client.force_login(mila)
    large, small = two
    proactive = (large.serial, "proactive", "high value, strategic customer, near the end of its life")
    reactive = (small.serial, "reactive", "near the end of its life")
    assert shown(client, "/machines/") == [proactive, reactive]
    assert shown(client, "/machines/?attention=proactive") == [proactive]
    assert shown(client, "/machines/?attention=reactive") == [reactive]
    page = client.get(f"/assets/{large.pk}/").content.decode()
    assert "proactive: high value, strategic customer, near the end of its life" in page
    assert "near the end of its life" in client.get(f"/accounts/{small.account_id}/").content.decode()


def test_no_row_of_the_list_asks_anything(client: Any, mila: Any, two: Any) -> None:
    client.force_login(mila)
    client.get("/machines/")
    with CaptureQueriesContext(connection) as few:
        client.get("/machines/")
    for n in range(5):
        machine(cast.account(f"More {n}", mila), 100_000, date(2015, 1, 1))
    with CaptureQueriesContext(connection) as more:
        client.get("/machines/")
    assert len(more) == len(few)


def test_hunting_lists_show_and_narrow_it_too(client: Any, mila: Any, two: Any) -> None:
    client.force_login(mila)
    large, small = two
    lines = client.get("/expansion/lists/?list=past10").context["lines"]
    assert {(line["machine"].pk, line["attention"]) for line in lines} == {
        (large.pk, "proactive"),
        (small.pk, "reactive"),
    }
    url = "/expansion/lists/file/?list=past10&attention=proactive"
    body = b"".join(client.get(url).streaming_content).decode("utf-8-sig")
    (head, row) = csv.reader(body.splitlines())
    assert head[-2:] == ["Attention", "Why"]
    assert row[-2:] == ["proactive", "high value, strategic customer, near the end of its life"]


def test_the_api_says_it_as_of_a_date(two: Any) -> None:
    large, small = two
    executive = caller(cast.person("exec", Role.EXECUTIVE))
    rows = {row["id"]: row for row in executive.rows("assets/")}
    assert (rows[large.pk]["attention"], rows[small.pk]["attention"]) == ("proactive", "reactive")
    assert rows[large.pk]["attention_points"] > rows[small.pk]["attention_points"]
    assert rows[large.pk]["attention_reasons"] == ["high_value", "strategic", "age"]
    assert executive.ids("assets/", attention="proactive") == [large.pk]
    assert executive.ids("assets/", attention="proactive", as_of="2019-12-31") == []
    assert executive.get(f"assets/{small.pk}/").data["attention_reasons"] == ["age"]
