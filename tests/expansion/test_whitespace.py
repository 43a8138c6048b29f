"""The whitespace matrix on real rows: columns, cells, figures, page, file, answers and deals (WS-01..09)."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.metrics import compute, rows
from core.models import Organisation, Role
from core.scope import System
from expansion.actions.cells import open_from_cell, say_of_cell, take_back_answer
from expansion.models import CellAnswer, CellDeal, SignalKind
from expansion.queries.whitespace.bought import columns
from expansion.queries.whitespace.matrix import best_of, lines_of
from expansion.queries.whitespace.peers import adoption
from expansion.rules.whitespace import Fill, State, WhitespacePolicy
from installed_base.models import Level, ProductLine
from sales.actions import close
from sales.models import DealKind, Opportunity
from tests import cast
from tests.expansion.base import signal

pytestmark = pytest.mark.django_db
POLICY = WhitespacePolicy()
PICKING, PACKING, SERVICE = "machine:Picking", "machine:Packing", "service"
PARTS, TRAINING = "stream:parts", "stream:training"


def at(days: int) -> date:
    return today() + timedelta(days=days)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.person("mila", Role.CS_MANAGER, cast.pool("Ours"))


@pytest.fixture
def picker():
    return cast.product("PickCell", portfolio_column="Picking")


@pytest.fixture
def packer():
    return cast.product("LinePack", line=ProductLine.objects.create(name="Packing"))


@pytest.fixture
def full(mila, picker, packer):
    """Klant 1 of our own fixture: everything but training."""
    account = cast.account("Klant 1", mila, segment="small", industry="food")
    machine = cast.asset(account, at(-900), product=picker, price_reporting=Decimal(90000))
    cast.asset(account, at(-400), product=picker, price_reporting=Decimal(110000))
    cast.asset(account, at(-300), product=packer, price_reporting=Decimal(200000))
    cast.cover(cast.term(account, at(-100), at(265)), machine)
    cast.posted(account, at(-200), 4000, "parts")
    return account


@pytest.fixture
def bare(mila, full, picker):
    """Klant 2: one machine, and training bought long ago."""
    account = cast.account("Klant 2", mila, segment="small", industry="food")
    cast.asset(account, at(-900), product=picker)
    cast.posted(account, at(-1000), 4000, "training")
    return account


def cells(account, on=None):
    on = on or today()
    return {c.column.key: c for c in lines_of([account], columns(POLICY), on, POLICY)[0].cells}


def states(account, on=None):
    return {key: cell.state for key, cell in cells(account, on).items()}


def test_columns_come_from_products_and_the_policy(full):
    cast.product("Gripper", kind="part", portfolio_column="Grippers")
    cast.product("Nothing")
    keys = [column.key for column in columns(POLICY)]
    assert keys == [PACKING, PICKING, SERVICE, PARTS, TRAINING, "stream:upgrade", "stream:consultancy"]
    assert [c.key for c in columns(POLICY, line=ProductLine.objects.get().pk)] == [PACKING]


def test_bought_is_a_machine_in_service_a_contract_in_force_revenue_of_two_years(full, bare):
    found = cells(full)
    assert [key for key, cell in found.items() if cell.state is State.BOUGHT] == [PACKING, PICKING, SERVICE, PARTS]
    assert found[PICKING].count == 2
    assert [key for key, state in states(bare).items() if state is State.BOUGHT] == [PICKING]
    assert states(bare, at(-800))[TRAINING] is State.BOUGHT, "then it was not two years old"
    assert states(full, at(-500))[PACKING] is State.UNKNOWN, "the machine came later"


def test_a_stream_that_a_contract_includes_is_bought(bare):
    level = Level.objects.create(key="full", name="Full", rung=3, includes={"parts": True, "training": False})
    cast.term(bare, at(-10), at(355), level=level)
    found = states(bare)
    assert (found[PARTS], found[TRAINING]) == (State.BOUGHT, State.UNKNOWN)


def test_credit_notes_and_planned_rows_buy_nothing(bare):
    cast.posted(bare, at(-10), 4000, "parts")
    cast.posted(bare, at(-9), -4000, "parts")
    cast.posted(bare, at(-10), 4000, "training", state="planned")
    assert (states(bare)[PARTS], states(bare)[TRAINING]) == (State.UNKNOWN, State.UNKNOWN)


def test_an_answer_stands_from_its_day_until_the_next_one(bare, mila):
    say_of_cell(account=bare, column=PARTS, state="competitor", competitor="Rotex", by=mila, on=at(-40))
    say_of_cell(account=bare, column=PARTS, state="itself", by=mila, on=at(-10))
    assert [states(bare, at(d))[PARTS] for d in (-41, -40, -11, -10, 0)] == [
        State.UNKNOWN, State.COMPETITOR, State.COMPETITOR, State.ITSELF, State.ITSELF
    ]  # fmt: skip
    first, second = CellAnswer.objects.order_by("pk")
    assert (first.ended_on, first.ended_by, first.said_by, second.ended_on) == (at(-10), mila, mila, None)
    take_back_answer(answer=second, by=mila, on=today())
    assert states(bare)[PARTS] is State.UNKNOWN
    with pytest.raises(ValidationError, match="already"):
        take_back_answer(answer=second, by=mila, on=today())


def test_a_refusal_runs_out(bare, mila):
    with pytest.raises(ValidationError, match="later day"):
        say_of_cell(account=bare, column=TRAINING, state="declined", by=mila, on=today(), again_on=today())
    say_of_cell(account=bare, column=TRAINING, state="declined", by=mila, on=at(-100), again_on=at(-3))
    cell = cells(bare)[TRAINING]
    assert (cell.state, cell.again) == (State.UNKNOWN, True)
    assert cells(bare, at(-4))[TRAINING].state is State.DECLINED
    with transaction.atomic(), pytest.raises(IntegrityError):
        CellAnswer.objects.filter(state="declined").update(again_on=None)


def test_a_deal_opens_the_cell_and_closes_it_again(bare, mila):
    owner = bare.owner
    deal = open_from_cell(
        account=bare, column=TRAINING, kind=DealKind.CROSS_SELL, name="Operators", owner=owner, by=mila, on=at(-5),
        value=Decimal(9000),
    )  # fmt: skip
    assert (cells(bare)[TRAINING].state, cells(bare)[TRAINING].deal.value) == (State.OPEN, Decimal(9000))
    with pytest.raises(ValidationError, match="open already"):
        open_from_cell(account=bare, column=TRAINING, kind="cross_sell", name="Again", owner=owner, by=mila, on=today())
    close(opportunity=deal, won=False, reason="No money", by=mila, on=today())
    assert [states(bare, at(d))[TRAINING] for d in (-6, -1, 0)] == [State.UNKNOWN, State.OPEN, State.UNKNOWN]


def test_deals_by_their_products_their_signals_and_their_kind(bare, packer, mila):
    def deal(kind, **line):
        made = Opportunity.objects.create(
            account=bare, kind=kind, name=kind, owner=bare.owner, known_on=today(), identified_on=today()
        )
        if line:
            made.lines.create(**line)
        return made

    deal("additional_machine", product=packer)
    deal("upgrade")
    signal(bare.assets.get(), SignalKind.UNCOVERED, on=today(), opportunity=deal("cross_sell"), decision="accepted",
           decided_on=today())  # fmt: skip
    found = states(bare)
    assert [key for key, state in found.items() if state is State.OPEN] == [PACKING, SERVICE, "stream:upgrade"]


def peers_of(mila, picker, number=6):
    for n in range(number):
        account = cast.account(f"Peer {n}", mila, segment="small", industry="food")
        cast.asset(account, at(-900), product=picker)
        cast.posted(account, at(-30), 2000 + n * 100, "parts")


def test_peers_rank_the_empty_cells_in_euros(bare, mila, picker):
    peers_of(mila, picker)
    found = adoption(today(), POLICY)
    line = lines_of([bare], columns(POLICY), today(), POLICY, found)[0]
    cell = next(c for c in line.cells if c.column.key == PARTS)
    assert (cell.hint.bought, cell.hint.of) == (6, 6)
    # The middle of 4000, 2000 .. 2500 in two years is 2300, half of it a year.
    assert cell.worth == Decimal("1150.00")
    assert [(c.column.key, c.worth) for _line, c in best_of([line], 1)] == [(PARTS, Decimal("1150.00"))]
    say_of_cell(account=bare, column=PARTS, state="itself", by=mila, on=today())
    again = lines_of([bare], columns(POLICY), today(), POLICY, found)
    assert PARTS not in {c.column.key for _line, c in best_of(again, 5)}, "who does it himself is not asked first"


def test_figures_agree_with_the_matrix_and_add_up(full, bare, mila):
    lines = lines_of([full, bare], columns(POLICY), today(), POLICY)
    assert [line.fill for line in lines] == [Fill(4, 7), Fill(1, 7)]
    say_of_cell(account=bare, column=TRAINING, state="not_applicable", by=mila, on=today())
    say_of_cell(account=full, column=PARTS, state="not_applicable", by=mila, on=today())
    cast.account("Never bought", mila)
    filled = compute("whitespace_filled", on=today(), actor=mila)
    assert (filled.numerator, filled.denominator) == (5, 13), "what is bought applies, whatever was said"
    each = compute("products_per_customer", on=today(), actor=mila)
    assert (each.value, each.count) == (Decimal("2.5"), 2)
    shown = {
        r["subject_id"]: (r["numerator"], r["denominator"]) for r in rows("whitespace_filled", on=today(), actor=mila)
    }
    assert shown == {full.pk: (4, 7), bare.pk: (1, 6)}
    past = compute("products_per_customer", on=at(-350), actor=mila)
    assert past.numerator == 3, "two picking lines, and a training that was not two years old"


def test_cross_sell_that_was_identified(full, bare, mila):
    open_from_cell(
        account=bare, column=SERVICE, kind="cross_sell", name="Basic", owner=bare.owner, by=mila, on=today()
    )  # fmt: skip
    found = compute("cross_sell_identification", on=today(), actor=System("test"))
    assert (found.numerator, found.denominator) == (1, 2)
    assert compute("cross_sell_identification", on=at(-1), actor=System("test")).numerator == 0


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_one_account_as_for_three(client, mila, picker, full, number):
    for n in range(number - 1):
        cast.asset(cast.account(f"More {n}", mila), at(-900), product=picker)
    client.force_login(mila)
    client.get("/expansion/whitespace/")
    with CaptureQueriesContext(connection) as found:
        page = client.get("/expansion/whitespace/").content.decode()
    assert page.count("<tr data-row") == number
    assert len(found) == 10, [q["sql"][:120] for q in found]


def test_the_page_and_its_filters(client, mila, full, bare):
    say_of_cell(account=bare, column=PARTS, state="competitor", competitor="Rotex", by=mila, on=today())
    client.force_login(mila)
    page = client.get("/expansion/whitespace/").content.decode()
    assert "Klant 1" in page and 'aria-label="Parts: Buys it from a competitor: Rotex"' in page
    assert 'aria-label="Picking: 2 machines"' in page
    only = client.get("/expansion/whitespace/", {"missing": PARTS}).content.decode()
    assert "Klant 2" in only and "Klant 1" not in only
    assert "No account answers" in client.get("/expansion/whitespace/", {"q": "Nobody"}).content.decode()
    past = client.get("/expansion/whitespace/", {"as_of": at(-1).isoformat()}).content.decode()
    assert "Rotex" not in past and "Klant 2" in past


def test_a_cell_is_answered_and_opened_on_its_page(client, mila, bare):
    client.force_login(mila)
    url = f"/expansion/whitespace/{bare.pk}/"
    page = client.get(url, {"column": TRAINING}).content.decode()
    assert "Why is it empty?" in page and "Open an opportunity" in page and "Nobody said anything" in page
    said = {"column": TRAINING, "state": "declined", "again_on": "", "note": "No time", "next": "/"}
    refused = client.post(f"{url}say/", said)
    assert (refused.status_code, CellAnswer.objects.count()) == (422, 0)
    assert "Say from which later day" in refused.content.decode()
    assert client.post(f"{url}say/", said | {"again_on": at(90).isoformat()}).url == "/"
    row = CellAnswer.objects.get()
    assert (row.state, row.again_on, row.note, row.said_by) == ("declined", at(90), "No time", mila)
    deal = {"column": TRAINING, "name": "Operators", "kind": "cross_sell", "value": "4500", "owner": bare.owner_id}
    client.post(f"{url}open/", deal)
    made = CellDeal.objects.get()
    assert (made.column, made.opportunity.account, made.opportunity.value_reporting) == (TRAINING, bare, 4500)
    page = client.get(url, {"column": TRAINING}).content.decode()
    assert "The open opportunity" in page and "Why is it empty?" not in page
    client.post(f"/expansion/whitespace/answers/{row.pk}/take-back/")
    row.refresh_from_db()
    assert (row.ended_on, row.ended_by) == (today(), mila)


def test_a_past_day_is_read_only(client, mila, bare):
    client.force_login(mila)
    url = f"/expansion/whitespace/{bare.pk}/"
    page = client.get(url, {"column": TRAINING, "as_of": at(-30).isoformat()}).content.decode()
    assert "Why is it empty?" not in page and "Open an opportunity" not in page


def test_only_who_may_change_the_account_answers(client, mila, bare):
    zoe = cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs"))
    client.force_login(zoe)
    url = f"/expansion/whitespace/{bare.pk}/"
    assert client.get(url, {"column": TRAINING}).status_code == 404
    assert client.post(f"{url}say/", {"column": TRAINING, "state": "itself"}).status_code == 404
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = client.get(url, {"column": TRAINING}).content.decode()
    assert "Klant 2" in page and "Write it down" not in page
    assert client.post(f"{url}say/", {"column": TRAINING, "state": "itself"}).status_code == 404
    client.force_login(cast.person("ruud", Role.TECHNICIAN))
    assert client.get("/expansion/whitespace/").status_code == 404
    assert CellAnswer.objects.count() == 0


@pytest.mark.parametrize("column", ["", "machine:Nothing", "stream:other", "x" * 300])
def test_a_column_that_is_none_is_not_found(client, mila, bare, column):
    client.force_login(mila)
    assert client.get(f"/expansion/whitespace/{bare.pk}/", {"column": column}).status_code == 404


def test_who_sees_no_prices_sees_no_euros(client, mila, full, bare, picker):
    peers_of(mila, picker)
    open_from_cell(
        account=bare, column=TRAINING, kind="cross_sell", name="x", owner=bare.owner, by=mila, on=today(),
        value=Decimal(77000),
    )  # fmt: skip
    client.force_login(mila)
    assert "77" in client.get("/expansion/whitespace/").content.decode().split("ws-open", 2)[2][:200]
    client.force_login(cast.person("max", Role.MARKETING))
    for address in ("/expansion/whitespace/", "/expansion/whitespace/best/", "/expansion/whitespace/file/"):
        answer = client.get(address)
        text = (b"".join(answer) if answer.streaming else answer.content).decode()
        assert "77k" not in text and "€77" not in text and "1.2k" not in text, address


def test_the_file_holds_every_account_with_a_word_for_each_cell(client, mila, full, bare):
    client.force_login(mila)
    text = b"".join(client.get("/expansion/whitespace/file/")).decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text))
    found = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(row["Account"], row["Picking"], row["Parts"], row["Filled"]) for row in found] == [
        ("Klant 1", "2 machines", "Bought", "0.5714"), ("Klant 2", "1 machine", "Nobody asked yet", "0.1429")
    ]  # fmt: skip
    book = b"".join(client.get("/expansion/whitespace/file/", {"format": "xlsx"}))
    assert book.startswith(b"PK")
    assert client.get("/expansion/whitespace/file/", {"format": "pdf"}).status_code == 404


def test_the_best_cells_over_all_accounts(client, mila, bare, picker):
    peers_of(mila, picker)
    client.force_login(mila)
    page = client.get("/expansion/whitespace/best/").content.decode()
    assert "Klant 2" in page and "7 of 7 customers like this one (food, Small) have it." not in page
    assert "6 of 6 customers like this one (food, Small) with as many machines have it." in page
