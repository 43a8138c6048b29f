"""Upgrade options on real rows: catalogue, fitted by day, missing against peers, the failure they would have prevented,
and the upsell score (IB-04, EX-06, EX-31, WS-04, WS-09)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from dashboards.queries.asset import machines
from dashboards.queries.options import options
from expansion import words
from expansion.models import Signal, SignalKind
from expansion.queries.options import catalogue, fleet
from expansion.queries.upsell import standings
from expansion.rules.upsell import Side
from expansion.tasks import BREAKDOWN
from expansion.upsell_words import headline, parts_in_words
from installed_base.actions.catalogue import save_option
from installed_base.actions.fitting import fit_option, take_off_option
from installed_base.models import Asset, AssetPeriod, Level, ProductFamily, UpgradeOption
from installed_base.rules.options import Option
from playbooks import day
from tests import cast

pytestmark = pytest.mark.django_db


def at(days):
    return today() + timedelta(days=days)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.person("mila", Role.CS_MANAGER, cast.pool("Ours"))


@pytest.fixture
def hanna(mila):
    return cast.person("hanna", Role.TEAM_LEAD, mila.memberships.get().team)


@pytest.fixture
def robot():
    return cast.product("VR-6", family=ProductFamily.objects.create(name="Palletisers"))


@pytest.fixture
def vision(robot):
    return UpgradeOption.objects.create(
        product=robot, name="Vision kit", kind="efficiency", price=9000, currency="EUR", prevents=["jam"]
    )


@pytest.fixture
def machine(mila, robot):
    return cast.asset(cast.account("Klant 1", mila), at(-3000), product=robot)


def others(robot, number, fitted):
    """Machines of other customers, some of them with the kit."""
    for n in range(number):
        names = ["vision kit"] if n < fitted else []
        cast.asset(cast.account(), at(-3000), product=robot, configuration={"options": names})


def shown(user, machine, on=None):
    return {row["name"]: row for row in options(machines(user).get(pk=machine.pk), on or today())}


def test_an_option_is_fitted_from_a_day_and_taken_off(mila, machine, vision):
    fit_option(asset=machine, option=vision, fitted_on=at(-100), by=mila, on=today())
    row = shown(mila, machine)["Vision kit"]
    assert (row["fitted"], row["since"]) == (True, at(-100))
    event = machine.events.get()
    assert (event.kind, event.on, event.note, event.by) == ("retrofitted", at(-100), "Vision kit", mila)
    stood = AssetPeriod.objects.filter(asset=machine).order_by("valid_from")
    assert [p.configuration.get("options") for p in stood] == [None, ["Vision kit"]]
    with pytest.raises(ValidationError, match="already"):
        fit_option(asset=machine, option=vision, fitted_on=today(), by=mila, on=today())
    take_off_option(asset=machine, option=vision, by=mila, on=today())
    assert shown(mila, machine)["Vision kit"]["fitted"] is False
    with pytest.raises(ValidationError, match="not on the machine"):
        take_off_option(asset=machine, option=vision, by=mila, on=today())


@pytest.mark.parametrize(("days", "sentence"), [(1, "has not come"), (-3001, "before the machine was installed")])
def test_a_day_that_cannot_be_is_refused(mila, machine, vision, days, sentence):
    with pytest.raises(ValidationError, match=sentence):
        fit_option(asset=machine, option=vision, fitted_on=at(days), by=mila, on=today())


def test_an_option_of_other_machines_does_not_fit(mila, machine, robot):
    foreign = UpgradeOption.objects.create(product=cast.product("X"), name="X", kind="safety")
    with pytest.raises(ValidationError, match="other machines"):
        fit_option(asset=machine, option=foreign, fitted_on=today(), by=mila, on=today())
    family = UpgradeOption.objects.create(family=robot.family, name="All", kind="software")
    fit_option(asset=machine, option=family, fitted_on=today(), by=mila, on=today())
    assert machine.events.get().kind == "upgraded"


def test_missing_where_comparable_machines_have_it(mila, machine, robot, vision):
    others(robot, 8, 6)
    row = shown(mila, machine)["Vision kit"]
    assert (row["share"], row["of"], row["standard"], row["peers"]) == (
        Decimal("0.75"), 8, True, "on 75% of 8 comparable machines"
    )  # fmt: skip
    assert fleet(today()).fitted(Option(1, "Vision kit", "efficiency", robot.pk)) == (6, 9)
    Asset.objects.filter(account__name__startswith="Account").update(taken_out_on=at(-1))
    assert shown(mila, machine)["Vision kit"]["share"] is None, "nobody to compare with"


def test_what_is_not_offered_yet_is_not_missing(mila, machine, robot):
    UpgradeOption.objects.create(product=robot, name="Next", kind="software", offered_from=at(10))
    assert shown(mila, machine) == {}
    assert list(shown(mila, machine, at(10))) == ["Next"]
    assert ([o.name for o in catalogue(today())], [o.name for o in catalogue(at(10))]) == ([], ["Next"])


def test_the_machine_page_says_it_and_takes_the_day(client, mila, machine, robot, vision):
    others(robot, 8, 6)
    client.force_login(mila)
    page = client.get(f"/assets/{machine.pk}/").content.decode()
    assert "1 option is missing that is standard at others" in page and "on 75% of 8 comparable machines" in page
    url = f"/expansion/options/on/{machine.pk}/{vision.pk}/"
    refused = client.post(f"{url}fit/", {"fitted_on": at(3).isoformat()})
    assert refused.status_code == 422 and "has not come yet" in refused.content.decode()
    assert client.post(f"{url}fit/", {"fitted_on": at(-5).isoformat()}).url == f"/assets/{machine.pk}/"
    assert "since" in client.get(f"/assets/{machine.pk}/").content.decode()
    client.post(f"{url}take-off/")
    machine.refresh_from_db()
    assert machine.configuration == {"options": []}
    client.force_login(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs")))
    assert client.post(f"{url}fit/", {"fitted_on": at(-5).isoformat()}).status_code == 404


def test_ex06_a_breakdown_says_which_option_would_have_prevented_it(mila, machine, vision, robot):
    UpgradeOption.objects.create(product=robot, name="Dear thing", kind="safety", price=20000, currency="EUR")
    cast.ticket(machine.account, at(-20), 60, asset=machine, title="Tray jams", kind="breakdown", downtime_hours=30)
    day.run([BREAKDOWN], on=today())
    found = Signal.objects.get(kind=SignalKind.BREAKDOWN)
    assert (found.value_reporting, words.worth_in_words(found)) == (9000, "the upgrade that would have prevented it")
    assert words.reason(found).endswith("“Vision kit” would have prevented it, and is not on this machine.")


def test_ex06_an_option_that_was_fitted_by_then_prevented_nothing(mila, machine, vision):
    fit_option(asset=machine, option=vision, fitted_on=at(-200), by=mila, on=today())
    cast.ticket(machine.account, at(-20), 60, asset=machine, title="Tray jams", kind="breakdown", downtime_hours=30)
    day.run([BREAKDOWN], on=today())
    found = Signal.objects.get(kind=SignalKind.BREAKDOWN)
    assert "prevents" not in found.seen and found.worth == "upgrade_option"


def test_the_catalogue_is_kept_by_those_who_set_policy(client, mila, hanna, robot):
    body = {"name": "Remote watch", "kind": "connectivity", "family": robot.family_id, "price": "4000",
            "prevents": "Offline, jam; Offline", "offered_from": at(-10).isoformat()}  # fmt: skip
    client.force_login(mila)
    assert client.post("/expansion/options/new/", body).status_code == 404
    client.force_login(hanna)
    wrong = client.post("/expansion/options/new/", body | {"product": robot.pk})
    assert wrong.status_code == 422 and "either a product or a whole family" in wrong.content.decode()
    client.post("/expansion/options/new/", body)
    row = UpgradeOption.objects.get()
    assert (row.family, row.product, row.price, row.currency, row.prevents) == (
        robot.family, None, 4000, "EUR", ["jam", "offline"]
    )  # fmt: skip
    again = client.post("/expansion/options/new/", body)
    assert again.status_code == 422 and "of this name" in again.content.decode()
    client.post(f"/expansion/options/{row.pk}/", body | {"name": "Remote eye", "prevents": ""})
    row.refresh_from_db()
    assert (row.name, row.prevents) == ("Remote eye", [])
    page = client.get("/expansion/options/").content.decode()
    assert "Remote eye" in page and "all Palletisers" in page


def test_an_option_is_for_a_product_or_a_family(robot):
    with transaction.atomic(), pytest.raises(IntegrityError):
        UpgradeOption.objects.create(name="Nothing", kind="safety")
    with pytest.raises(ValidationError, match="either"):
        save_option(name="x", kind="safety", by=cast.person("thijs", Role.ADMINISTRATOR), on=today())


def test_the_upsell_score_out_of_facts(mila, machine, robot, vision):
    others(robot, 8, 6)
    level = Level.objects.create(key="full", name="Full", rung=2)
    for other in Asset.objects.exclude(pk=machine.pk):
        cast.cover(cast.term(other.account, at(-100), at(200), level=level), other)
    for days in (5, 6, 7):
        cast.reading(machine, at(-days), 9, 10)
    found = standings([machine.account_id], today())[machine.account_id]
    sides = {part.side: part.value for part in found.upsell.parts}
    # 98 months: (98 - 24) / 96; the kit is all that is usual; others stand at 16/9 of a rung; 90 % of its hours.
    assert sides == {
        Side.AGE: Decimal("0.7708"), Side.OPTIONS: 1, Side.LEVEL: 1, Side.USAGE: 1
    }  # fmt: skip
    assert found.upsell.coverage == Decimal("0.9000")
    told = {row["side"]: row["why"] for row in parts_in_words(found)}
    assert told["options"] == "Missing where others have it: Vision kit (1)."
    assert told["level"] == "1 machine is without contract."
    assert "of 100, on 90% of its weight." in headline(found)


def test_a_new_machine_with_everything_scores_low(mila, robot, vision):
    others(robot, 8, 6)
    new = cast.asset(cast.account("New", mila), at(-100), product=robot, configuration={"options": ["Vision kit"]})
    assert standings([new.account_id], today())[new.account_id].upsell.score == 0


@pytest.mark.parametrize("number", [1, 3])
def test_scores_of_one_account_take_as_many_queries_as_of_three(mila, robot, vision, number):
    ids = [cast.asset(cast.account(), at(-900), product=robot).account_id for _ in range(number)]
    with CaptureQueriesContext(connection) as found:
        standings(ids, today())
    assert len(found) == 9, [q["sql"][:90] for q in found]


def test_the_pages_of_the_score(client, mila, machine, robot, vision):
    others(robot, 8, 6)
    cast.asset(cast.account("New", mila), at(-100), product=robot, configuration={"options": ["Vision kit"]})
    client.force_login(mila)
    page = client.get("/expansion/upsell/").content.decode()
    assert page.index("Klant 1") < page.index(">New<")
    one = client.get(f"/expansion/upsell/{machine.account_id}/").content.decode()
    assert "Age without an upgrade" in one and "1 machine was never upgraded." in one and "78% of 9" in one
    assert "Nothing is known of:" in one and "Usage" in one
    foreign = Asset.objects.exclude(account__owner=machine.account.owner).first()
    assert client.get(f"/expansion/upsell/{foreign.account_id}/").status_code == 404
