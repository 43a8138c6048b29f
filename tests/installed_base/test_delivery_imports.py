"""What an ERP tells of machines on order: it finds the order that was made here, and feeds its steps (CV-03, CV-06)."""

from datetime import date, timedelta

import pytest

from core.models import Owner, Role
from installed_base.actions.ordering import order_machine
from installed_base.models import Asset, AssetEvent, AssetSuccession, DeliveryStep, MachineOrder, Replanning
from installed_base.models.assets import ON_ORDER
from tests import cast
from tests.installed_base.importing import ON, Importing, told, top

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ORDERED = ON - 80 * DAY
ASSETS = """
source = "erp"
[asset]
key = "Machine"
account.column = "Customer"
account.by = "name"
product.column = "Product"
product.by = "name"
serial = "Serial"
order_number = "Order"
installed_on = "Installed"
delivered_on = "Delivered"
"""
STEPS = """
source = "erp"
[machine_order]
key = "Order"
by = "number"
create = false
[delivery]
step = "Step"
planned_on = "Planned"
done_on = "Done"
"""
HEAD = "Machine,Customer,Product,Serial,Order,Installed,Delivered\n"


@pytest.fixture
def importing(tmp_path):
    return Importing(tmp_path)


@pytest.fixture
def planned():
    """A customer, a machine, and who orders."""
    mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
    return cast.account("Van Houten", mila), cast.product("VR-8"), mila


def order(planned, number="SO-1", **values):
    account, product, mila = planned
    said = {"ordered_on": ORDERED, "promised_on": ON, "by": mila, "on": ORDERED, "number": number}
    return order_machine(account=account, product=product, **said | values)


def test_the_machine_of_an_order_is_found_by_its_number(importing, planned):
    ours = order(planned)
    found = importing("assets", ASSETS, HEAD + "M-1,Van Houten,VR-8,VR8-1,so-1,,2026-11-10\n")
    assert (told(found), top(found)) == ([], (1, 0, 1, 0, 0))
    ours.refresh_from_db()
    assert (ours.source, ours.external_id, ours.serial) == ("erp", "M-1", "VR8-1")
    # Delivered, and still not in service: it does not stand.
    assert (ours.delivered_on, ours.first_evidence_on) == (date(2026, 11, 10), ON_ORDER)
    found = importing("assets", ASSETS, HEAD + "M-1,Van Houten,VR-8,VR8-1,SO-1,2026-11-20,2026-11-10\n")
    assert top(found) == (1, 0, 1, 0, 0)
    assert Asset.objects.get().first_evidence_on == date(2026, 11, 20)


def test_it_is_found_by_its_serial_and_never_taken_for_another(importing, planned):
    ours = order(planned, number="")
    Asset.objects.filter(pk=ours.pk).update(serial="VR8-1")
    other = cast.account("Another")
    lines = "M-1,Van Houten,VR-8,vr8-1,,,\nM-2,Van Houten,VR-8,VR8-2,,,\nM-3,Another,VR-8,VR8-3,SO-1,,\n"
    assert top(importing("assets", ASSETS, HEAD + lines)) == (3, 2, 1, 0, 0)
    assert Asset.objects.get(external_id="M-1").pk == ours.pk
    assert Asset.objects.get(external_id="M-3").account == other


def test_two_machines_of_one_order_are_two_rows(importing, planned):
    ours = [order(planned).pk, order(planned).pk]
    lines = "".join(f"M-{n},Van Houten,VR-8,VR8-{n},SO-1,,\n" for n in (1, 2, 3))
    assert top(importing("assets", ASSETS, HEAD + lines)) == (3, 1, 2, 0, 0)
    assert [Asset.objects.get(external_id=f"M-{n}").pk for n in (1, 2)] == ours
    assert Asset.objects.count() == 3


def test_a_dry_run_adopts_nothing(importing, planned):
    order(planned)
    found = importing("assets", ASSETS, HEAD + "M-1,Van Houten,VR-8,VR8-1,SO-1,,\n", dry_run=True)
    assert top(found) == (1, 0, 1, 0, 0)
    assert Asset.objects.get().external_id == ""


