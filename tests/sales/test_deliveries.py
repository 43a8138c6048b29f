"""What is done about a delivery: each day written once, the plan moved with a reason, who may (CV-01, CV-03, CV-06)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.actions import publish_policy
from core.models import Organisation, Owner, Role, Touched
from core.policies import check_policy
from installed_base.actions.delivering import REFUSALS, finish_step, finish_steps, skip_step, take_back_step
from installed_base.actions.delivery_plans import (
    DeliveryRefused,
    assign_step,
    describe_order,
    move_step,
    planner,
)
from installed_base.actions.ordering import promise_installation, record_installation
from installed_base.models import (
    Asset,
    AssetEvent,
    Coverage,
    CoveragePeriod,
    DeliveryStep,
    MachineOrder,
    ProductLine,
    Replanning,
)
from installed_base.models.assets import ON_ORDER
from installed_base.rules.delivery import DeliveryPolicy
from sales import actions
from sales.actions.winning import Order, Winning
from sales.queries import delivery as query
from sales.queries.delivery import Asked
from tests import cast
from tests.sales.selling import DAY, ON, Sale

pytestmark = pytest.mark.django_db
PROMISED = ON + 75 * DAY
BUILT, SHIPPED, STANDS, LIVE = (ON + n * DAY for n in (56, 63, 70, 84))
LATER = ON + 200 * DAY


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale()


@pytest.fixture
def ilse(sale):
    return cast.person("ilse", Role.OPERATIONS)


def ordered(sale, **values):
    """Win the deal; the order of its machine."""
    said = {"product": sale.new, "promised_on": PROMISED, "price": Decimal(185_000), "replaces": sale.machine}
    winning = Winning(Decimal(185_000), ON, [Order(**said | values)])
    actions.win(opportunity=sale.deal, winning=winning, by=sale.mila, on=ON)
    return MachineOrder.objects.get()


def finish(order, step, day, by, on=LATER, **values):
    return finish_step(order=order, step=step, done_on=day, by=by, on=on, **values)


def test_winning_makes_the_plan_and_gives_it_to_operations(sale, ilse):
    order = ordered(sale, number=" SO-1 ")
    assert (order.number, order.owner, order.asset.first_evidence_on) == ("SO-1", Owner.objects.of(ilse), ON_ORDER)
    assert list(order.steps.order_by("pk").values_list("step", "planned_on")) == [
        ("production", BUILT), ("shipping", SHIPPED), ("installation", STANDS), ("commissioning", LIVE),
    ]  # fmt: skip


def test_without_operations_the_owner_of_the_account_has_it_and_a_pool_comes_before_a_person(sale):
    assert ordered(sale).owner == sale.mila_owner
    assert planner() is None
    ilse = cast.person("ilse", Role.OPERATIONS)
    assert planner() == Owner.objects.of(ilse)
    pool = cast.pool("Planning")
    cast.person("otto", Role.OPERATIONS, pool)
    assert planner() == Owner.objects.of(pool)


def test_the_lead_times_are_those_of_the_product_line(sale):
    hanna = cast.person("hanna", Role.TEAM_LEAD)
    publish_policy(values=DeliveryPolicy(by_line={"Bought in": (0, 5, 2, 3)}), valid_from=ON, by=hanna)
    sale.new.line = ProductLine.objects.create(name="Bought in")
    sale.new.save()
    steps = {row.step: row for row in ordered(sale).steps.all()}
    assert (steps["production"].planned_on, steps["production"].skipped_on) == (None, ON)
    assert steps["shipping"].planned_on == ON + 5 * DAY
    with pytest.raises(ValueError, match="needs 4 numbers"):
        check_policy(DeliveryPolicy(by_line={"Bought in": (1,)}))


def test_each_day_is_written_where_the_house_keeps_it(sale, ilse):
    order = ordered(sale)
    finish(order, "production", BUILT, ilse, serial="VR8-77")
    finish(order, "shipping", SHIPPED, ilse)
    finish(order, "installation", STANDS, ilse)
    assert Asset.objects.in_service(STANDS).get() == order.asset
    assert list(Asset.objects.in_service(STANDS - DAY)) == [sale.machine]
    finish(order, "commissioning", LIVE, ilse)
    order = MachineOrder.objects.select_related("asset").get()
    asset = order.asset
    assert (order.built_on, asset.delivered_on, asset.installed_on, asset.went_live_on, asset.serial) == (
        BUILT, SHIPPED, STANDS, LIVE, "VR8-77",
    )  # fmt: skip
    assert (asset.first_evidence_on, asset.promised_on) == (STANDS, PROMISED)
    sale.machine.refresh_from_db()
    assert sale.machine.taken_out_on == STANDS
    assert list(AssetEvent.objects.filter(asset=asset).order_by("on").values_list("kind", "on")) == [
        ("installed", STANDS), ("went_live", LIVE),
    ]  # fmt: skip
    assert Touched.objects.filter(kind="asset", subject_id=asset.pk).exists()
    assert query.coming(query.orders(ilse).get(), LATER).stands.is_done


def test_a_machine_on_order_is_not_in_service_however_late_it_is(sale):
    order = ordered(sale, replaces=None)
    for day in (ON, PROMISED, LATER):
        assert list(Asset.objects.in_service(day)) == [sale.machine]
        assert set(Asset.objects.expected(day)) == {sale.machine, order.asset}
    assert list(Asset.objects.expected(ON - DAY)) == [sale.machine]
    promise_installation(asset=order.asset, promised_on=PROMISED + 9 * DAY, by=sale.mila, on=ON)
    order.asset.refresh_from_db()
    assert (order.asset.promised_on, order.asset.first_evidence_on) == (PROMISED + 9 * DAY, ON_ORDER)


@pytest.mark.parametrize(
    ("step", "day", "words"),
    [
        ("shipping", SHIPPED, "Production comes first"),
        ("production", LATER + DAY, "has not come yet"),
        ("production", ON - DAY, "was ordered on 2026-03-02"),
    ],
)
def test_a_step_that_cannot_be_done_so(sale, step, day, words):
    order = ordered(sale)
    with pytest.raises(REFUSALS, match=words):
        finish(order, step, day, sale.mila)
    assert MachineOrder.objects.get().built_on is None


def test_a_day_before_the_step_before_it_and_a_step_twice(sale):
    order = ordered(sale)
    finish(order, "production", BUILT, sale.mila)
    with pytest.raises(REFUSALS, match="Production was done on"):
        finish(order, "shipping", BUILT - DAY, sale.mila)
    with pytest.raises(REFUSALS, match="lies behind it already"):
        finish(order, "production", BUILT, sale.mila)
    finish(order, "shipping", BUILT, sale.mila)
    with pytest.raises(REFUSALS, match="before it was delivered"):
        record_installation(asset=order.asset_id, installed_on=BUILT - DAY, by=sale.mila, on=LATER)


def test_a_serial_that_another_machine_has(sale):
    order = ordered(sale)
    cast.asset(sale.account, product=sale.new, serial="VR8-1")
    with pytest.raises(REFUSALS, match="VR8-1"):
        finish(order, "production", BUILT, sale.mila, serial="VR8-1")
    with pytest.raises(REFUSALS, match="VR8-1"):
        record_installation(asset=order.asset_id, installed_on=STANDS, serial="VR8-1", by=sale.mila, on=LATER)


def test_several_at_once_or_none(sale, ilse):
    first = ordered(sale, replaces=None)
    second = MachineOrder.objects.create(
        asset=cast.asset(sale.account, product=sale.new, ordered_on=BUILT, first_evidence_on=ON_ORDER),
        owner=first.owner, known_on=ON,
    )  # fmt: skip
    DeliveryStep.objects.bulk_create(
        DeliveryStep(order=second, step=row.step, planned_on=row.planned_on, known_on=ON) for row in first.steps.all()
    )
    chosen = [(first, "production"), (second, "production")]
    with pytest.raises(REFUSALS, match="was ordered on"):
        finish_steps(chosen=chosen, done_on=BUILT - DAY, by=ilse, on=LATER)
    assert not MachineOrder.objects.filter(built_on__isnull=False).exists()
    assert len(finish_steps(chosen=chosen, done_on=BUILT, by=ilse, on=LATER)) == 2
    assert MachineOrder.objects.filter(built_on=BUILT).count() == 2


def test_what_is_bought_in_is_shipped_at_once(sale):
    order = ordered(sale)
    with pytest.raises(DeliveryRefused, match="does without"):
        skip_step(order=order, step="production", reason=" ", by=sale.mila, on=ON)
    with pytest.raises(DeliveryRefused, match="cannot be skipped"):
        skip_step(order=order, step="installation", reason="No", by=sale.mila, on=ON)
    skip_step(order=order, step="production", reason="Bought in", by=sale.mila, on=ON)
    finish(order, "shipping", ON, sale.mila)
    assert query.coming(query.orders(sale.mila).get(), ON).stands.step == "installation"


def test_the_last_step_is_taken_back_and_no_other(sale):
    order = ordered(sale)
    finish(order, "production", BUILT, sale.mila)
    finish(order, "shipping", SHIPPED, sale.mila)
    with pytest.raises(DeliveryRefused, match="done last"):
        take_back_step(order=order, step="production", by=sale.mila, on=LATER)
    take_back_step(order=order, step="shipping", by=sale.mila, on=LATER)
    assert Asset.objects.get(pk=order.asset_id).delivered_on is None
    take_back_step(order=order, step="production", by=sale.mila, on=LATER)
    skip_step(order=order, step="production", reason="Bought in", by=sale.mila, on=LATER)
    take_back_step(order=order, step="production", by=sale.mila, on=LATER)
    record_installation(asset=order.asset_id, installed_on=STANDS, by=sale.mila, on=LATER)
    with pytest.raises(DeliveryRefused, match="correct its day on the machine"):
        take_back_step(order=order, step="installation", by=sale.mila, on=LATER)
    finish(order, "commissioning", LIVE, sale.mila)
    take_back_step(order=order, step="commissioning", by=sale.mila, on=LATER)
    assert Asset.objects.get(pk=order.asset_id).went_live_on is None


def test_the_plan_moves_with_a_reason_and_what_was_promised_stays(sale, ilse):
    order = ordered(sale)
    move_step(order=order, step="production", planned_on=BUILT + 10 * DAY, reason="Cabinets late", by=ilse, on=ON + DAY)
    assert list(order.steps.order_by("pk").values_list("planned_on", flat=True)) == [
        day + 10 * DAY for day in (BUILT, SHIPPED, STANDS, LIVE)
    ]
    kept = Replanning.objects.select_related("step").order_by("pk")
    assert [(row.step.step, row.was, row.now, row.by, row.reason) for row in kept][:2] == [
        ("production", BUILT, BUILT + 10 * DAY, ilse, "Cabinets late"),
        ("shipping", SHIPPED, SHIPPED + 10 * DAY, ilse, "Cabinets late"),
    ]
    assert Asset.objects.get(pk=order.asset_id).promised_on == PROMISED
    row = query.orders(ilse).get()
    then, now = query.coming(row, ON), query.coming(row, ON + DAY)
    assert (then.stands.stands_on, now.stands.stands_on) == (STANDS, STANDS + 10 * DAY)
    assert (then.stands.in_danger, now.stands.in_danger, now.stands.over_days) == (False, True, 5)
    assert [move.step.step for move in query.moves_of(now, ON + DAY)][-1] == "production"
    assert query.moves_of(then, ON) == []


@pytest.mark.parametrize(
    ("step", "day", "reason", "words"),
    [
        ("shipping", SHIPPED + DAY, "  ", "Say why"),
        ("shipping", ON, "Early", "lies behind us"),
        ("shipping", BUILT - DAY, "Early", "before the step that comes first"),
    ],
)
def test_a_plan_that_cannot_be(sale, step, day, reason, words):
    order = ordered(sale)
    with pytest.raises(DeliveryRefused, match=words):
        move_step(order=order, step=step, planned_on=day, reason=reason, by=sale.mila, on=ON + DAY)
    assert not Replanning.objects.exists()


def test_what_is_done_is_planned_no_longer(sale):
    order = ordered(sale)
    finish(order, "production", BUILT, sale.mila)
    with pytest.raises(DeliveryRefused, match="nothing left to plan"):
        move_step(order=order, step="production", planned_on=LATER, reason="Late", by=sale.mila, on=LATER)


def test_who_owes_the_next_step(sale, ilse):
    order, ruud = ordered(sale), Owner.objects.of(cast.person("ruud", Role.TECHNICIAN))
    assign_step(order=order, step="installation", owner=ruud, note=" The crane is booked ", by=ilse, on=ON)
    describe_order(order=order, number="SO-9", owner=Owner.objects.of(ilse), by=ilse, on=ON)
    assert query.coming(query.orders(ilse).get(), ON).owes == Owner.objects.of(ilse)
    skip_step(order=order, step="production", reason="Bought in", by=ilse, on=ON)
    finish(order, "shipping", ON, ilse)
    one = query.coming(query.orders(ilse).get(), ON)
    assert (one.owes, one.steps[2].note, one.order.number) == (ruud, "The crane is booked", "SO-9")
    assert query.board(ilse, ON, Asked(owner=ruud.pk))[0][0].order == order
    assert query.board(ilse, ON, Asked(owner=one.order.owner_id))[0] == []


def test_the_board_shows_the_late_ones_first_and_answers_its_filters(sale, ilse):
    order = ordered(sale)
    for day, late in ((BUILT, False), (BUILT + DAY, True)):
        rows, more = query.board(ilse, day, Asked(late="late"))
        assert ([one.order for one in rows], more) == ([order] if late else [], False)
    assert query.board(ilse, ON - DAY, Asked())[0] == []
    assert query.board(ilse, STANDS, Asked(step="shipping"))[0] == []
    assert [one.order for one in query.board(ilse, STANDS, Asked(late="danger", step="production"))[0]] == [order]
    assert [one.value for one in query.board(ilse, ON, Asked(q="van houten"))[0]] == [185_000]
    record_installation(asset=order.asset_id, installed_on=STANDS, by=sale.mila, on=LATER)
    finish(order, "commissioning", LIVE, ilse)
    assert query.board(ilse, LIVE, Asked())[0] == []
    assert query.board(ilse, STANDS - DAY, Asked())[0][0].stands.step == "production"


def test_who_sees_and_who_changes_a_delivery(sale, ilse):
    order = ordered(sale)
    roles = {
        "other": cast.person("other", Role.CS_MANAGER, cast.pool("South")),
        "ruud": cast.person("ruud", Role.TECHNICIAN),
        "elke": cast.person("elke", Role.EXECUTIVE),
        "mila": sale.mila,
        "ilse": ilse,
    }
    sees = {name for name, user in roles.items() if MachineOrder.objects.visible_to(user).exists()}
    changes = {name for name, user in roles.items() if MachineOrder.objects.changeable_by(user).exists()}
    assert (sees, changes) == ({"elke", "mila", "ilse"}, {"mila", "ilse"})
    Asset.objects.filter(pk=order.asset_id).update(technician=roles["ruud"])
    assert MachineOrder.objects.visible_to(roles["ruud"]).get() == order
    assert not MachineOrder.objects.changeable_by(roles["ruud"]).exists()
    # Operations records the coming of machines on order, and changes no other machine.
    assert list(Asset.objects.deliverable_by(ilse)) == [order.asset]
    assert not Asset.objects.changeable_by(ilse).exists()


def test_the_cover_of_a_replaced_machine_ends_the_day_before_it_goes(sale):
    term = cast.term(sale.account, date(2026, 1, 1), date(2026, 12, 31))
    line, over = cast.cover(term, sale.machine), cast.cover(term, sale.machine, starts_on=date(2025, 1, 1), ends_on=ON)
    other = cast.cover(term, cast.asset(sale.account, date(2015, 1, 1)))
    order = ordered(sale)
    record_installation(asset=order.asset_id, installed_on=STANDS, by=sale.mila, on=LATER)
    ends = dict(Coverage.objects.values_list("pk", "ends_on"))
    assert ends == {line.pk: STANDS - DAY, over.pk: ON, other.pk: date(2026, 12, 31)}
    periods = CoveragePeriod.objects.filter(coverage=line).order_by("valid_from")
    assert list(periods.values_list("ends_on", "valid_to")) == [(date(2026, 12, 31), LATER), (STANDS - DAY, None)]
    gone = AssetEvent.objects.get(asset=sale.machine, kind="taken_out")
    assert (gone.on, term.contract.number in gone.note) == (STANDS, True)
    touched = set(Touched.objects.values_list("kind", "subject_id"))
    assert {("term", term.pk), ("coverage", line.pk)} <= touched


def test_an_order_that_was_built_is_not_taken_back(sale):
    finish(ordered(sale), "production", ON, sale.mila)
    with pytest.raises(ValidationError, match="was built already"):
        actions.take_back(opportunity=sale.deal, by=sale.mila, on=LATER)
