"""Machines on order from before deliveries had a plan get theirs, once, when the tables are brought up to date."""

from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps

import installed_base.migrations
from core.models import Membership, Owner, Policy, Role, Touched
from installed_base.actions.ordering import order_machine
from installed_base.models import Asset, DeliveryStep, MachineOrder, ProductLine
from installed_base.models.assets import ON_ORDER
from tests import cast

pytestmark = pytest.mark.django_db
ORDERED = date(2026, 1, 5)
PROMISED = ORDERED + timedelta(days=80)


def migrate():
    """What the migration does to the rows, under whatever number it came."""
    folder = Path(installed_base.migrations.__file__).parent
    name = next(folder.glob("*_begin_deliveries.py")).stem
    import_module(f"installed_base.migrations.{name}").begin_deliveries(apps, None)


def before(account, **values):
    """A machine on order as it was written before orders were rows: in service from the promised day on."""
    days = {"ordered_on": ORDERED, "promised_on": PROMISED, "first_evidence_on": PROMISED, "known_on": ORDERED}
    return cast.asset(account, serial="", **days | values)


def planned(asset):
    return [
        (row.planned_on or row.skipped_on) - ORDERED
        for row in sorted(DeliveryStep.objects.filter(order__asset=asset), key=lambda row: row.pk)
    ]


@pytest.fixture
def account():
    return cast.account("Van Houten", cast.person("mila", Role.CS_MANAGER))


def test_it_makes_what_ordering_makes_today(account):
    product = cast.product("VR-8", line=ProductLine.objects.create(name="Robots"))
    new = order_machine(
        account=account, product=product, ordered_on=ORDERED, promised_on=PROMISED, by=account.owner.user, on=ORDERED
    )
    old = before(account, product=product)
    migrate()
    told = [
        (row.number, row.owner_id, row.known_on, row.built_on, row.source)
        for row in MachineOrder.objects.filter(asset__in=[new, old])
    ]
    assert len(told) == 2 and told[0] == told[1]
    assert planned(old) == planned(new) == [timedelta(days=n) for n in (56, 63, 70, 84)]
    old.refresh_from_db()
    assert old.first_evidence_on == ON_ORDER and not Asset.objects.in_service(PROMISED).filter(pk=old.pk).exists()


def test_a_second_run_changes_nothing(account):
    old = before(account)
    migrate()
    order = MachineOrder.objects.get(asset=old)
    order.number = "SO-1"
    order.save(update_fields=["number"])
    migrate()
    assert (MachineOrder.objects.get().number, DeliveryStep.objects.count()) == ("SO-1", 4)


@pytest.mark.parametrize(
    "values",
    [
        {"ordered_on": None},
        {"installed_on": PROMISED},
        {"went_live_on": PROMISED},
        {"taken_out_on": PROMISED},
        {"standing": "competitor"},
        {"standing": "spare"},
        # What another system knows as ordered may stand for years: that one tells of its orders itself.
        {"source": "erp", "external_id": "A-1"},
    ],
)
def test_what_is_not_on_order_here_is_left_alone(account, values):
    row = before(account, **values)
    migrate()
    row.refresh_from_db()
    assert not MachineOrder.objects.exists() and row.first_evidence_on == PROMISED


def test_it_follows_the_lead_times_that_counted_on_the_day_of_the_order(account):
    robots, tools = (ProductLine.objects.create(name=name) for name in ("Robots", "Tools"))
    values = {"production_days": 10, "shipping_days": 5, "installation_days": 3, "commissioning_days": 2}
    name = "installed_base.delivery"
    early, late = ORDERED - timedelta(days=9), ORDERED + timedelta(days=1)
    tells = values | {"by_line": {"Tools": [0, 1, 1, 1]}}
    Policy.objects.create(name=name, version=2, valid_from=early, values=tells)
    Policy.objects.create(name=name, version=3, valid_from=late, values={**values, "production_days": 90})
    first = before(account, product=cast.product("VR-8", line=robots))
    second = before(account, product=cast.product("T-1", line=tools))
    migrate()
    assert [gap.days for gap in planned(first)] == [10, 15, 18, 20]
    assert [gap.days for gap in planned(second)] == [0, 1, 2, 3]
    row = DeliveryStep.objects.get(order__asset=second, step="production")
    assert (row.planned_on, row.skipped_on) == (None, ORDERED)


def test_the_pool_of_operations_has_them_else_its_first_person_else_the_owner_of_the_account(account):
    first = before(account)
    migrate()
    ilse = cast.person("ilse", Role.OPERATIONS)
    second = before(account)
    migrate()
    team = cast.pool("Operations")
    Membership.objects.create(team=team, user=ilse)
    third = before(account)
    migrate()
    owners = [MachineOrder.objects.get(asset=row).owner for row in (first, second, third)]
    assert owners == [account.owner, Owner.objects.of(ilse), Owner.objects.of(team)]


def test_many_are_done_in_sets_and_looked_at_again(account, django_assert_max_num_queries):
    rows = [before(account) for _ in range(5)]
    Touched.objects.all().delete()
    Touched.objects.create(kind="asset", subject_id=rows[0].pk, since=PROMISED)
    with django_assert_max_num_queries(14):
        migrate()
    assert MachineOrder.objects.count() == 5 and DeliveryStep.objects.count() == 20
    told = Touched.objects.filter(kind="asset").order_by("subject_id").values_list("subject_id", "since", "revision")
    assert list(told) == [(row.pk, ORDERED, 2 if row is rows[0] else 1) for row in rows]
