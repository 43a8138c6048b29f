"""What winning writes into the installed base, all of it or nothing, and how it is taken back."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.models import Organisation
from installed_base.actions.contracting import Agreement
from installed_base.actions.ordering import OrderRefused, record_installation
from installed_base.actions.planning import Instalment
from installed_base.models import Asset, AssetEvent, AssetSuccession, Contract, Coverage, LedgerEntry, Term
from sales import actions
from sales.actions.handoff import accept_handoff, give_handoff
from sales.actions.winning import Order, Winning
from sales.models import DealKind, Delivery, Handoff
from sales.queries.winning import orders_to_confirm, won_to_confirm
from sales.rules.delivery import delay
from sales.rules.winning import WinningPolicy, schedule
from tests import cast
from tests.sales.selling import DAY, FULL, ON, Sale

db = pytest.mark.django_db
PROMISED = ON + 90 * DAY
SHARES = WinningPolicy().shares


@pytest.fixture
def sale(db):
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale()


def win(sale, on=ON, **values):
    said = {"value": Decimal(185_000), "won_on": ON} | values
    actions.win(opportunity=sale.deal, winning=Winning(**said), by=sale.mila, on=on)


def replacement(sale, **values):
    return Order(**{"product": sale.new, "promised_on": PROMISED, "replaces": sale.machine} | values)


def nothing_written(sale):
    sale.deal.refresh_from_db()
    return (
        sale.deal.closed_on is None
        and Asset.objects.count() == 1
        and not any(model.objects.exists() for model in (Delivery, LedgerEntry, Contract, AssetSuccession))
    )


def test_a_replacement_orders_the_new_machine_and_plans_its_invoices(sale):
    parts = [Instalment(ON, Decimal(55_500)), Instalment(PROMISED, Decimal(129_500))]
    win(sale, orders=[replacement(sale, price=Decimal(185_000))], instalments=parts)
    sale.deal.refresh_from_db()
    assert (sale.deal.stage, sale.deal.closed_on, sale.deal.closed_by) == ("won", ON, sale.mila)
    machine = sale.machines().get()
    assert (machine.product, machine.ordered_on, machine.promised_on) == (sale.new, ON, PROMISED)
    assert (machine.price_reporting, machine.serial, machine.installed_on) == (185_000, "", None)
    assert AssetSuccession.objects.get().asset == sale.machine
    planned = LedgerEntry.objects.order_by("on")
    assert [(row.on, row.amount_reporting, row.state, row.stream, row.asset) for row in planned] == [
        (ON, 55_500, "planned", "replacement", machine),
        (PROMISED, 129_500, "planned", "replacement", machine),
    ]
    assert [row.plan_key for row in planned] == [f"deal-{sale.deal.pk}/1", f"deal-{sale.deal.pk}/2"]


def test_the_new_machine_is_in_service_once_it_stands_and_the_old_one_goes_out_that_day(sale):
    win(sale, orders=[replacement(sale)])
    new, stands = sale.machines().get(), PROMISED + 4 * DAY
    in_service = Asset.objects.in_service
    assert list(in_service(PROMISED - DAY)) == [sale.machine]
    record_installation(asset=new.pk, installed_on=stands, serial="VR8-77", by=sale.mila, on=stands)
    assert list(in_service(stands)) == [new]
    assert list(in_service(stands - DAY)) == [sale.machine]
    sale.machine.refresh_from_db()
    new.refresh_from_db()
    assert (sale.machine.taken_out_on, sale.machine.taken_out_reason) == (stands, "replaced")
    assert (new.serial, new.installed_on) == ("VR8-77", stands)
    events = AssetEvent.objects.order_by("asset_id").values_list("asset_id", "kind", "on")
    assert list(events) == [(sale.machine.pk, "taken_out", stands), (new.pk, "installed", stands)]
    with pytest.raises(OrderRefused, match="installed already"):
        record_installation(asset=new.pk, installed_on=stands, by=sale.mila, on=stands)


@pytest.mark.parametrize(
    ("day", "words"), [(PROMISED + DAY, "has not come yet"), (ON - DAY, "before it was ordered")]
)  # fmt: skip
def test_a_day_of_installation_that_cannot_be(sale, day, words):
    win(sale, orders=[replacement(sale)])
    with pytest.raises(OrderRefused, match=words):
        record_installation(asset=sale.machines().get().pk, installed_on=day, by=sale.mila, on=PROMISED)


def test_an_import_that_says_it_stands_takes_the_old_one_out_too(sale):
    from installed_base.actions.ordering import take_out_replaced

    win(sale, orders=[replacement(sale)])
    sale.machines().update(installed_on=PROMISED)
    assert take_out_replaced(successors=[sale.machines().get().pk], by=None, on=PROMISED) == 1
    assert take_out_replaced(successors=[sale.machines().get().pk], by=None, on=PROMISED) == 0
    assert Asset.objects.get(pk=sale.machine.pk).taken_out_on == PROMISED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"value": None}, "for an amount, on a day"),
        ({"won_on": None}, "for an amount, on a day"),
        ({"won_on": ON + DAY}, "has not come yet"),
        ({"won_on": ON - DAY}, "before it was seen"),
    ],
)
def test_without_value_or_day_nothing_is_won(sale, values, words):
    with pytest.raises(ValidationError, match=words):
        win(sale, **values)
    assert nothing_written(sale)


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (lambda s: [replacement(s, promised_on=ON - DAY)], "before it was ordered"),
        (lambda s: [replacement(s), replacement(s)], "being replaced by another"),
        (lambda s: [replacement(s), replacement(s, replaces=cast.asset(cast.account()))], "does not stand"),
    ],
)
def test_one_part_that_cannot_be_leaves_nothing_behind(sale, orders, words):
    wanted = orders(sale)
    Asset.objects.exclude(pk=sale.machine.pk).update(account=cast.account())
    with pytest.raises(ValidationError, match=words):
        win(sale, orders=wanted)
    sale.deal.refresh_from_db()
    assert sale.deal.closed_on is None
    assert not any(model.objects.exists() for model in (Delivery, LedgerEntry, AssetSuccession))


def contract(sale, **values):
    said = {"starts_on": date(2026, 4, 1), "months": 24, "annual_value": Decimal(12_000), "number": "SC-1"}
    return Agreement(**said | {"assets": [sale.machine.pk]} | values)


def test_a_contract_is_signed_with_its_cover_and_its_invoices(sale):
    win(sale, value=Decimal(12_000), agreement=contract(sale))
    term = Term.objects.select_related("contract").get()
    assert (term.contract.number, term.starts_on, term.ends_on, term.signed_on) == (
        "SC-1", date(2026, 4, 1), date(2028, 3, 31), ON,
    )  # fmt: skip
    assert (term.annual_value_reporting, term.total_value_reporting) == (12_000, 24_000)
    assert Coverage.objects.get().asset == sale.machine
    assert list(Term.objects.in_force(date(2026, 4, 1))) == [term]
    assert list(LedgerEntry.objects.values_list("state", "amount_reporting")) == [("planned", 12_000)] * 2
    assert Delivery.objects.get().term == term


def test_an_upsell_takes_the_place_of_the_running_term_from_its_first_day(sale):
    old = cast.term(sale.account, date(2025, 7, 1), date(2026, 6, 30), 8000, tacit_months=12)
    win(sale, value=Decimal(4000), agreement=contract(sale, follows=old, number=""))
    old.refresh_from_db()
    new = Term.objects.get(predecessions__term=old)
    assert (new.contract, new.number, new.tacit_months) == (old.contract, 2, 12)
    assert (old.terminated_on, old.end_reason) == (date(2026, 4, 1), "replaced")
    assert list(Term.objects.in_force(date(2026, 3, 31))) == [old]
    assert list(Term.objects.in_force(date(2026, 4, 1))) == [new]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"number": " "}, "a number"),
        ({"months": 0}, "a month at least"),
        ({"annual_value": Decimal(-1)}, "below zero"),
        ({"assets": [987654]}, "stands elsewhere"),
    ],
)
def test_a_contract_that_cannot_be_signed(sale, values, words):
    with pytest.raises(ValidationError, match=words):
        win(sale, agreement=contract(sale, **values))
    assert nothing_written(sale)


def test_opening_it_again_takes_everything_back_that_is_untouched(sale):
    old = cast.term(sale.account, date(2025, 7, 1), date(2026, 6, 30), 8000)
    win(
        sale,
        orders=[replacement(sale)],
        agreement=contract(sale, follows=old, assets=[]),
        instalments=[Instalment(ON, Decimal(1000))],
    )
    give_handoff(
        opportunity=sale.deal, direction="to_cs", to=sale.mila_owner, told=FULL, by=sale.daniel, on=ON
    )  # fmt: skip
    actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON + DAY)
    sale.deal.refresh_from_db()
    assert (sale.deal.stage, sale.deal.closed_on) == ("negotiation", None)
    assert list(Asset.objects.all()) == [sale.machine]
    assert not any(model.objects.exists() for model in (Delivery, LedgerEntry, AssetSuccession))
    assert list(Term.objects.in_force(date(2026, 4, 1))) == [old]
    assert Handoff.objects.get().returned_on == ON + DAY
    win(sale, on=ON + DAY, orders=[replacement(sale)])
    assert sale.machines().count() == 1


def test_a_new_contract_that_is_taken_back_leaves_no_contract(sale):
    win(sale, agreement=contract(sale))
    actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON)
    assert nothing_written(sale)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda s: s.machines().update(delivered_on=ON), "delivered or installed"),
        (lambda s: s.machines().update(serial="X1"), "serial"),
        (lambda s: cast.ticket(s.account, ON, asset=s.machines().get()), "stand on"),
        (lambda s: LedgerEntry.objects.update(state="posted"), "invoiced already"),
    ],
)
def test_what_somebody_built_on_stays_and_the_deal_says_why(sale, build, words):
    win(sale, orders=[replacement(sale)], instalments=[Instalment(ON, Decimal(1000))])
    build(sale)
    with pytest.raises(ValidationError, match=words):
        actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON)
    sale.deal.refresh_from_db()
    assert (sale.deal.stage, sale.machines().count(), LedgerEntry.objects.count()) == ("won", 1, 1)


def test_a_started_contract_or_an_accepted_handoff_stays(sale):
    win(sale, agreement=contract(sale))
    with pytest.raises(ValidationError, match="started already"):
        actions.take_back(opportunity=sale.deal, by=sale.mila, on=date(2026, 4, 1))
    row = give_handoff(
        opportunity=sale.deal, direction="to_cs", to=sale.mila_owner, told=FULL, by=sale.daniel, on=ON
    )  # fmt: skip
    accept_handoff(handoff=row, by=sale.mila, on=ON)
    with pytest.raises(ValidationError, match="taken it over"):
        actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON)


def test_the_form_proposes_the_successor_of_what_is_replaced(sale):
    first, blank = orders_to_confirm(sale.deal, ON)
    assert (first["order"], first["product"], first["replaces"], first["price"]) == (
        True, sale.new.pk, sale.machine.pk, 185_000,
    )  # fmt: skip
    assert blank == {"order": False}
    said = won_to_confirm(sale.deal, [first, blank], WinningPolicy(), ON)
    assert (said["value"], said["won_on"], said["sign"], said["invoice_amount_1"]) == (185_000, ON, False, 55_500)


def test_an_upsell_proposes_the_running_contract_with_what_is_added(sale):
    old = cast.term(sale.account, date(2025, 7, 1), date(2026, 6, 30), 8000)
    sale.deal.kind, sale.deal.value_reporting = DealKind.CONTRACT_UPSELL, Decimal(4000)
    orders = orders_to_confirm(sale.deal, ON)
    said = won_to_confirm(sale.deal, orders, WinningPolicy(), ON)
    assert orders == [{"order": False}]
    assert (said["sign"], said["follows"], said["annual_value"], said["starts_on"]) == (
        True, old.pk, 12_000, date(2026, 4, 1),
    )  # fmt: skip


amounts = st.decimals(0, 10_000_000, places=2)


@given(amounts, st.one_of(st.none(), st.integers(0, 900)))
def test_the_schedule_adds_up_to_the_value(value, days):
    promised = None if days is None else ON + days * DAY
    parts = schedule(value, ON, promised, SHARES)
    assert sum(amount for _day, amount in parts) == value
    assert all(amount > 0 and ON <= day <= (promised or ON) for day, amount in parts)
    assert schedule(None, ON, promised, SHARES) == []


@pytest.mark.parametrize(
    ("promised", "installed", "days"),
    [(None, None, None), (PROMISED, PROMISED, 0), (PROMISED, PROMISED + 3 * DAY, 3), (ON, None, 10)],
)
def test_late_by_how_much(promised, installed, days):
    assert delay(promised, installed, ON + 10 * DAY) == days
