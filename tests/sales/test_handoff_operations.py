"""A won deal with a machine is answered by CS and by operations, each for their own part (CV-01, CV-02, EX-28)."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.metrics import Filters, compute
from core.models import Organisation, Outbox, Owner, Role
from core.scope import System
from playbooks.models import Play, Task
from sales import actions
from sales.actions.handoff import accept_handoff, give_handoff, may_answer, return_handoff
from sales.actions.winning import Order, Winning
from sales.models import DealKind, Direction, Handoff
from sales.queries.handoff import answered_on, brings_machine, handoffs, waiting_for
from sales.rules.handoff import completed_on
from tests import cast
from tests.sales.selling import DAY, FULL, ON, Sale

pytestmark = pytest.mark.django_db
PROMISED = ON + 90 * DAY


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    made = Sale()
    made.ilse = cast.person("ilse", Role.OPERATIONS)
    return made


def won(sale, orders=True):
    order = [Order(sale.new, PROMISED, replaces=sale.machine)] if orders else []
    actions.win(opportunity=sale.deal, winning=Winning(Decimal(185_000), ON, order), by=sale.mila, on=ON)


def to_cs(sale, **values):
    said = {"opportunity": sale.deal, "direction": "to_cs", "to": sale.mila_owner, "told": FULL, "on": ON}
    return give_handoff(**said | {"by": sale.daniel, "promises": [sale.promise()]} | values)


def order_of(sale):
    return Handoff.objects.filter(direction=Direction.TO_OPERATIONS).order_by("-number").first()


def complete(on):
    return compute("handoff_completeness", on=on, actor=System("test"), filters=Filters()).value


def events():
    return list(Outbox.objects.filter(kind__startswith="handoff.").order_by("pk").values_list("kind", "subject_id"))


def test_the_order_goes_to_operations_with_what_they_need(sale):
    won(sale)
    row = to_cs(sale)
    order = order_of(sale)
    assert (order.to, order.given_by, order.what, order.installs_on) == (
        Owner.objects.of(sale.ilse), sale.daniel, FULL.what, FULL.installs_on,
    )  # fmt: skip
    assert order.promised == "97 % uptime"
    assert not order.promises.exists()
    play = Play.objects.get(playbook="handoff_operations")
    assert (play.subject_id, play.owner, Task.objects.get(play=play).owner) == (order.pk, order.to, order.to)
    assert events() == [("handoff.given", row.pk), ("handoff.given", order.pk)]
    assert list(waiting_for(sale.ilse, handoffs(sale.ilse))) == [order]
    # Operations sees all accounts already: nobody joins a team for it.
    assert not sale.account.members.filter(user=sale.ilse).exists()


@pytest.mark.parametrize("first", ["cs", "operations"])
def test_it_is_complete_once_both_have_accepted(sale, first):
    won(sale)
    row = to_cs(sale)
    order = order_of(sale)
    turns = [(row, sale.mila), (order, sale.ilse)]
    (one, by), (other, then) = turns if first == "cs" else turns[::-1]
    accept_handoff(handoff=one, by=by, on=ON + DAY)
    assert events()[2:] == [("handoff.accepted", one.pk)]
    assert complete(ON + 7 * DAY) == 0
    accept_handoff(handoff=other, by=then, on=ON + 3 * DAY)
    assert events()[3:] == [("handoff.completed", other.pk)]
    assert answered_on(Handoff.objects.get(pk=row.pk)) == ON + 3 * DAY
    assert complete(ON + 7 * DAY) == 1
    assert not Play.objects.filter(closed_on__isnull=True).exists()


def test_what_operations_returns_is_given_again_to_them_alone(sale):
    won(sale)
    row = to_cs(sale)
    accept_handoff(handoff=row, by=sale.mila, on=ON)
    order = order_of(sale)
    return_handoff(handoff=order, reason="Which gripper?", by=sale.ilse, on=ON + DAY)
    asked = Task.objects.get(step="complete-handoff")
    assert (asked.owner, asked.note) == (sale.daniel_owner, "Which gripper?")
    assert answered_on(row) is None
    assert complete(ON + 7 * DAY) == 0
    again = give_handoff(
        opportunity=sale.deal, direction=Direction.TO_OPERATIONS, to=Owner.objects.of(sale.ilse), told=FULL,
        by=sale.daniel, on=ON + 2 * DAY,
    )  # fmt: skip
    asked.refresh_from_db()
    assert (again.number, asked.done_on) == (2, ON + 2 * DAY)
    accept_handoff(handoff=again, by=sale.ilse, on=ON + 4 * DAY)
    assert answered_on(row) == ON + 4 * DAY
    assert (complete(ON + 7 * DAY), complete(ON + 6 * DAY)) == (1, 1)


def test_a_deal_without_a_machine_needs_cs_alone(sale):
    sale.deal.kind = DealKind.CONTRACT_UPSELL
    sale.deal.save()
    won(sale, orders=False)
    assert not brings_machine(sale.deal)
    accept_handoff(handoff=to_cs(sale), by=sale.mila, on=ON)
    assert order_of(sale) is None
    assert events()[1:] == [("handoff.completed", Handoff.objects.get().pk)]
    assert complete(ON + 7 * DAY) == 1


def test_where_nobody_plans_deliveries_cs_answers_alone(sale):
    sale.ilse.is_active = False
    sale.ilse.save()
    won(sale)
    accept_handoff(handoff=to_cs(sale), by=sale.mila, on=ON)
    assert Handoff.objects.count() == 1
    assert complete(ON + 7 * DAY) == 1


def test_who_answers_for_operations(sale):
    won(sale)
    row = to_cs(sale)
    order, otto = order_of(sale), cast.person("otto", Role.OPERATIONS)
    lead = cast.person("hanna", Role.TEAM_LEAD)
    answers = {user.username for user in (sale.mila, sale.ilse, otto, lead, sale.daniel) if may_answer(order, user)}
    assert answers == {"ilse", "otto", "hanna"}
    assert not may_answer(row, sale.ilse)
    with pytest.raises(ValidationError, match="ilse"):
        accept_handoff(handoff=order, by=sale.mila, on=ON)
    changes = {user.username for user in (sale.ilse, otto) if Handoff.objects.changeable_by(user).get() == order}
    assert changes == {"ilse", "otto"}


def test_it_goes_to_whom_it_was_said_and_only_to_those_who_plan(sale):
    won(sale)
    otto = cast.person("otto", Role.OPERATIONS)
    to_cs(sale, operations=Owner.objects.of(otto))
    assert order_of(sale).to == Owner.objects.of(otto)
    return_handoff(handoff=order_of(sale), reason="No", by=otto, on=ON)
    with pytest.raises(ValidationError, match="plans no deliveries"):
        give_handoff(
            opportunity=sale.deal, direction="to_ops", to=sale.mila_owner, told=FULL, by=sale.daniel, on=ON
        )  # fmt: skip


def test_a_win_that_operations_accepted_stays_and_one_they_did_not_is_taken_back(sale):
    won(sale)
    to_cs(sale)
    actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON)
    assert set(Handoff.objects.values_list("returned_on", flat=True)) == {ON}
    won(sale)
    give_handoff(
        opportunity=sale.deal, direction="to_ops", to=Owner.objects.of(sale.ilse), told=FULL, by=sale.daniel, on=ON
    )  # fmt: skip
    accept_handoff(handoff=order_of(sale), by=sale.ilse, on=ON)
    with pytest.raises(ValidationError, match="Operations has accepted"):
        actions.take_back(opportunity=sale.deal, by=sale.mila, on=ON)


@pytest.mark.parametrize(
    ("days", "on"), [([], None), ([ON, None], None), ([ON], ON), ([ON + DAY, ON], ON + DAY), ([None], None)]
)  # fmt: skip
def test_complete_when_all_who_were_asked_accepted(days, on):
    assert completed_on(days) == on
