"""From a won deal to a satisfied customer over simulated days: handed over, delivered step by step, started, asked."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.metrics import Filters, compute
from core.models import Organisation, Outbox, Owner, Role
from core.scope import System
from health.actions.answering import answer_survey
from health.models import Invitation
from health.tasks import ADOPTION, SURVEYS
from installed_base.actions.delivering import finish_step, skip_step
from installed_base.actions.delivery_plans import move_step
from installed_base.models import Asset, Coverage, MachineOrder, Promise, Training
from playbooks import day
from playbooks.models import Play, Task
from sales import actions
from sales.actions.handoff import Promised, Told, accept_handoff, give_handoff
from sales.actions.winning import Order, Winning
from sales.models import Direction, Handoff
from sales.queries import delivery as query
from tests import cast
from tests.health.survey_base import reader
from tests.sales.selling import Sale

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WON = date(2026, 3, 2)
PROMISED = WON + 75 * DAY


def figure(key, on):
    found = compute(key, on=on, actor=System("test"), filters=Filters())
    return found.value


def run(on):
    """Every day up to this one."""
    day.run([SURVEYS, ADOPTION], on=on, through=on)


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    made = Sale(on=WON - 20 * DAY)
    made.ilse = cast.person("ilse", Role.OPERATIONS)
    reader(made.account, name="Jan")
    cast.cover(cast.term(made.account, date(2026, 1, 1), date(2026, 12, 31)), made.machine)
    return made


def test_from_won_to_asked(sale):
    # Won: the machine is on order with a plan, and both sides take the deal over.
    order = Order(sale.new, PROMISED, Decimal(185_000), replaces=sale.machine)
    actions.win(opportunity=sale.deal, winning=Winning(Decimal(185_000), WON, [order]), by=sale.mila, on=WON)
    run(WON)
    told = Told(
        "One VR-8", operator="Two shifts", training="Two days", trainees=4, risks="The floor", installs_on=PROMISED
    )  # fmt: skip
    said = [Promised("output", "900 boxes an hour", due_on=PROMISED + 60 * DAY)]
    row = give_handoff(
        opportunity=sale.deal, direction="to_cs", to=sale.mila_owner, told=told, promises=said, by=sale.daniel,
        on=WON + DAY,
    )  # fmt: skip
    accept_handoff(handoff=row, by=sale.mila, on=WON + 2 * DAY)
    accept_handoff(handoff=Handoff.objects.get(direction=Direction.TO_OPERATIONS), by=sale.ilse, on=WON + 3 * DAY)
    assert Outbox.objects.filter(kind="handoff.completed").count() == 1
    assert figure("handoff_completeness", WON + 6 * DAY) == 1
    machine = sale.machines().get()
    assert (Promise.objects.get().asset, Training.objects.get().asset) == (machine, machine)

    # Built late: the plan moves with a reason, and the promise is in danger. Nothing of it is in service yet.
    delivery = MachineOrder.objects.get()
    moved_on = WON + 40 * DAY
    move_step(
        order=delivery, step="production", planned_on=WON + 66 * DAY, reason="Cabinets", by=sale.ilse, on=moved_on
    )  # fmt: skip
    stands = query.coming(query.orders(sale.ilse).get(), moved_on).stands
    assert (stands.in_danger, stands.over_days, stands.stands_on) == (True, 5, WON + 80 * DAY)
    finish_step(order=delivery, step="production", done_on=WON + 66 * DAY, serial="VR8-1", by=sale.ilse,
                on=WON + 66 * DAY)  # fmt: skip
    skip_step(order=delivery, step="shipping", reason="They collect it", by=sale.ilse, on=WON + 66 * DAY)
    late = PROMISED + 3 * DAY
    run(late)
    assert not Play.objects.filter(playbook="onboarding").exists()
    assert list(Asset.objects.in_service(late)) == [sale.machine]
    assert figure("leak_late_onboarding", late) in (None, 0)

    # Installed: the old one goes out with its cover; commissioned: its onboarding begins as a play.
    stood, live = PROMISED + 5 * DAY, PROMISED + 12 * DAY
    finish_step(order=delivery, step="installation", done_on=stood, by=sale.ilse, on=stood)
    assert list(Asset.objects.in_service(stood)) == [machine]
    assert Coverage.objects.get(asset=sale.machine).ends_on == stood - DAY
    run(stood)
    assert not Play.objects.filter(playbook="onboarding").exists()
    finish_step(order=delivery, step="commissioning", done_on=live, by=sale.ilse, on=live)
    run(live)
    play = Play.objects.get(playbook="onboarding")
    assert (play.subject_id, play.anchor_on, play.owner) == (machine.pk, live, sale.mila_owner)
    assert Task.objects.filter(play=play).exists()
    assert query.board(sale.ilse, live, query.Asked())[0] == []

    # Six weeks later the people at the customer are asked how it went.
    asked_on = live + 42 * DAY
    run(asked_on - DAY)
    assert not Invitation.objects.exists()
    run(asked_on)
    asked = Invitation.objects.get()
    assert (asked.asset, asked.kind, asked.contact.name) == (machine, "onboarding", "Jan")
    answer_survey(invitation=asked.pk, value=9, comment="Late, and very well done.", on=asked_on + DAY)

    # The figures of the knot read these very days.
    end = asked_on + 2 * DAY
    assert figure("time_to_delivery", end) == (stood - WON).days
    assert figure("onboarding_on_time", end) == 0
    assert figure("onboarding_csat", end) == 9
    assert figure("handoff_completeness", end) == 1
    assert Owner.objects.of(sale.ilse) == MachineOrder.objects.get().owner
