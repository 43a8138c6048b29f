"""Handing over: given, accepted or returned, given again; what CS takes over becomes promises (EX-28, CV-05)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.metrics import Filters, compute, rows
from core.models import Organisation, Outbox, Owner, Role, Touched
from core.scope import System
from installed_base.models import Account, Promise, Training
from installed_base.models.assets import ON_ORDER
from playbooks.models import Play, Task
from sales import actions
from sales.actions.handoff import accept_handoff, give_handoff, recall_handoff, return_handoff
from sales.actions.winning import Order, Winning
from sales.models import DealKind, Direction, Handoff, Opportunity, OpportunityPeriod
from sales.queries.handoff import delivered_by, given_by, handoffs, receivers, waiting_for
from tests import cast
from tests.sales.selling import DAY, FULL, ON, Sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale()


def given(sale, **values):
    said = {"opportunity": sale.deal, "direction": "to_sales", "to": sale.daniel_owner, "told": sale.told()}
    return give_handoff(**said | {"by": sale.mila, "on": ON} | values)


def won(sale, orders=True, on=ON):
    order = Order(sale.new, ON + 60 * DAY, replaces=sale.machine)
    said = Winning(sale.deal.value_reporting, on, [order] if orders else [])
    actions.win(opportunity=sale.deal, winning=said, by=sale.mila, on=on)


def to_cs(sale, told=FULL, on=ON, promises=None):
    return give_handoff(
        opportunity=sale.deal, direction="to_cs", to=sale.mila_owner, told=told, by=sale.daniel, on=on,
        promises=[sale.promise()] if promises is None else promises,
    )  # fmt: skip


def test_giving_opens_a_play_for_the_receiver_lets_him_in_and_tells_him(sale):
    assert not Opportunity.objects.visible_to(sale.daniel).exists()
    row = given(sale)
    play = Play.objects.get()
    assert (play.playbook, play.subject_kind, play.subject_id, play.owner) == (
        "handoff_sales", "handoff", row.pk, sale.daniel_owner,
    )  # fmt: skip
    assert Task.objects.get(play=play).owner == sale.daniel_owner
    daniel = type(sale.daniel).objects.get(pk=sale.daniel.pk)
    assert Opportunity.objects.changeable_by(daniel).get() == sale.deal
    told = Outbox.objects.get(kind="handoff.given")
    assert told.destination == f"owner:{sale.daniel_owner.pk}"
    assert told.payload["opportunity"] == sale.deal.pk
    assert Touched.objects.get(kind="handoff").subject_id == row.pk


def test_accepting_makes_the_deal_the_receivers_and_closes_the_play(sale):
    row = given(sale)
    accept_handoff(handoff=row, by=sale.daniel, on=ON + DAY)
    row.refresh_from_db()
    sale.deal.refresh_from_db()
    assert (row.accepted_on, row.accepted_by, sale.deal.owner) == (ON + DAY, sale.daniel, sale.daniel_owner)
    owners = OpportunityPeriod.objects.filter(opportunity=sale.deal).order_by("valid_from")
    assert [period.owner for period in owners] == [sale.mila_owner, sale.daniel_owner]
    assert (Play.objects.get().closed_on, Task.objects.get().done_by) == (ON + DAY, sale.daniel)
    assert Outbox.objects.get(kind="handoff.completed").destination == f"owner:{sale.mila_owner.pk}"
    with pytest.raises(ValidationError):
        accept_handoff(handoff=row, by=sale.daniel, on=ON + DAY)
    with pytest.raises(ValidationError):
        return_handoff(handoff=row, reason="Too late", by=sale.daniel, on=ON + DAY)


def test_what_comes_back_is_completed_and_given_again_and_both_stay(sale):
    first = given(sale, told=sale.told(history=""))
    with pytest.raises(ValidationError):
        return_handoff(handoff=first, reason=" ", by=sale.daniel, on=ON)
    return_handoff(handoff=first, reason="What did they say no to?", by=sale.daniel, on=ON + DAY)
    asked = Task.objects.get(step="complete-handoff")
    assert (asked.owner, asked.note, asked.subject_id) == (sale.mila_owner, "What did they say no to?", first.pk)
    second = given(sale, on=ON + 2 * DAY)
    asked.refresh_from_db()
    assert (asked.done_on, asked.done_by, second.number) == (ON + 2 * DAY, sale.mila, 2)
    first.refresh_from_db()
    assert (first.returned_on, first.returned_reason, first.history) == (ON + DAY, "What did they say no to?", "")
    assert list(Play.objects.order_by("pk").values_list("closed_on", flat=True)) == [ON + DAY, None]


def test_only_one_stands_at_a_time(sale):
    row = given(sale)
    with pytest.raises(ValidationError, match="handed over already"):
        given(sale)
    recall_handoff(handoff=row, by=sale.mila, on=ON)
    assert given(sale).number == 2
    with transaction.atomic(), pytest.raises(IntegrityError):
        Handoff.objects.filter(number=1).update(returned_on=None, returned_by=None, returned_reason="")


def test_only_the_receiver_or_a_lead_answers(sale):
    row = given(sale)
    with pytest.raises(ValidationError, match="daniel"):
        accept_handoff(handoff=row, by=sale.mila, on=ON)
    lead = cast.person("lou", Role.TEAM_LEAD)
    accept_handoff(handoff=row, by=lead, on=ON)
    sale.deal.refresh_from_db()
    assert sale.deal.owner == sale.daniel_owner


def test_from_a_pool_the_one_who_takes_it_owns_it_and_is_let_in(sale):
    pool = sale.daniel.memberships.get().team
    row = given(sale, to=Owner.objects.of(pool))
    assert not Account.objects.visible_to(sale.daniel).exists()
    assert list(waiting_for(sale.daniel, handoffs(sale.daniel))) == [row]
    accept_handoff(handoff=row, by=sale.daniel, on=ON)
    sale.deal.refresh_from_db()
    assert sale.deal.owner == sale.daniel_owner
    assert Account.objects.changeable_by(sale.daniel).get() == sale.account


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: {"told": s.told(what="  ")}, "few words"),
        (lambda s: {"to": s.mila_owner}, "This is you"),
        (lambda s: {"to": Owner.objects.of(cast.person("ruud", Role.TECHNICIAN))}, "works no deals"),
        (lambda s: {"direction": "to_cs", "told": FULL}, "once it is won"),
        (lambda s: {"told": s.told(introduced_on=ON + DAY)}, "has not happened yet"),
        (lambda s: {"told": s.told(contact=cast.contact(cast.account()))}, "does not belong"),
        (lambda s: {"promises": [s.promise(text=" ")]}, "what was promised"),
        (lambda s: {"promises": [s.promise(asset=cast.asset(cast.account()))]}, "does not stand"),
    ],
)
def test_what_cannot_be_given_is_refused_in_a_sentence_and_nothing_is_written(sale, change, words):
    with pytest.raises(ValidationError, match=words):
        given(sale, **change(sale))
    assert (Handoff.objects.count(), Play.objects.count(), Outbox.objects.count()) == (0, 0, 0)


def test_a_decided_deal_no_longer_goes_to_sales(sale):
    actions.close(opportunity=sale.deal, won=False, reason="price", by=sale.mila, on=ON)
    with pytest.raises(ValidationError, match="decided"):
        given(sale)


@pytest.mark.parametrize(
    "wrong",
    [
        {"accepted_on": ON},
        {"accepted_on": ON - DAY, "accepted_by": "mila"},
        {"returned_on": ON, "returned_by": "mila"},
        {"returned_reason": "x"},
        {"accepted_on": ON, "accepted_by": "mila", "returned_on": ON, "returned_by": "mila", "returned_reason": "x"},
    ],
)
def test_the_database_holds_an_answer_together(sale, wrong):
    row = given(sale)
    values = {name: getattr(sale, value) if name.endswith("_by") else value for name, value in wrong.items()}
    with transaction.atomic(), pytest.raises(IntegrityError):
        Handoff.objects.filter(pk=row.pk).update(**values)


def test_what_cs_accepts_becomes_promises_a_day_and_people_to_train(sale):
    given(sale)
    accept_handoff(handoff=Handoff.objects.get(), by=sale.daniel, on=ON)
    won(sale)
    row = to_cs(sale, told=type(FULL)(**{**vars(FULL), "trainees": 6}), on=ON + DAY)
    assert not Promise.objects.exists()
    accept_handoff(handoff=row, by=sale.mila, on=ON + 2 * DAY)
    machine = sale.machines().get()
    promise = Promise.objects.get()
    assert (promise.text, promise.kind, promise.asset, promise.due_on) == (
        "97 % uptime", "uptime", machine, ON + 200 * DAY,
    )  # fmt: skip
    assert (promise.promised_on, promise.origin, promise.account) == (ON, "contract", sale.account)
    assert row.promises.get().promise == promise
    assert (machine.promised_on, machine.first_evidence_on) == (FULL.installs_on, ON_ORDER)
    assert (Training.objects.get().people, Training.objects.get().asset) == (6, machine)


def test_a_promise_that_cannot_be_kept_as_written_stops_the_acceptance(sale):
    won(sale)
    row = to_cs(sale, promises=[sale.promise(due_on=ON - DAY)])
    with pytest.raises(ValidationError, match="before it was promised"):
        accept_handoff(handoff=row, by=sale.mila, on=ON)
    row.refresh_from_db()
    assert row.accepted_on is None
    assert not Promise.objects.exists()


def test_what_deals_deliver_is_read_at_once(sale, django_assert_num_queries):
    won(sale)
    other = actions.create_opportunity(
        account=sale.account, kind=DealKind.CONTRACT_UPSELL, name="x", owner=sale.mila_owner, by=sale.mila, on=ON
    )
    with django_assert_num_queries(3):
        assert delivered_by([sale.deal.pk, other.pk]) == {sale.deal.pk: {"machine"}, other.pk: {"contract"}}


def test_who_can_take_over_begins_with_the_other_side(sale):
    cast.person("ruud", Role.TECHNICIAN)
    cast.person("gone", Role.SALES).__class__.objects.filter(username="gone").update(is_active=False)
    assert [o.name for o in receivers(Direction.TO_SALES)] == ["daniel", "mila", "North", "Sales"]
    assert [o.name for o in receivers(Direction.TO_CS)][:2] == ["mila", "daniel"]


def test_my_lists(sale):
    row = given(sale)
    assert list(given_by(sale.mila, handoffs(sale.mila))) == [row]
    return_handoff(handoff=row, reason="More", by=sale.daniel, on=ON)
    assert list(given_by(sale.mila, handoffs(sale.mila))) == [row]
    again = given(sale)
    assert list(given_by(sale.mila, handoffs(sale.mila))) == [again]
    assert list(waiting_for(sale.daniel, handoffs(sale.daniel))) == [again]
    accept_handoff(handoff=again, by=sale.daniel, on=ON)
    assert list(given_by(sale.mila, handoffs(sale.mila))) == []
    assert list(waiting_for(sale.daniel, handoffs(sale.daniel))) == []


EVERYONE = System("test")


def share(on, **filters):
    return compute("handoff_completeness", on=on, actor=EVERYONE, filters=Filters(**filters))


def test_complete_handoffs_count_from_the_day_they_were_accepted(sale):
    won(sale)
    assert share(ON + 5 * DAY).value is None
    row = to_cs(sale, on=ON + 8 * DAY)
    assert share(ON + 6 * DAY).value == 0
    accept_handoff(handoff=row, by=sale.mila, on=ON + 9 * DAY)
    assert [share(ON + n * DAY).value for n in (8, 9)] == [0, 1]
    assert share(date(2027, 3, 2)).denominator == 0


def test_the_receipt_names_each_deal_and_adds_up(sale):
    won(sale)
    accept_handoff(handoff=to_cs(sale), by=sale.mila, on=ON)
    other = actions.create_opportunity(
        account=sale.account, kind=DealKind.REPLACEMENT, name="Forgotten", owner=sale.mila_owner, by=sale.mila, on=ON
    )
    actions.close(opportunity=other, won=True, value=Decimal(9000), by=sale.mila, on=ON)
    found = list(rows("handoff_completeness", on=ON + 9 * DAY, actor=EVERYONE))
    assert [(row["deal_name"], row["complete"], row["handed"], row["numerator"]) for row in found] == [
        ("A new palletiser", True, True, 1),
        ("Forgotten", False, False, 0),
    ]
    assert share(ON + 9 * DAY).value == sum(row["numerator"] for row in found) / len(found)


def test_an_accepted_handoff_that_lacks_something_is_not_complete(sale):
    won(sale)
    row = to_cs(sale, promises=[])
    accept_handoff(handoff=row, by=sale.mila, on=ON)
    assert (share(ON + 10 * DAY).value, share(ON + 10 * DAY).denominator) == (0, 1)
    Handoff.objects.update(promised="Nothing beyond the contract")
    assert share(ON + 10 * DAY).value == 1


def test_what_delivers_neither_machine_nor_contract_is_not_counted(sale):
    Opportunity.objects.update(kind=DealKind.CROSS_SELL)
    sale.deal.lines.all().delete()
    won(sale, orders=False)
    assert share(ON + 10 * DAY).denominator == 0


def test_a_deal_of_another_line_is_not_counted_and_one_of_none_stands_apart(sale):
    from installed_base.models import ProductLine

    won(sale, orders=False)
    robots, cells = (ProductLine.objects.create(name=name) for name in ("Robots", "Cells"))
    found = share(ON + 10 * DAY, product_line=robots.pk)
    assert (found.denominator, found.unattributed) == (0, 1)
    sale.old.line = robots
    sale.old.save()
    assert share(ON + 10 * DAY, product_line=robots.pk).denominator == 1
    assert share(ON + 10 * DAY, product_line=cells.pk).denominator == 0