def test_the_steps_of_an_order_are_written_where_the_house_keeps_them(importing, planned):
    account, product, _mila = planned
    old = cast.asset(account, date(2012, 1, 1), product=product)
    ours = order(planned, replaces=old)
    lines = "SO-1,production,,2026-10-20\nSO-1,shipping,2026-11-12,2026-11-11\nSO-1,commissioning,2026-12-15,\n"
    assert told(importing("deliveries", STEPS, "Order,Step,Planned,Done\n" + lines)) == []
    row = MachineOrder.objects.select_related("asset").get()
    assert (row.built_on, row.asset.delivered_on, row.asset.installed_on) == (
        date(2026, 10, 20), date(2026, 11, 11), None,
    )  # fmt: skip
    planned_days = dict(DeliveryStep.objects.values_list("step", "planned_on"))
    assert (planned_days["production"], planned_days["shipping"]) == (ORDERED + 56 * DAY, date(2026, 11, 12))
    moves = Replanning.objects.order_by("step_id").values_list("step__step", "was", "now", "reason")
    assert list(moves) == [
        ("shipping", ORDERED + 63 * DAY, date(2026, 11, 12), "erp"),
        ("commissioning", ORDERED + 84 * DAY, date(2026, 12, 15), "erp"),
    ]
    lines = "SO-1,installation,,2026-11-18\nSO-1,commissioning,,2026-11-20\n"
    assert told(importing("deliveries", STEPS, "Order,Step,Planned,Done\n" + lines)) == []
    ours.refresh_from_db()
    assert (ours.installed_on, ours.went_live_on, ours.first_evidence_on) == (
        date(2026, 11, 18), date(2026, 11, 20), date(2026, 11, 18),
    )  # fmt: skip
    assert AssetSuccession.objects.get().asset.taken_out_on == date(2026, 11, 18)
    events = AssetEvent.objects.filter(asset=ours).order_by("on").values_list("kind", "on")
    assert list(events) == [("installed", date(2026, 11, 18)), ("went_live", date(2026, 11, 20))]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("SO-1,production,,2026-12-01\n", "lies in the future"),
        ("SO-1,production,,2026-01-01\n", "before the machine was ordered"),
        ("SO-1,shipping,,2026-11-01\nSO-1,production,,2026-11-05\n", "earlier step in this file"),
        ("SO-1,building,,2026-11-01\n", "building"),
        ("SO-2,production,,2026-11-01\n", "is not known as machine_order"),
    ],
)
def test_steps_that_cannot_be_are_set_apart(importing, planned, lines, reason):
    order(planned)
    found = told(importing("deliveries", STEPS, "Order,Step,Planned,Done\n" + lines))
    assert [reason in f"{value} {why}" for _line, _column, value, why in found] == [True]
    # The good row of a file stands beside the bad one.
    built = date(2026, 11, 5) if "SO-1,shipping" in lines else None
    assert (MachineOrder.objects.get().built_on, Asset.objects.get().delivered_on) == (built, None)


def test_a_step_before_what_is_known_already(importing, planned):
    order(planned)
    head = "Order,Step,Planned,Done\n"
    importing("deliveries", STEPS, head + "SO-1,production,,2026-11-10\n")
    found = told(importing("deliveries", STEPS, head + "SO-1,shipping,,2026-11-09\n"))
    assert [why for _line, _column, _value, why in found] == ["lies before the day of an earlier step"]


ORDERS = """
source = "erp"
[machine_order]
key = "Order"
number = "Order"
owner = "Owner"
asset.column = "Serial"
asset.by = "serial"
"""


def test_an_order_of_the_erp_puts_its_machine_on_order_with_a_plan(importing, planned):
    account, product, mila = planned
    machine = cast.asset(account, product=product, serial="VR8-9", ordered_on=ORDERED, promised_on=ON)
    found = importing("machine_orders", ORDERS, "Order,Owner,Serial\nSO-9,mila,VR8-9\nSO-8,mila,VR8-0\n")
    assert top(found) == (2, 1, 0, 0, 1)
    row = MachineOrder.objects.select_related("asset").get()
    assert (row.asset, row.number, row.owner, row.external_id) == (machine, "SO-9", Owner.objects.of(mila), "SO-9")
    assert row.asset.first_evidence_on == ON_ORDER
    days = [ORDERED + n * DAY for n in (56, 63, 70, 84)]
    assert list(row.steps.order_by("pk").values_list("planned_on", flat=True)) == days
    assert top(importing("machine_orders", ORDERS, "Order,Owner,Serial\nSO-9,mila,VR8-9\n")) == (1, 0, 0, 1, 0)
