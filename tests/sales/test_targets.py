"""Booking targets: how they add up, what stands against them, who says them, and their pages."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.metrics import Filters, compute, rows
from core.metrics.aiming import Teams
from core.models import Owner, Role, Touched
from core.scope import System
from sales.actions.targets import Wish, set_target, set_targets
from sales.forms.targets import read_amount
from sales.models import BookingTarget
from sales.rules.targets import (
    Carried,
    beside,
    contributions,
    quarter_end,
    quarter_name,
    quarter_of,
    read_quarter,
    total,
)
from tests import cast
from tests.sales.base import deal

ON = date(2026, 11, 21)
Q4 = date(2026, 10, 1)
ALL = System("tests")
db = pytest.mark.django_db

# Team 1 above teams 2 and 3; pools 11, 12, 13; person 21 in team 2, 22 in 2 and 3, 23 in none.
TREE = Teams({1: None, 2: 1, 3: 1}, {11: [1], 12: [2], 13: [3], 21: [2], 22: [2, 3], 23: []}, frozenset({11, 12, 13}))


def carried(**amounts: int) -> list[Carried]:
    return [Carried(int(owner[1:]), Decimal(amount)) for owner, amount in amounts.items()]


def test_a_team_has_its_own_target_else_the_sum_of_those_under_it() -> None:
    assert total(carried(_21=100, _22=50), TREE) == 150
    assert total(carried(_21=100, _22=50, _12=200), TREE) == 200
    assert contributions(carried(_21=100, _22=50, _12=200), TREE) == {21: 100, 22: 50, 12: 50}
    assert contributions(carried(_21=300, _12=200), TREE) == {21: 300, 12: -100}
    assert total(carried(_21=100, _12=200, _13=300, _23=7), TREE) == 507
    assert total(carried(_11=400, _12=200, _13=300), TREE) == 400
    assert total([], TREE) is None


def test_who_is_in_two_teams_counts_in_both_and_once_in_the_whole() -> None:
    both = carried(_22=50, _12=80, _13=70)
    assert total(both, TREE, TREE.under(2)) == 80
    assert total(both, TREE, TREE.under(3)) == 70
    assert total(both, TREE) == 150


def test_a_shared_target_counts_once_and_for_each_of_the_two() -> None:
    shared = [Carried(21, Decimal(100), shared_with=13)]
    assert total(shared, TREE) == 100
    assert total(shared, TREE, {21}) == 100
    assert total(shared, TREE, TREE.under(3)) == 100
    assert total(shared, TREE, {23}) is None
    assert beside(shared, TREE, TREE.under(3) - {21}) == {21}
    assert beside(shared, TREE, {21}) == {13, 22}
    assert beside(shared, TREE, {21, 13}) == frozenset()


owners = st.sampled_from([11, 12, 13, 21, 22, 23])
targets = st.lists(
    st.builds(lambda o, a: Carried(o, Decimal(a)), owners, st.integers(1, 1000)), unique_by=lambda c: c.owner
)


@given(targets)
def test_the_rows_add_up_to_the_topmost_targets(said: list[Carried]) -> None:
    own = {c.owner: c.amount for c in said}
    pools = {1: 11, 2: 12, 3: 13}
    topmost = [
        amount
        for owner, amount in own.items()
        if not any(pools[t] in own and pools[t] != owner for t in TREE.around(owner))
    ]
    assert sum(contributions(said, TREE).values()) == sum(topmost)


@given(targets, st.sampled_from([1, 2, 3]))
def test_a_team_with_its_own_target_has_that(said: list[Carried], team: int) -> None:
    own = {c.owner: c.amount for c in said}
    pool = {1: 11, 2: 12, 3: 13}[team]
    if pool in own:
        assert total(said, TREE, TREE.under(team)) == own[pool]


@pytest.mark.parametrize(
    ("text", "first"),
    [("2026-Q4", Q4), ("2026Q1", date(2026, 1, 1)), ("2026 q2", date(2026, 4, 1)), ("2026-Q5", None), ("x", None)],
)
def test_quarters_are_read(text: str, first: date | None) -> None:
    assert read_quarter(text) == first
    if first:
        assert read_quarter(quarter_name(first)) == first
        assert quarter_of(quarter_end(first)) == first


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250000", 250_000),
        ("250,000", 250_000),
        ("250.000", 250_000),
        ("1 250 000", 1_250_000),
        ("1.250,50", Decimal("1250.50")),
        ("12.5", Decimal("12.50")),
        ("0", None),
        ("-5", None),
        ("1.2345", None),
        ("a lot", None),
        ("NaN", None),
        ("1" * 20, None),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: Decimal | int | None) -> None:
    assert read_amount(text) == amount


class Selling:
    """Eva and Tom sell in a team under another; Zoe sells elsewhere."""

    def __init__(self) -> None:
        self.top = cast.pool("Commerce")
        self.team = cast.pool("Sales", self.top)
        self.other = cast.pool("South")
        self.eva = cast.person("eva", Role.SALES, self.team)
        self.tom = cast.person("tom", Role.SALES, self.team)
        self.zoe = cast.person("zoe", Role.SALES, self.other)
        self.lead = cast.person("lead", Role.TEAM_LEAD, self.team)
        self.boss = cast.person("boss", Role.EXECUTIVE)

    def say(self, who: Any, amount: int | None, on: date = Q4, quarter: date = Q4, **more: Any) -> None:
        by = more.pop("by", ALL)
        wanted = {"pipeline": "new_business"} | more
        wish = Wish(
            owner=Owner.objects.of(who),
            starts_on=quarter,
            amount=None if amount is None else Decimal(amount),
            **wanted,
        )
        set_targets(wishes=[wish], by=by, on=on)

    def deals(self) -> None:
        at, there = cast.account("A", self.eva), cast.account("B", self.zoe)
        began = ("identified", date(2026, 9, 1))
        deal(at, began, value=900, owner=self.eva, expected_close_on=date(2026, 12, 1))
        deal(at, began, value=300, owner=self.tom, expected_close_on=date(2027, 2, 1))
        deal(at, began, ("won", date(2026, 11, 1)), value=50, owner=self.tom)
        deal(at, began, ("won", date(2026, 9, 30)), value=70, owner=self.tom)
        deal(at, began, value=5000, owner=self.eva, kind="upgrade")
        deal(at, began, value=None, owner=self.eva)
        deal(there, began, value=40, owner=self.zoe)


def coverage(actor: Any = ALL, on: date = ON, key: str = "pipeline_coverage", **filters: Any) -> Any:
    return compute(key, on=on, actor=actor, filters=Filters(**filters))


@pytest.fixture
def selling() -> Selling:
    made = Selling()
    made.deals()
    return made


@db
def test_coverage_is_open_over_target_with_the_strict_one_beside_it(selling: Selling) -> None:
    selling.say(selling.eva, 200)
    selling.say(selling.tom, 100)
    found = coverage()
    assert (found.numerator, found.denominator) == (1240, 300)
    assert found.parts["open_in_quarter"] == 900
    assert (found.parts["won_in_quarter"], found.parts["left"]) == (50, 250)
    assert (found.parts["without_value"], found.parts["expected"]) == (1, 95)
    told = {r["subject_id"]: (r["numerator"], r["denominator"]) for r in rows("pipeline_coverage", on=ON, actor=ALL)}
    assert told == {
        Owner.objects.of(selling.eva).pk: (900, 200),
        Owner.objects.of(selling.tom).pk: (300, 100),
        Owner.objects.of(selling.zoe).pk: (40, 0),
    }
    booked = coverage(key="booking_attainment", owner=Owner.objects.of(selling.tom).pk)
    assert (booked.value, booked.numerator) == (Decimal("0.5"), 50)


@db
def test_filters_and_reach_narrow_deals_and_target_alike(selling: Selling) -> None:
    selling.say(selling.eva, 200)
    selling.say(selling.team, 400)
    selling.say(selling.zoe, 20)
    mine = Owner.objects.of(selling.eva).pk
    assert (coverage().denominator, coverage(team=selling.top.pk).denominator) == (420, 400)
    assert coverage(team=selling.team.pk).value == 3
    assert (coverage(owner=mine).numerator, coverage(owner=mine).denominator) == (900, 200)
    assert (coverage(selling.zoe).numerator, coverage(selling.zoe).denominator) == (40, 20)
    assert coverage(selling.lead).denominator == 400
    assert coverage(selling.eva, owner=Owner.objects.of(selling.zoe).pk).value is None
    narrowed = coverage(country="NL")
    assert (narrowed.value, narrowed.reason) == (
        None,
        "No target for bookings with new customers was set for the quarter.",
    )


@db
def test_a_past_day_knows_the_target_of_that_day(selling: Selling) -> None:
    selling.say(selling.eva, 200, on=date(2026, 10, 10))
    selling.say(selling.eva, 500, on=date(2026, 11, 10))
    selling.say(selling.eva, None, on=date(2026, 11, 20))
    known = {day: coverage(on=day).denominator for day in (date(2026, 10, 9), date(2026, 10, 10), date(2026, 11, 10))}
    assert known == {date(2026, 10, 9): 0, date(2026, 10, 10): 200, date(2026, 11, 10): 500}
    assert coverage().value is None
    assert coverage(on=date(2027, 1, 5)).denominator == 0


@db
def test_a_shared_expansion_target_is_carried_by_service_and_sales(selling: Selling) -> None:
    service = cast.pool("Service")
    cast.person("mila", Role.CS_MANAGER, service)
    selling.say(selling.eva, 1000, pipeline="expansion", shared_with=Owner.objects.of(service))
    whole, theirs = coverage(key="expansion_coverage"), coverage(key="expansion_coverage", team=service.pk)
    assert (whole.denominator, whole.value) == (1000, 5)
    assert (theirs.denominator, theirs.numerator) == (1000, 5000)
    told = list(rows("expansion_coverage", on=ON, actor=ALL, filters=Filters(team=service.pk)))
    assert (sum(r["numerator"] for r in told), sum(r["denominator"] for r in told)) == (5000, 1000)


@db
def test_a_target_marks_the_figures_that_rest_on_it(selling: Selling) -> None:
    selling.say(selling.eva, 200)
    row: Any = BookingTarget.objects.get()
    assert Touched.objects.get(kind="booking_target", subject_id=row.pk).since == Q4
    assert row.audit_events.count() == 1
    Touched.objects.all().delete()
    selling.say(selling.eva, 200)
    assert not Touched.objects.exists()


@db
@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"starts_on": date(2026, 11, 1)}, "calendar quarter"),
        ({"starts_on": date(2026, 7, 1)}, "is over"),
        ({"pipeline": "both"}, "two pipelines"),
        ({"amount": Decimal(0)}, "more than 0"),
        ({"amount": Decimal(-5)}, "more than 0"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_of_it_is_written(values: dict[str, Any], part: str) -> None:
    made = Selling()
    good: dict[str, Any] = {
        "owner": Owner.objects.of(made.eva),
        "pipeline": "new_business",
        "starts_on": Q4,
        "amount": Decimal(5),
    }
    with pytest.raises(ValidationError, match=part):
        set_targets(wishes=[Wish(**good), Wish(**(good | values))], by=made.boss, on=ON)
    assert not BookingTarget.objects.exists()


@db
def test_who_says_what_whom_is_to_book() -> None:
    made = Selling()
    for by, whom in ((made.eva, made.eva), (made.lead, made.zoe), (made.lead, made.other)):
        with pytest.raises(ValidationError, match="their own teams"):
            made.say(whom, 5, by=by, on=ON)
    for by, whom in ((made.lead, made.eva), (made.lead, made.team), (made.boss, made.zoe)):
        made.say(whom, 5, by=by, on=ON)
    assert BookingTarget.objects.count() == 3
    assert BookingTarget.objects.visible_to(made.eva).count() == 2
    assert BookingTarget.objects.visible_to(made.zoe).get().owner == Owner.objects.of(made.zoe)
    assert not BookingTarget.objects.changeable_by(made.eva).exists()
    assert not BookingTarget.objects.visible_to(cast.person("noor", Role.MARKETING)).exists()


@db
def test_nothing_to_take_back_is_said() -> None:
    made = Selling()
    with pytest.raises(ValidationError, match="no target to take back"):
        set_target(wish=Wish(Owner.objects.of(made.eva), "new_business", Q4, None), by=made.boss, on=ON)


# Pages, of the present quarter


def present() -> date:
    return quarter_of(clock.today())


def cell(who: Any, quarter: date) -> str:
    return f"t_{Owner.objects.of(who).pk}_{quarter_name(quarter)}"


@pytest.fixture
def seller(client: Any) -> Any:
    made = Selling()
    client.force_login(made.lead)
    made.client = client  # type: ignore[attr-defined]
    return made


@db
def test_a_lead_types_the_targets_of_the_team(seller: Any) -> None:
    quarter = present()
    page = reverse("sales:targets")
    typed = {cell(seller.eva, quarter): "250000", cell(seller.tom, quarter): "1,250.50", cell(seller.team, quarter): ""}
    assert seller.client.post(page, typed).status_code == 302
    found = dict(BookingTarget.objects.values_list("owner__name", "amount"))
    assert found == {"eva": Decimal(250_000), "tom": Decimal("1250.50")}
    shown = seller.client.get(page).content.decode()
    assert 'value="250000"' in shown and "€251,251" in shown
    assert seller.client.post(page, {cell(seller.eva, quarter): ""}).status_code == 302
    assert BookingTarget.objects.get(owner__name="eva").amount is None
    assert BookingTarget.objects.get(owner__name="tom").amount == Decimal("1250.50")


@db
def test_a_wrong_amount_is_marked_and_nothing_is_written(seller: Any) -> None:
    typed = {cell(seller.eva, present()): "250000", cell(seller.tom, present()): "a lot"}
    answer = seller.client.post(reverse("sales:targets"), typed)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Type an amount above 0" in shown and 'value="a lot"' in shown and 'value="250000"' in shown
    assert not BookingTarget.objects.exists()


@db
def test_others_are_out_of_reach_of_the_grid(seller: Any) -> None:
    seller.client.post(reverse("sales:targets"), {cell(seller.zoe, present()): "5"})
    assert not BookingTarget.objects.exists()
    seller.client.force_login(seller.eva)
    assert seller.client.post(reverse("sales:targets"), {cell(seller.eva, present()): "5"}).status_code == 403
    assert "inline-field target-field" not in seller.client.get(reverse("sales:targets")).content.decode()
    assert not BookingTarget.objects.exists()


@db
def test_a_target_is_shared_on_its_form_and_kept_by_the_grid(seller: Any) -> None:
    service, quarter = Owner.objects.of(cast.pool("Service")), present()
    eva = Owner.objects.of(seller.eva)
    said = {
        "owner": eva.pk, "pipeline": "expansion", "quarter": quarter_name(quarter), "amount": "900",
        "shared_with": service.pk, "note": "Together",
    }  # fmt: skip
    assert seller.client.post(reverse("sales:target_set"), said).status_code == 302
    page = reverse("sales:targets") + "?pipeline=expansion"
    assert "shared with Service" in seller.client.get(page).content.decode()
    seller.client.post(page, {cell(seller.eva, quarter): "950"})
    row: Any = BookingTarget.objects.get()
    assert (row.amount, row.shared_with, row.note) == (950, service, "Together")
    wrong = seller.client.post(reverse("sales:target_set"), said | {"quarter": "soon"})
    assert wrong.status_code == 422 and "Write a quarter such as 2026-Q4" in wrong.content.decode()


@db
def test_the_page_of_an_owner_has_their_quarters_and_what_was_said(seller: Any) -> None:
    at, today = cast.account("Bolt", seller.eva), clock.today()
    deal(at, ("identified", today - timedelta(days=9)), ("won", today), value=500, owner=seller.eva)
    deal(at, ("identified", today - timedelta(days=9)), value=800, owner=seller.eva, name="The open one")
    seller.say(seller.eva, 2000, on=today, quarter=present())
    page = reverse("sales:targets_of", args=[Owner.objects.of(seller.eva).pk])
    shown = seller.client.get(page).content.decode()
    assert "€2,000" in shown and "€500" in shown and "25%" in shown and "The open one" in shown
    seller.client.force_login(seller.zoe)
    assert seller.client.get(page).status_code == 404


@db
def test_the_pipeline_says_what_stands_against_the_target(seller: Any) -> None:
    seller.client.force_login(seller.eva)
    assert "No target for bookings" in seller.client.get(reverse("sales:pipeline")).content.decode()
    today = clock.today()
    at = cast.account("Bolt", seller.eva)
    deal(at, ("identified", today), value=800, owner=seller.eva)
    seller.say(seller.eva, 200, on=today, quarter=present())
    shown = seller.client.get(reverse("sales:pipeline")).content.decode()
    assert "Your target of" in shown and "coverage 4.0, to be 3.0" in shown


@db
def test_who_sees_no_prices_sees_no_targets(client: Any) -> None:
    client.force_login(cast.person("noor", Role.MARKETING))
    assert client.get(reverse("sales:targets")).status_code == 403
    assert "Target of" not in client.get(reverse("sales:pipeline")).content.decode()


@db
def test_the_sheet_asks_as_much_for_many_as_for_few(seller: Any) -> None:

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert seller.client.get(reverse("sales:targets")).status_code == 200
        return len(found)

    today = clock.today()
    seller.say(seller.eva, 5, on=today, quarter=present())
    asked()
    few = asked()
    for number in range(6):
        one = cast.person(f"p{number}", Role.SALES, seller.team)
        seller.say(one, 100 + number, on=today, quarter=present())
        deal(cast.account(f"C{number}", one), ("identified", today), value=10, owner=one)
    assert asked() == few
