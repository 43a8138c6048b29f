"""What is spent: entering it, reading it, and who may (LG-03)."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.clock import today
from core.models import ExchangeRate, Organisation, Role, Touched
from sales.actions.spend import change_spend, enter_spend, record_spend
from sales.forms.spend import shown, years_asked
from sales.models import Spend
from sales.queries.spend import sheets
from sales.rules.spend import Cell, Entry, refusal, standing
from sales.words.spend import REFUSALS
from tests import cast
from tests.sales.inflow import lead, source, spend

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 15)
MAY = date(2026, 5, 1)


@pytest.fixture(autouse=True)
def ours():
    return Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")


@pytest.fixture
def noor():
    return cast.person("noor", Role.MARKETING)


def enter(by, *said, on=ON):
    entries = [Entry(Cell(month, kind, of), amount, seen) for month, kind, of, amount, seen in said]
    return enter_spend(entries=entries, by=by, on=on)


def amounts():
    return list(Spend.objects.order_by("month", "kind", "pk").values_list("month", "kind", "amount_reporting"))


def test_what_is_entered_stands_and_marks_its_month(noor):
    fair = source("Trade fairs")
    said = ((MAY, "marketing", fair.pk, Decimal(700), None), (MAY, "sales", None, Decimal("9.5"), None))
    assert enter(noor, *said) == 2
    assert amounts() == [(MAY, "marketing", 700), (MAY, "sales", Decimal("9.5"))]
    row = Spend.objects.get(kind="marketing")
    assert (row.lead_source, row.currency, row.amount, row.known_on) == (fair, "EUR", 700, ON)
    assert Touched.objects.get(kind="spend", subject_id=row.pk).since == MAY


def test_an_amount_changes_and_an_empty_one_is_unknown_again(noor):
    spend(MAY, 700)
    enter(noor, (MAY, "marketing", None, Decimal(800), Decimal(700)))
    assert amounts() == [(MAY, "marketing", 800)]
    enter(noor, (MAY, "marketing", None, None, Decimal(800)))
    assert amounts() == []


def test_below_zero_is_refused_with_its_place_and_nothing_is_written(noor):
    fair = source("Trade fairs")
    said = ((MAY, "marketing", fair.pk, Decimal(-1), None), (MAY, "sales", None, Decimal(5), None))
    with pytest.raises(ValidationError) as refused:
        enter(noor, *said)
    assert refused.value.messages == [
        "Trade fairs, May 2026: spend is not below zero. Enter 0 where nothing was spent."
    ]
    assert amounts() == [] and not Touched.objects.filter(kind="spend").exists()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(noor):
    spend(MAY, 700)
    with pytest.raises(ValidationError) as refused:
        enter(noor, (MAY, "marketing", None, Decimal(900), Decimal(600)))
    assert refused.value.messages == [
        "In general, May 2026: somebody else changed it to €700.00 meanwhile. Look at it again."
    ]
    assert amounts() == [(MAY, "marketing", 700)]


def test_several_entries_or_another_currency_are_not_one_amount(noor):
    spend(MAY, 700, source="books", external_id="1")
    spend(MAY, 100, source="books", external_id="2")
    spend(MAY, 80, kind="sales", currency="USD")
    for kind, seen in (("marketing", 800), ("sales", 80)):
        with pytest.raises(ValidationError, match="several entries stand there"):
            enter(noor, (MAY, kind, None, Decimal(1), Decimal(seen)))


def test_a_month_that_has_not_begun_has_no_spend(noor):
    with pytest.raises(ValidationError, match="July 2026: this month has not begun yet"):
        enter(noor, (date(2026, 7, 1), "marketing", None, Decimal(1), None))
    assert enter(noor, (date(2026, 6, 1), "marketing", None, Decimal(1), None)) == 1


@given(st.lists(st.none() | st.decimals(0, 1000, places=2), max_size=4))
def test_a_cell_is_the_sum_of_its_entries_or_unknown(found):
    rows = [type("Row", (), {"amount_reporting": amount})() for amount in found]
    whole = standing(rows)
    assert whole == (None if not found or None in found else sum(found))


@pytest.mark.parametrize(("amount", "words"), [(None, ""), (0, ""), (-1, "below zero"), (10**12, "more than can be")])
def test_what_can_be_entered(amount, words):
    why = refusal(None if amount is None else Decimal(amount), MAY, ON)
    assert bool(why) == bool(words) and words in str(REFUSALS.get(why, ""))


def test_one_entry_in_another_currency_has_the_rate_of_its_month(noor):
    ExchangeRate.objects.create(currency="USD", on=date(2026, 4, 1), rate=Decimal("0.9"))
    row = record_spend(month=ON, kind="sales", amount=Decimal(100), currency="USD", by=noor, on=ON)
    assert (row.month, row.amount_reporting) == (date(2026, 6, 1), 90)
    changed = change_spend(spend=row, amount=Decimal(50), note=" Fewer trips ", by=noor, on=ON)
    assert (changed.amount_reporting, changed.note) == (45, "Fewer trips")
    with pytest.raises(ValidationError, match=f"change number {row.pk}"):
        record_spend(month=ON, kind="sales", amount=Decimal(1), by=noor, on=ON)


def test_the_sheets_add_up_by_month_source_and_year(noor):
    fair, web = source("Trade fairs"), source("Website", "search")
    for month, amount, of in ((1, 100, fair), (2, 200, fair), (2, 50, web), (2, 25, None)):
        spend(date(2026, month, 1), amount, lead_source=of)
    spend(date(2025, 12, 1), 1000, lead_source=fair)
    spend(date(2026, 2, 1), 7, kind="sales")
    for on in (date(2026, 1, 3), date(2026, 2, 28), date(2026, 3, 1)):
        lead(on, fair)
    lead(date(2026, 1, 1))
    marketing, sales = sheets(noor, [2025, 2026], ON, "EUR")
    names = [(line.name, line.years, line.total, line.leads) for line in marketing.lines]
    assert names == [
        ("Trade fairs", (1000, 300), 1300, 3),
        ("Website", (None, 50), 50, 0),
        ("", (None, 25), 25, 1),
    ]
    assert marketing.months[1][:3] == (100, 275, None)
    assert (marketing.years, marketing.total, marketing.leads) == ((1000, 375), 1375, 4)
    assert round(marketing.lines[0].each, 2) == Decimal("433.33")
    assert marketing.each is None and date(2026, 3, 1) in marketing.lacking
    assert [line.name for line in sales.lines] == [""]
    assert (sales.total, sales.leads) == (7, None)


@pytest.mark.parametrize(
    ("text", "both", "years"),
    [
        ("", False, [2026]),
        ("2025", False, [2025]),
        ("2025", True, [2024, 2025]),
        ("2031", False, [2026]),
        ("x", False, [2026]),
    ],
)
def test_the_years_that_are_asked_for(text, both, years):
    assert years_asked(text, both, ON, 2016) == years


def test_an_amount_in_its_input_has_decimals_where_it_needs_them():
    assert [shown(Decimal(a)) for a in ("700.00", "9.50")] == ["700", "9.50"] and shown(None) == ""


def page(client, **asked):
    return client.get("/leads/spend/", asked)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def post(client, seen, **cells):
    return client.post("/leads/spend/", {"seen": json.dumps(seen)} | cells)


@pytest.fixture
def month():
    return today().replace(month=1, day=1)


def test_the_page_takes_what_was_changed_and_no_more(client, noor, month):
    fair = source("Trade fairs")
    spend(month, 700, lead_source=fair)
    lead(month, fair)
    client.force_login(noor)
    name, general = f"marketing-{fair.pk}-{month:%Y-%m}", f"marketing-0-{month:%Y-%m}"
    shown_ = page(client)
    assert f'name="{name}" value="700"' in shown_.content.decode()
    assert json.loads(shown_.context["seen"]) == {name: "700.00"}
    done = post(client, {name: "700.00"}, **{name: "750.50", general: ""})
    assert done.status_code == 302
    assert Spend.objects.get().amount == Decimal("750.50")
    assert "1 amount is written." in words(page(client))
    assert post(client, {name: "750.50"}, **{name: "750.50"}).status_code == 302
    assert "Nothing was changed." in words(page(client))


def test_the_page_refuses_with_sentences_and_keeps_what_was_typed(client, noor, month):
    client.force_login(noor)
    general, sales = f"marketing-0-{month:%Y-%m}", f"sales-0-{month:%Y-%m}"
    told = post(client, {}, **{general: "many", sales: "5"})
    assert told.status_code == 422
    assert "“many” is no amount." in words(told) and "Nothing was written." in words(told)
    assert f'name="{general}" value="many"' in told.content.decode()
    told = post(client, {}, **{general: "-5", sales: "5"})
    assert told.status_code == 422 and "spend is not below zero" in words(told)
    assert not Spend.objects.exists()


@pytest.mark.parametrize("seen", ["", "[]", "{", '{"marketing-0-2026-01": "x"}', "null"])
def test_what_was_seen_and_cannot_be_read_overwrites_nothing(client, noor, month, seen):
    spend(month, 700)
    client.force_login(noor)
    told = client.post("/leads/spend/", {"seen": seen, f"marketing-0-{month:%Y-%m}": "900"})
    assert told.status_code == 422 and "somebody else changed it" in words(told)
    assert Spend.objects.get().amount == 700


@pytest.mark.parametrize(
    ("role", "sees", "writes"),
    [
        ("marketing", True, True),
        ("team_lead", True, True),
        ("administrator", True, True),
        ("executive", True, False),
        ("sales", False, False),
        ("cs_manager", False, False),
        ("operations", False, False),
        ("technician", False, False),
    ],
)
def test_who_sees_and_who_writes(client, month, role, sees, writes):
    row = spend(month, 4711, note="Hall 7")
    client.force_login(cast.person("x", role))
    shown_ = page(client).content.decode()
    assert ("4711" in shown_ or "4,711" in shown_, "spend-input" in shown_) == (sees, writes)
    cell = f"marketing-0-{month:%Y-%m}"
    told = post(client, {cell: "4711.00"}, **{cell: "1"})
    assert (told.status_code == 302) == writes
    assert Spend.objects.get().amount == (1 if writes else 4711)
    assert client.get(f"/leads/spend/{row.pk}/").status_code == (302 if sees else 404)


def test_the_page_asks_the_same_number_of_queries_for_any_number_of_sources(client, noor, month):
    client.force_login(noor)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert page(client).status_code == 200
        return len(found)

    spend(month, 1, lead_source=source("One"))
    queries()
    few = queries()
    for n in range(6):
        spend(month, 1, lead_source=source(f"More {n}"))
    assert queries() == few


def test_two_years_stand_beside_each_other(client, noor, month):
    spend(month.replace(year=month.year - 1), 1200)
    client.force_login(noor)
    told = page(client, years="2")
    assert told.context["years"] == [month.year - 1, month.year]
    assert "€1,200" in words(told)
