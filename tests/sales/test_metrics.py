"""The numbers of sales, worked by hand (metrics.md, Stage 2 and Stage 5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.metrics import Filters, compute, compute_many, rows
from core.models import Organisation, Owner
from core.scope import System
from installed_base.models import Account, ProductLine
from tests import cast
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
D = date(2026, 6, 30)
ALL = System("tests")


def day(before: int) -> date:
    return D - timedelta(days=before)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def at(mila):
    return cast.account("Van Houten", owner=mila)


def figure(key, on=D, **filters):
    return compute(key, on=on, actor=ALL, filters=Filters(**filters))


def test_win_rate_counts_new_customers_alone(at):
    for stage in ("won", "won", "lost"):
        deal(at, ("identified", day(90)), (stage, day(10)))
    deal(at, ("identified", day(90)), ("won", day(10)), kind="win_back")
    deal(at, ("identified", day(90)), ("lost", day(10)), kind="upgrade")
    deal(at, ("identified", day(800)), ("lost", day(366)))
    deal(at, ("identified", day(5)), ("won", D + timedelta(days=1)))
    found = compute_many(["win_rate", "expansion_win_rate"], on=D, actor=ALL)
    assert (found["win_rate"].numerator, found["win_rate"].denominator) == (3, 4)
    assert (found["expansion_win_rate"].numerator, found["expansion_win_rate"].denominator) == (0, 1)
    assert found["expansion_win_rate"].parts["closed_upgrade"] == 1


def test_a_window_without_deals_has_no_rate(at):
    found = figure("win_rate")
    assert (found.value, "closed in the window" in found.reason) == (None, True)


def test_size_and_cycle_of_what_was_won(at):
    deal(at, ("identified", day(110)), ("won", day(10)), value=1000)
    deal(at, ("identified", day(60)), ("won", day(10)), value=4000)
    deal(at, ("identified", day(40)), ("won", day(10)), value=None, identified_on=None)
    deal(at, ("identified", day(30)), ("won", day(10)), value=500, kind="replacement")
    size, cycle = figure("average_deal_size"), figure("sales_cycle_days")
    assert (size.value, size.count, size.unknown) == (2500, 2, 1)
    assert (cycle.value, cycle.parts["median"], cycle.unknown) == (75, 75, 1)
    assert figure("expansion_deal_size").value == 500
    assert figure("expansion_cycle_days").value == 20


def test_open_pipeline_is_that_of_the_day(at):
    moved = deal(at, ("identified", day(100)), ("proposal", day(20)), value=1000, expected_close_on=day(1))
    later = deal(at, ("identified", day(100)), ("won", day(5)), value=300)
    deal(at, ("identified", day(50)), value=None)
    deal(at, ("identified", day(50)), value=9000, kind="upgrade")
    now, before = figure("pipeline_value"), figure("pipeline_value", on=day(30))
    assert (now.value, now.unknown, now.parts["past_expected"], now.parts["past_expected_value"]) == (1000, 1, 1, 1000)
    assert (before.value, before.count, before.unknown) == (1300, 2, 1)
    assert figure("pipeline_weighted").value == 500
    assert figure("pipeline_weighted", on=day(30)).value == Decimal("65.00")
    assert {r["subject_id"] for r in rows("pipeline_value", on=day(30), actor=ALL)} >= {moved.pk, later.pk}


def test_coverage_without_a_target_says_so(at):
    deal(at, ("identified", day(50)), value=1000)
    found = figure("pipeline_coverage")
    assert (found.value, found.numerator) == (None, 1000)
    assert "No target" in found.reason


def test_stage_conversion_counts_jumps_once_and_going_back_not_as_forward(at):
    deal(at, ("identified", day(90)), ("proposal", day(60)), ("qualification", day(40)), ("won", day(10)))
    deal(at, ("identified", day(90)), ("lost", day(10)))
    deal(at, ("identified", day(90)), ("proposal", day(10)), kind="upgrade")
    deal(at, ("identified", day(800)), ("proposal", day(700)))
    found = figure("stage_conversion")
    assert (found.numerator, found.denominator, found.count) == (2, 4, 2)
    assert (found.parts["on_identified"], found.parts["left_identified"]) == (1, 2)
    assert (found.parts["on_proposal"], found.parts["left_proposal"]) == (0, 1)
    assert (found.parts["on_qualification"], found.parts["left_qualification"]) == (1, 1)


def test_a_change_of_value_is_no_exit(at):
    one = deal(at, ("identified", day(90)), ("identified", day(30)))
    assert one.periods.count() == 2
    assert figure("stage_conversion").value is None


@pytest.mark.parametrize(("kind", "allowed"), [("new_logo", 60), ("upgrade", 45)])
def test_a_deal_stalls_when_its_stage_allows_no_longer(at, kind, allowed):
    deal(at, ("identified", day(300)), ("proposal", day(allowed)), kind=kind)
    deal(at, ("identified", day(300)), ("proposal", day(allowed + 1)), kind=kind)
    assert figure("stalled_deals").value == 1
    assert figure("stalled_deals", on=day(1)).value == 0


def test_a_contact_about_it_keeps_a_deal_going(at):
    one = deal(at, ("identified", day(300)), ("proposal", day(200)))
    deal(at, ("identified", day(400)), ("lost", day(200)))
    assert figure("stalled_deals").parts["new_business"] == 1
    cast.moment(at, day(3), subject_kind="opportunity", subject_id=one.pk)
    assert figure("stalled_deals").value == 0
    assert figure("stalled_deals", on=day(4)).value == 1


def test_owner_and_team_are_those_of_the_deal(at, mila):
    jon = cast.person("jon", team=cast.pool("South"))
    deal(at, ("identified", day(90)), ("won", day(10)), owner=jon)
    deal(at, ("identified", day(90)), ("lost", day(10)), owner=mila)
    assert figure("win_rate", owner=Owner.objects.of(jon).pk).value == 1
    assert figure("win_rate", owner=Owner.objects.of(mila).pk).value == 0
    assert figure("win_rate", team=jon.memberships.get().team_id).value == 1
    assert figure("win_rate", account=at.pk).value == Decimal("0.5")


def test_a_product_line_takes_deals_with_a_line_of_it(at):
    line, other = ProductLine.objects.create(name="Robots"), ProductLine.objects.create(name="Grippers")
    machine = cast.asset(at, day(900), product=cast.product("R", line=line))
    deal(at, ("identified", day(90)), ("won", day(10)), machines=(machine,))
    deal(at, ("identified", day(90)), ("won", day(10)))
    assert (figure("win_rate", product_line=line.pk).count, figure("win_rate", product_line=line.pk).unattributed) == (
        1,
        1,
    )
    assert figure("win_rate", product_line=other.pk).count == 0


def test_rates_by_kind_and_shares_of_what_was_won(at):
    for kind, stage, value in (
        ("replacement", "won", 6000),
        ("replacement", "lost", 1),
        ("cross_sell", "won", 1000),
        ("cross_sell", "lost", 1),
        ("cross_sell", "lost", 1),
        ("upgrade", "won", 2000),
        ("new_logo", "won", 11000),
    ):
        deal(at, ("identified", day(90)), (stage, day(10)), kind=kind, value=value)
    assert figure("replacement_win_rate").value == Decimal("0.5")
    assert f"{figure('cross_sell_conversion').value:.4f}" == "0.3333"
    assert figure("upsell_revenue_share").value == Decimal("0.1")
    assert figure("cross_sell_revenue_share").value == Decimal("0.05")
    assert figure("upsell_deal_share").value == Decimal("0.25")
    assert figure("upsell_deal_size").value == 2000


def test_identified_in_the_last_complete_quarter(at):
    for identified, kind in (
        (date(2026, 3, 31), "upgrade"),
        (date(2026, 4, 1), "upgrade"),
        (date(2026, 6, 30), "cross_sell"),
        (date(2026, 5, 1), "new_logo"),
        (date(2026, 7, 3), "upgrade"),
    ):
        deal(at, ("identified", identified), kind=kind)
    closed = figure("opportunities_identified")
    assert (closed.value, closed.parts["upgrade"], closed.parts["cross_sell"], closed.parts["running"]) == (2, 1, 1, 0)
    running = figure("opportunities_identified", on=date(2026, 7, 31))
    assert (running.value, running.parts["running"]) == (2, 1)
    assert figure("opportunities_identified", on=date(2026, 6, 29)).value == 1


def test_machines_that_were_offered_an_upgrade(at):
    old, older, young = (cast.asset(at, day(days)) for days in (365 * 6, 365 * 8, 365))
    cast.asset(at, None)
    deal(at, ("identified", day(90)), ("proposal", day(30)), kind="upgrade", machines=(old, young))
    deal(at, ("identified", day(90)), ("qualification", day(30)), kind="upgrade", machines=(older,))
    found = figure("upgrade_offer_coverage")
    assert (found.numerator, found.denominator, found.unknown) == (1, 2, 1)
    assert (found.parts["whole_base"], found.parts["whole_base_offered"]) == (3, 2)
    assert figure("upgrade_offer_coverage", on=day(31)).numerator == 0
    assert (figure("upgrade_pipeline").value, figure("upgrade_pipeline", on=day(100)).value) == (3, 0)


def test_a_machine_of_two_upgrade_deals_counts_once(at):
    one, two = cast.asset(at, day(2000)), cast.asset(at, day(2000))
    deal(at, ("identified", day(90)), ("lost", day(60)), kind="upgrade", machines=(one, two))
    deal(at, ("identified", day(50)), ("won", day(10)), kind="upgrade", machines=(one,))
    found = figure("upgrade_attach_rate")
    assert (found.numerator, found.denominator) == (1, 2)


def test_replacements_seen_early(at):
    """A machine lives twelve years: identified 18 months before its end is early, a day later is not."""
    early, late = (cast.asset(at, date(2015, 12, 1)) for _ in range(2))
    undated = cast.asset(at, None)
    ends = date(2027, 12, 1)
    bound = date(2026, 6, 1)
    assert (ends.year - bound.year) * 12 + ends.month - bound.month == 18
    deal(at, ("identified", bound), kind="replacement", machines=(early,))
    deal(at, ("identified", bound + timedelta(days=1)), kind="replacement", machines=(late, undated))
    found = figure("replacement_early")
    assert (found.numerator, found.denominator, found.unknown) == (1, 2, 1)
    assert figure("replacement_pipeline").value == 3


def test_customers_that_bought_more(at, mila):
    """Of three in the base a year before, one bought more; one that came in since does not count."""
    for name in ("B", "C"):
        cast.asset(cast.account(name, owner=mila), day(900))
    cast.asset(at, day(900))
    fresh = cast.account("New", owner=mila)
    cast.asset(fresh, day(100))
    deal(at, ("identified", day(90)), ("won", day(10)), kind="upgrade")
    deal(at, ("identified", day(90)), ("won", day(10)), kind="cross_sell")
    deal(fresh, ("identified", day(90)), ("won", day(10)), kind="upgrade")
    deal(Account.objects.get(name="B"), ("identified", day(90)), ("won", day(10)), kind="new_logo")
    found = figure("expansion_rate")
    assert (found.numerator, found.denominator, found.parts["upsold"], found.parts["cross_sold"]) == (1, 3, 1, 1)
    assert figure("expansion_rate", account=at.pk).value == 1


def test_months_from_the_first_machine_to_the_first_growth(at, mila):
    cast.asset(at, date(2024, 1, 1))
    cast.posted(at, date(2024, 3, 1), 500000, "machine")
    deal(at, ("identified", date(2025, 9, 1)), ("won", date(2026, 3, 1)), kind="cross_sell")
    deal(at, ("identified", date(2025, 9, 1)), ("won", date(2026, 5, 1)), kind="upgrade")
    earlier = cast.account("B", owner=mila)
    cast.asset(earlier, date(2020, 1, 1))
    deal(earlier, ("identified", date(2022, 1, 1)), ("won", date(2022, 5, 1)), kind="cross_sell")
    deal(earlier, ("identified", date(2025, 9, 1)), ("won", date(2026, 5, 1)), kind="upgrade")
    nothing = cast.account("C", owner=mila)
    deal(nothing, ("identified", date(2025, 9, 1)), ("won", date(2026, 5, 1)), kind="upgrade")
    first = figure("time_to_expansion")
    days = (date(2026, 3, 1) - date(2024, 3, 1)).days
    assert (f"{first.value:.6f}", first.count, first.unknown) == (f"{Decimal(days) / Decimal('30.4375'):.6f}", 1, 1)
    upsell = figure("time_to_upsell")
    assert (upsell.count, upsell.unknown) == (2, 1)
