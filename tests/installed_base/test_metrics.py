"""Metrics of the installed base on small bases: worked examples, edges, and what is unknown."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months, latest_anchor
from core.history import keep
from core.metrics import Filters, Result, compute, compute_many, rows
from core.models import Owner, Role
from core.scope import System
from installed_base.models import (
    AccountPeriod,
    AssetPeriod,
    PartsOrder,
    ProductFamily,
    ProductLine,
    TermPeriod,
    TermSuccession,
)
from tests.cast import KNOWN, account, asset, cover, person, pool, posted, product, term

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
EVERYONE = System("tests")


def value(key: str, on: date = ON, **filters: object) -> Result:
    return compute(key, on=on, actor=EVERYONE, filters=Filters(**filters))  # type: ignore[arg-type]


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(0, 240))
def test_latest_anchor_is_the_last_day_whose_anniversary_has_come(on: date, months: int) -> None:
    found = latest_anchor(on, months)
    assert add_months(found, months) <= on < add_months(found + timedelta(days=1), months)


@pytest.mark.parametrize(
    ("installed", "cohort"),
    [
        (date(2021, 11, 22), "assets_age_0_5"),
        (date(2021, 11, 21), "assets_age_5_10"),
        (date(2016, 11, 22), "assets_age_5_10"),
        (date(2016, 11, 21), "assets_age_10_plus"),
        (date(2027, 1, 1), "assets_age_unknown"),
        (None, "assets_age_unknown"),
    ],
)
def test_age_changes_cohort_on_the_anniversary(installed: date | None, cohort: str) -> None:
    asset(account(), installed, first_evidence_on=KNOWN)
    keys = ["assets_age_0_5", "assets_age_5_10", "assets_age_10_plus", "assets_age_unknown"]
    found = compute_many(keys, on=ON, actor=EVERYONE)
    assert {key: found[key].value for key in keys} == {key: int(key == cohort) for key in keys}


def test_a_leap_day_machine_is_five_on_28_february() -> None:
    asset(account(), date(2020, 2, 29))
    assert value("assets_age_5_10", date(2025, 2, 27)).value == 0
    assert value("assets_age_5_10", date(2025, 2, 28)).value == 1


def test_expected_life_is_that_of_the_family_and_else_of_the_policy() -> None:
    short = product("short", family=ProductFamily.objects.create(name="S", expected_life_years=Decimal("7.5")))
    asset(account(), date(2019, 5, 21), product=short)
    asset(account(), date(2014, 11, 22), product=product("usual"))
    asset(account(), None)
    result = value("assets_end_of_life")
    assert (result.value, result.unknown) == (1, 1)
    assert value("assets_end_of_life", ON + timedelta(days=1)).value == 2


def test_in_service_leaves_out_what_is_not_there_or_not_ours() -> None:
    at = account()
    asset(at, date(2020, 1, 1))
    asset(at, date(2020, 1, 1), taken_out_on=ON)
    asset(at, date(2020, 1, 1), taken_out_on=ON + timedelta(days=1))
    asset(at, ON + timedelta(days=1))
    asset(at, None)
    asset(at, date(2020, 1, 1), standing="spare")
    asset(at, date(2020, 1, 1), standing="competitor")
    asset(at, date(2020, 1, 1), product=product("module", counts_as_machine=False))
    assert value("assets_in_service").value == 3


def test_attach_rate_counts_lines_of_terms_in_force_and_no_warranty() -> None:
    at = account()
    covered, ended, warranty, _none = (asset(at, date(2020, 1, 1)) for _ in range(4))
    warranty.warranty_ends_on = ON
    warranty.save()
    running = term(at, date(2026, 1, 1), date(2026, 12, 31))
    cover(running, covered)
    cover(running, ended, ends_on=date(2026, 6, 30))
    found = compute_many(["attach_rate", "contracted_assets", "assets_uncovered"], on=ON, actor=EVERYONE)
    assert found["attach_rate"].value == Decimal("0.25")
    assert found["contracted_assets"].value == 1
    assert found["assets_uncovered"].value == 3
    assert dict(found["assets_uncovered"].parts) == {
        "in_warranty": 1,
        "never_covered": 2,
        "ended": 1,
        "top_customers": 0,
    }


def test_a_base_without_machines_has_no_attach_rate_and_says_why() -> None:
    result = value("attach_rate")
    assert (result.value, result.reason) == (None, "No machines were in service.")


def test_term_values_are_those_of_the_date() -> None:
    row = term(account(), date(2026, 1, 1), date(2026, 12, 31), annual=1000)
    row.annual_value_reporting = Decimal(1500)
    row.save()
    keep(TermPeriod, [row.pk], on=date(2026, 10, 1))
    assert value("contracted_value", date(2026, 9, 30)).value == 1000
    assert value("contracted_value", date(2026, 10, 1)).value == 1500


def test_a_term_without_value_is_unknown_and_not_zero() -> None:
    at = account()
    term(at, date(2026, 1, 1), date(2026, 12, 31), annual=1000)
    term(at, date(2026, 1, 1), None, annual=None)
    found = compute_many(["contracted_value", "average_contract_value", "contracts_in_force"], on=ON, actor=EVERYONE)
    assert (found["contracted_value"].value, found["contracted_value"].unknown) == (1000, 1)
    assert found["average_contract_value"].value == 1000
    assert found["contracts_in_force"].value == 2


def test_only_unknown_values_give_no_sum() -> None:
    term(account(), date(2026, 1, 1), None, annual=None)
    assert value("contracted_value").value is None


def test_a_contract_with_two_terms_at_once_counts_once() -> None:
    at = account()
    first = term(at, date(2026, 1, 1), date(2026, 12, 31))
    term(at, date(2026, 11, 1), date(2027, 10, 31), contract=first.contract, number=2)
    assert value("contracts_in_force").value == 1
    assert value("contracted_value").value == 24000


@pytest.mark.parametrize(
    ("values", "running"),
    [
        ({}, 0),
        ({"tacit_months": 12}, 1),
        ({"tacit_months": 12, "notice_received_on": date(2025, 9, 1)}, 0),
        ({"tacit_months": 12, "terminated_on": date(2026, 3, 1), "end_reason": "price"}, 0),
        ({"tacit_months": 12, "source": "", "external_id": ""}, 0),
    ],
)
def test_a_term_that_continues_by_itself_stays_in_force(values: dict[str, Any], running: int) -> None:
    term(account(), date(2025, 1, 1), date(2025, 12, 31), **values)
    assert value("contracts_in_force").value == running


def test_a_continued_term_gives_way_to_its_successor() -> None:
    at = account()
    old = term(at, date(2025, 1, 1), date(2025, 12, 31), tacit_months=12)
    TermSuccession.objects.create(term=old, successor=term(at, date(2026, 1, 1), date(2026, 12, 31)), known_on=KNOWN)
    assert value("contracts_in_force").value == 1


def test_up_for_renewal_includes_both_ends() -> None:
    at = account()
    for days in (-1, 0, 30, 31, 60, 61, 90, 91):
        term(at, date(2020, 1, 1), ON + timedelta(days=days))
    parts = value("contracts_up_for_renewal").parts
    assert [parts[p] for p in ("within_30", "within_60", "within_90")] == [2, 4, 6]


@pytest.mark.parametrize(
    ("ends", "tacit", "on", "shown"),
    [
        (date(2025, 12, 31), 12, date(2026, 11, 21), date(2026, 12, 31)),
        (date(2025, 12, 31), 1, date(2026, 2, 10), date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 30), 1, date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 8, 15), 3, date(2026, 11, 15), date(2026, 11, 15)),
    ],
)
def test_a_continued_term_comes_up_at_the_end_of_its_stretch(ends: date, tacit: int, on: date, shown: date) -> None:
    term(account(), date(2020, 1, 1), ends, tacit_months=tacit)
    row = rows("contracts_in_force", on=on, actor=EVERYONE).get()
    assert row["runs_to"] == shown


def test_already_renewed_is_a_signed_successor_or_silence_past_the_last_day_to_cancel() -> None:
    at = account()
    ends = ON + timedelta(days=20)
    old = term(at, date(2025, 1, 1), ends)
    later = term(at, ends + timedelta(days=1), ends + timedelta(days=365), signed_on=ON)
    TermSuccession.objects.create(term=old, successor=later, known_on=KNOWN)
    term(at, date(2025, 1, 1), ends, tacit_months=12, notice_months=1)
    term(at, date(2025, 1, 1), ends, tacit_months=12, notice_days=20)
    assert value("contracts_up_for_renewal").parts["already_renewed"] == 2
    assert value("contracts_up_for_renewal", ON - timedelta(days=1)).parts["already_renewed"] == 1


def test_a_pool_is_no_owner() -> None:
    term(account(owner=person("eva")), date(2026, 1, 1), date(2026, 12, 31))
    term(account(owner=pool("Pool")), date(2026, 1, 1), date(2026, 12, 31))
    assert value("contracts_up_for_renewal").parts["without_owner"] == 1


def test_w_01_net_revenue_retention() -> None:
    """requirements.md W-01: 50 customers of 5.0M; 5 leave, 10 buy 1.0M more."""
    for number in range(50):
        at = account(f"C{number}")
        posted(at, date(2023, 6, 1), 100_000)
        if number >= 5:
            posted(at, date(2024, 6, 1), 200_000 if number < 15 else 100_000)
    keys = ["net_revenue_retention", "gross_revenue_retention", "logo_retention", "nrr_bridge", "churned_customers"]
    found = compute_many(keys, on=date(2024, 12, 31), actor=EVERYONE)
    assert found["net_revenue_retention"].value == Decimal("1.1")
    assert found["net_revenue_retention"].numerator == 5_500_000
    assert found["net_revenue_retention"].denominator == 5_000_000
    assert found["gross_revenue_retention"].value == Decimal("0.9")
    assert found["logo_retention"].value == Decimal("0.9")
    assert found["churned_customers"].value == 5
    parts = found["nrr_bridge"].parts
    shown = {k: parts[k] for k in ("start", "expansion", "price", "contraction", "churn", "end")}
    assert shown == {
        "start": 5_000_000,
        "expansion": 1_000_000,
        "price": 0,
        "contraction": 0,
        "churn": 500_000,
        "end": 5_500_000,
    }


def test_w_01b_the_literal_reading_is_explained() -> None:
    assert "120 %" in str(value("net_revenue_retention").metric.note)


def test_the_window_leaves_its_first_day_to_the_year_before() -> None:
    at = account()
    posted(at, date(2024, 11, 21), 7)
    posted(at, date(2024, 11, 22), 100)
    posted(at, date(2025, 11, 21), 100)
    posted(at, date(2025, 11, 22), 10)
    posted(at, ON, 10)
    posted(at, ON + timedelta(days=1), 1000)
    posted(at, ON, 1000, state="planned")
    result = value("net_revenue_retention")
    assert (result.numerator, result.denominator) == (20, 200)


def test_a_row_with_a_period_counts_by_days() -> None:
    at = account()
    posted(at, date(2025, 7, 1), 365, period_from=date(2025, 7, 1), period_to=date(2026, 6, 30))
    result = value("net_revenue_retention")
    assert (result.denominator, result.numerator) == (144, 221)


def test_a_credit_note_counts_in_the_period_of_what_it_credits() -> None:
    at = account()
    posted(at, date(2025, 7, 1), 365, period_from=date(2025, 7, 1), period_to=date(2026, 6, 30))
    posted(at, date(2026, 8, 1), -365, period_from=date(2025, 7, 1), period_to=date(2026, 6, 30))
    assert value("net_revenue_retention").value is None


def test_a_row_without_a_rate_makes_its_account_unknown() -> None:
    for rate in (Decimal(10), None):
        at = account()
        posted(at, date(2025, 6, 1), 10)
        posted(at, date(2026, 6, 1), 10, amount_reporting=rate)
    result = value("net_revenue_retention")
    assert (result.value, result.unknown, result.count) == (1, 1, 1)


def test_logo_retention_counts_a_contract_in_force_as_paying() -> None:
    term(account(), date(2025, 1, 1), date(2027, 1, 1))
    term(account(), date(2025, 1, 1), date(2026, 1, 1))
    assert value("logo_retention").value == Decimal("0.5")


def test_a_merged_account_is_its_survivor_on_all_dates() -> None:
    survivor = account()
    gone = account(merged_into=survivor)
    posted(gone, date(2025, 6, 1), 100)
    posted(survivor, date(2026, 6, 1), 90)
    result = value("net_revenue_retention")
    assert (result.value, result.count) == (Decimal("0.9"), 1)
    assert value("churned_customers").value == 0


def test_the_bridge_tells_price_from_growth() -> None:
    at = account()
    machine = asset(at, date(2020, 1, 1))
    before = term(at, date(2025, 1, 1), date(2025, 12, 31))
    now = term(at, date(2026, 1, 1), date(2026, 12, 31))
    cover(before, machine, annual_value_reporting=Decimal(1000))
    cover(now, machine, annual_value_reporting=Decimal(1050))
    posted(at, date(2025, 6, 1), 1000, "service_contract")
    posted(at, date(2026, 6, 1), 1050, "service_contract")
    posted(at, date(2026, 7, 1), 300, "parts")
    parts = value("nrr_bridge").parts
    assert {k: v for k, v in parts.items() if v} == {
        "start": 1000,
        "price": 50,
        "expansion": 300,
        "end": 1350,
    }
    kept = value("revenue_kept")
    assert kept.value == 1000
    assert {k: v for k, v in kept.parts.items() if v} == {
        "service_contract": pytest.approx(Decimal(1000) * 1050 / 1350),
        "parts": pytest.approx(Decimal(1000) * 300 / 1350),
    }


def test_silent_in_parts_from_the_day_after_six_months() -> None:
    for day in (date(2026, 5, 20), date(2026, 5, 21), ON + timedelta(days=1)):
        PartsOrder.objects.create(account=account(), number="1", ordered_on=day, known_on=KNOWN)
    result = value("quiet_customers")
    assert (result.numerator, result.denominator) == (1, 2)


def test_filters_read_the_account_as_it_stood() -> None:
    eva, tom = person("eva"), person("tom")
    at = account(owner=eva, segment="small", country="NL")
    asset(at, date(2020, 1, 1))
    at.owner, at.segment = Owner.objects.of(tom), "enterprise"
    at.save()
    keep(AccountPeriod, [at.pk], on=date(2026, 10, 1))
    before, mine, his = date(2026, 9, 30), Owner.objects.of(eva).pk, Owner.objects.of(tom).pk
    assert [value("assets_in_service", before, owner=o).value for o in (mine, his)] == [1, 0]
    assert [value("assets_in_service", owner=o).value for o in (mine, his)] == [0, 1]
    assert value("assets_in_service", before, segment="small", country="NL").value == 1
    assert value("assets_in_service", segment="small").value == 0
    assert value("assets_in_service", country="DE").value == 0


def test_a_machine_sold_on_counts_at_its_account_of_the_date() -> None:
    here, there = account(), account()
    machine = asset(here, date(2020, 1, 1))
    machine.account = there
    machine.save()
    keep(AssetPeriod, [machine.pk], on=date(2026, 10, 1))
    for on, expected in ((date(2026, 9, 30), [1, 0]), (date(2026, 10, 1), [0, 1])):
        assert [value("assets_in_service", on, account=at.pk).value for at in (here, there)] == expected


def test_a_team_holds_what_its_parts_and_people_own() -> None:
    north = pool("North")
    isle = pool("Isle", parent=north)
    for owner in (north, isle, person("eva", team=isle), person("tom")):
        asset(account(owner=owner), date(2020, 1, 1))
    assert value("assets_in_service", team=north.pk).value == 3


def test_a_group_counts_its_parent_and_its_members() -> None:
    parent = account()
    for at in (parent, account(group=parent), account()):
        asset(at, date(2020, 1, 1))
    assert value("assets_in_service", group=parent.pk).value == 2


def test_what_a_filter_cannot_place_is_unattributed() -> None:
    line = ProductLine.objects.create(name="Robots")
    at = account()
    asset(at, date(2020, 1, 1), product=product("r", line=line))
    asset(at, date(2020, 1, 1), product=product("x"))
    asset(at, date(2020, 1, 1))
    posted(at, date(2025, 6, 1), 100, product=product("r2", line=line))
    posted(at, date(2026, 6, 1), 80, product=product("r3", line=line))
    posted(at, date(2026, 6, 1), 500)
    machines, retention = (value(k, product_line=line.pk) for k in ("assets_in_service", "net_revenue_retention"))
    assert (machines.value, machines.unattributed) == (1, 2)
    assert (retention.value, retention.unattributed) == (Decimal("0.8"), 1)


def test_known_at_leaves_out_what_was_not_known() -> None:
    asset(account(), date(2020, 1, 1), known_on=date(2026, 1, 1))
    assert value("assets_in_service", known_at=date(2025, 12, 31)).value == 0


def test_everyone_sees_the_figures_of_their_own_scope() -> None:
    eva = person("eva")
    asset(account(owner=eva), date(2020, 1, 1))
    asset(account(), date(2020, 1, 1))
    assert compute("assets_in_service", on=ON, actor=eva).value == 1
    assert compute("assets_in_service", on=ON, actor=person("ceo", Role.EXECUTIVE)).value == 2


def test_who_sees_no_prices_gets_no_money() -> None:
    eye = person("mark", Role.MARKETING)
    term(account(), date(2026, 1, 1), date(2026, 12, 31))
    found = compute_many(["contracted_value", "contracts_up_for_renewal"], on=ON, actor=eye)
    assert (found["contracted_value"].value, found["contracted_value"].withheld) == (None, True)
    assert found["contracts_up_for_renewal"].value == 1
    assert found["contracts_up_for_renewal"].parts["annual_value"] is None
