"""The numbers of the left of the bowtie, worked by hand (metrics.md, Stage 1, and clv_cac)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.actions import publish_policy
from core.metrics import Filters, all_rows, compute, compute_many, rows
from core.models import Organisation, Owner, Role
from core.scope import System
from installed_base.models import ProductLine
from sales.models import Lead, Spend
from sales.queries.fit import with_fit
from sales.rules.icp import IcpPolicy, fit_of
from tests import cast
from tests.sales.base import deal
from tests.sales.inflow import lead, source, spend, spend_all

pytestmark = pytest.mark.django_db
D = date(2026, 6, 30)
ALL = System("tests")
STAGE = ("lead_volume", "lead_quality", "lead_conversion", "source_concentration", "cost_per_lead")


def day(before: int) -> date:
    return D - timedelta(days=before)


@pytest.fixture(autouse=True)
def ours():
    return Organisation.objects.create(pk=1, name="Voss Robotics")


@pytest.fixture
def thijs():
    return cast.person("thijs", Role.ADMINISTRATOR)


def figure(key, on=D, actor=ALL, **filters):
    return compute(key, on=on, actor=actor, filters=Filters(**filters))


def profile(by, **values):
    publish_policy(values=IcpPolicy(**({"employees_from": None} | values)), valid_from=date(2020, 1, 1), by=by)


def test_a_lead_counts_in_the_window_of_its_creation():
    for on in (D, day(364), day(365), day(366), D + timedelta(days=1)):
        lead(on)
    found = figure("lead_volume")
    assert (found.value, figure("lead_volume", day(1)).value) == (2, 2)
    assert (found.parts["back_00"], found.parts["back_11"], found.parts["channel_none"]) == (1, 1, 2)


def test_the_months_and_the_channels_are_all_leads_once():
    fair, dealer = source("Hannover"), source("Dealer South", "partner")
    for n in range(12):
        lead(day(n * 30), (fair, dealer, None)[n % 3])
    parts = figure("lead_volume").parts
    assert sum(v for k, v in parts.items() if k.startswith("back_")) == 12
    assert sum(v for k, v in parts.items() if k.startswith("channel_")) == 12
    assert (parts["channel_fair"], parts["channel_partner"], parts["channel_none"]) == (4, 4, 4)


def test_quality_is_what_meets_the_profile_of_the_day(thijs):
    lead(day(5), country="Germany", employees=80)
    lead(day(5), country="germany ", employees=50)
    lead(day(5), country="Spain")
    lead(day(5), country="Germany")
    lead(day(5), employees=49)
    before = figure("lead_quality")
    assert (before.numerator, before.denominator, before.unknown) == (2, 3, 2)
    publish_policy(values=IcpPolicy(countries=("Germany",)), valid_from=day(3), by=thijs)
    found = figure("lead_quality")
    assert (found.numerator, found.denominator, found.unknown) == (2, 4, 1)
    assert (found.parts["not_country"], found.parts["not_employees"], found.parts["fits"]) == (1, 1, 2)
    assert figure("lead_quality", day(4)).denominator == 3
    assert found.policy == {"sales.icp": 2}


def test_a_profile_that_asks_nothing_says_nothing_of_anybody(thijs):
    profile(thijs)
    lead(day(5), country="Germany", employees=80)
    found = figure("lead_quality")
    assert (found.value, found.unknown, found.reason) == (None, 1, "The one row that there is lacks what it needs.")


_TEXT = st.sampled_from(
    ["", " ", "Germany", "germany", " GERMANY ", "Österreich", "österreich", "Łódź", "łÓDŹ", "Spain"]
)
_NUMBER = st.none() | st.integers(0, 6)
_POLICY = st.builds(
    IcpPolicy,
    countries=st.lists(_TEXT, max_size=2).map(tuple),
    industries=st.lists(_TEXT, max_size=2).map(tuple),
    employees_from=_NUMBER,
    employees_to=_NUMBER,
    machines_from=_NUMBER,
)
_LEAD = st.fixed_dictionaries({"country": _TEXT, "industry": _TEXT, "employees": _NUMBER, "machines": _NUMBER})


@settings(max_examples=60, deadline=None)
@given(policy=_POLICY, said=st.lists(_LEAD, min_size=1, max_size=6))
def test_the_sets_and_the_rule_judge_alike(policy, said):
    made = {lead(D, **one).pk: one for one in said}
    found = with_fit(Lead.objects.filter(pk__in=made), policy)
    for row in found:
        fit = fit_of(policy, **made[row.pk])
        assert row.fits == (None if fit.verdict is None else int(fit.verdict))
        words = {1: "met", 0: "unmet", None: "unknown"}
        assert tuple((name, words[getattr(row, f"met_{name}")]) for name in policy.asked) == fit.criteria
    Lead.objects.filter(pk__in=made).delete()


def test_conversion_sees_what_became_of_leads_by_the_date():
    lead(day(200), became=day(10))
    lead(day(200), became=D + timedelta(days=1))
    lead(day(100), dropped=day(5))
    lead(day(90), became=D)
    lead(day(20))
    found = figure("lead_conversion")
    assert (found.numerator, found.denominator) == (2, 5)
    assert (found.parts["ripe_became"], found.parts["ripe"], found.parts["stopped"]) == (1, 3, 1)
    assert figure("lead_conversion", day(1)).numerator == 1


def test_the_largest_source_and_those_of_none():
    fair, web = source("Hannover"), source("Website", "search")
    for _ in range(3):
        lead(day(9), fair)
    lead(day(9), web)
    lead(day(400), web)
    lead(day(9))
    found = figure("source_concentration")
    assert (found.numerator, found.denominator, found.unknown) == (3, 4, 1)
    assert (found.parts["channel_fair"], found.parts["channel_search"]) == (3, 1)


def test_of_two_equal_sources_one_is_the_largest():
    for name in ("Hannover", "Website"):
        lead(day(9), source(name))
    assert figure("source_concentration").value == Decimal("0.5")


def test_without_leads_there_is_no_ratio():
    found = compute_many(STAGE, on=D, actor=ALL)
    assert found["lead_volume"].value == 0
    for key in ("lead_quality", "lead_conversion", "source_concentration"):
        assert (found[key].value, found[key].reason) == (None, "No lead was created in the window.")


def test_a_lead_stands_where_its_account_stands_and_else_where_it_says():
    mila = cast.person("mila", team=cast.pool("North"))
    pia = cast.person("pia", Role.SALES)
    at = cast.account("Van Houten", owner=mila, segment="small", country="Netherlands")
    lead(day(5), at=at, owner=Owner.objects.of(pia), country="Spain")
    lead(day(5), owner=Owner.objects.of(pia), country="Netherlands")
    lead(day(5), owner=Owner.objects.of(pia))

    def told(**filters):
        found = figure("lead_volume", **filters)
        return found.value, found.unattributed

    assert told(owner=Owner.objects.of(mila).pk) == (1, 0)
    assert told(owner=Owner.objects.of(pia).pk) == (2, 0)
    assert told(segment="small") == (1, 2)
    assert told(country="Netherlands") == (2, 1)
    assert told(country="Spain") == (0, 1)
    assert told(account=at.pk) == (1, 0)
    assert told(team=mila.memberships.get().team_id) == (1, 0)


def test_a_product_line_is_that_of_what_they_asked_for():
    robots, pumps = (ProductLine.objects.create(name=name) for name in ("Robots", "Pumps"))
    lead(day(5), interest=cast.product("R", line=robots))
    lead(day(5), interest=cast.product("P", line=pumps))
    lead(day(5))
    found = figure("lead_volume", product_line=robots.pk)
    assert (found.value, found.unattributed) == (1, 1)


def test_a_person_sees_the_leads_of_their_accounts_and_their_own():
    mila = cast.person("mila", team=cast.pool("North"))
    lead(day(5), at=cast.account("Van Houten", owner=mila))
    lead(day(5), owner=Owner.objects.of(mila))
    lead(day(5), at=cast.account("Elsewhere"))
    assert figure("lead_volume", actor=mila).value == 2
    assert figure("lead_volume", actor=cast.person("ruud", Role.TECHNICIAN)).value == 0
    assert figure("lead_volume", actor=cast.person("noor", Role.MARKETING)).value == 3


def test_a_lead_costs_the_spend_of_the_window_over_its_leads():
    fair = source("Hannover")
    spend_all(date(2025, 7, 1), 12, 1000)
    spend_all(date(2025, 7, 1), 12, 500, lead_source=fair)
    spend_all(date(2025, 7, 1), 12, 9000, kind="sales")
    for n in range(9):
        lead(day(n * 40), fair)
    found = figure("cost_per_lead")
    assert (found.numerator, found.denominator, found.value) == (18000, 9, 2000)
    assert (found.parts["general"], found.parts["fair"], found.count) == (12000, 6000, 12)


def test_a_month_that_the_window_cuts_counts_by_its_days():
    on = date(2026, 6, 15)
    spend_all(date(2025, 6, 1), 13, 3000)
    lead(on)
    found = figure("cost_per_lead", on)
    # 15 of 30 days of June 2025 (16 to 30), eleven whole months, 15 of 30 days of June 2026.
    assert found.numerator == 3000 * 11 + 1500 + 1500
    assert found.count == 13


def test_a_month_of_which_nobody_entered_spend_leaves_no_cost():
    spend_all(date(2025, 7, 1), 12, 1000)
    lead(day(5))
    Spend.objects.filter(month__in=(date(2025, 9, 1), date(2026, 2, 1), date(2026, 3, 1))).delete()
    found = figure("cost_per_lead")
    assert found.value is None
    words = "Marketing spend is not known for September 2025, February 2026 to March 2026"
    assert found.reason == f"{words}: enter it, 0 where nothing was spent."
    spend(date(2025, 9, 1), 0)
    assert "September" not in figure("cost_per_lead").reason


def test_spend_without_a_rate_is_unknown_too():
    spend_all(date(2025, 7, 1), 12, 1000)
    spend(date(2026, 2, 1), None, lead_source=source("Hannover"), currency="XXX")
    lead(day(5))
    found = figure("cost_per_lead")
    assert (found.value, found.unknown) == (None, 1)
    assert "February 2026" in found.reason


def test_a_zero_is_known_and_no_lead_is_no_cost():
    spend_all(date(2025, 7, 1), 12, 0)
    assert figure("cost_per_lead").reason == "No lead was created in the window."
    lead(day(5))
    assert figure("cost_per_lead").value == 0


def test_no_filter_cuts_spend_but_the_day_of_knowing():
    spend_all(date(2025, 7, 1), 12, 1000)
    lead(day(5))
    found = figure("cost_per_lead", country="Netherlands")
    assert (found.value, found.unattributed) == (None, 12)
    assert found.reason == "Spend is entered for the whole company: take the filter away."
    assert figure("cost_per_lead", known_at=D).value == 12000


@pytest.mark.parametrize(
    ("role", "value"),
    [("marketing", 12000), ("team_lead", 12000), ("executive", 12000), ("sales", None), ("operations", None)],
)
def test_who_answers_for_spend_is_told_what_a_lead_costs(role, value):
    spend_all(date(2025, 7, 1), 12, 1000)
    lead(day(5), at=cast.account("Elsewhere"))
    found = figure("cost_per_lead", actor=(actor := cast.person("x", role)))
    assert (found.value, found.withheld) == (value, value is None)
    shown = list(all_rows("cost_per_lead", on=D, actor=actor))
    assert [row.values[1] for row in shown] == ([1000] * 12 if value else [])


def test_the_rows_of_a_cost_are_its_months():
    spend_all(date(2025, 7, 1), 12, 1000)
    lead(day(5))
    first = next(all_rows("cost_per_lead", on=D, actor=ALL))
    assert (first.title, first.values[0], first.url) == (
        "July 2025",
        date(2025, 7, 1),
        f"/leads/spend/{Spend.objects.order_by('pk').first().pk}/",
    )


@pytest.fixture
def customers():
    """One that pays for four years, one for two, and one that was won this year for the first time."""
    old, middle, new = (cast.account(name) for name in ("Old", "Middle", "New"))
    cast.posted(old, D - timedelta(days=1461), 1000)
    cast.posted(old, day(10), 6000)
    cast.posted(middle, day(730), 500)
    cast.posted(middle, day(10), 3000)
    deal(new, ("identified", day(200)), ("won", day(100)))
    deal(old, ("identified", day(700)), ("won", day(600)))
    deal(old, ("identified", day(200)), ("won", day(100)))
    deal(old, ("identified", day(200)), ("won", day(100)), kind="upgrade")
    return old, middle, new


def test_what_a_customer_brings_over_what_one_costs(customers):
    spend_all(date(2025, 7, 1), 12, 100)
    spend_all(date(2025, 7, 1), 12, 150, kind="sales")
    found = figure("clv_cac")
    # 9,000 over two who pay, times (1461 + 730) / 2 / 365.25 = 2.9993 years; 3,000 for one new customer.
    assert found.parts["paying"] == 2 and found.parts["new_customers"] == 1
    assert (found.parts["revenue"], found.parts["spent"]) == (9000, 3000)
    assert found.numerator == Decimal("26993.70") and found.denominator == 6000
    assert round(found.value, 4) == Decimal("4.4990")
    told = list(rows("clv_cac", on=D, actor=ALL))
    assert [r["numerator"] for r in told] == [Decimal("17995.80"), Decimal("8997.90"), 0]


def test_customer_value_is_the_formula_over_the_other_figures(customers):
    spend_all(date(2025, 7, 1), 12, 100)
    spend_all(date(2025, 7, 1), 12, 150, kind="sales")
    years = Decimal(1461 + 730) / 2 / Decimal("365.25")
    value = figure("revenue_per_customer").value * years / (Decimal(3000) / 1)
    assert abs(figure("clv_cac").value - value) < Decimal("0.001")


def test_without_sales_spend_or_new_customers_there_is_no_customer_value(customers):
    spend_all(date(2025, 7, 1), 12, 100)
    found = figure("clv_cac")
    words = "Sales spend is not known for July 2025 to June 2026: enter it, 0 where nothing was spent."
    assert (found.value, found.reason) == (None, words)
    spend_all(date(2025, 7, 1), 12, 150, kind="sales")
    assert figure("clv_cac").value
    before = figure("clv_cac", date(2026, 3, 31)).reason
    assert before.count("April 2025 to June 2025") == 2 and "July" not in before
    customers[2].opportunities.all().delete()
    assert figure("clv_cac").reason == "No new customer was won in the window."


def test_customer_value_is_of_the_whole_company_alone(customers):
    spend_all(date(2025, 7, 1), 12, 100)
    spend_all(date(2025, 7, 1), 12, 150, kind="sales")
    team = cast.pool("North")
    assert figure("clv_cac", actor=cast.person("hanna", Role.TEAM_LEAD, team)).value is None
    assert figure("clv_cac", actor=cast.person("elke", Role.EXECUTIVE)).value
    assert figure("clv_cac", actor=cast.person("noor", Role.MARKETING)).withheld
    assert "take the filter away" in figure("clv_cac", segment="small").reason
