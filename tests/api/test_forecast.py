"""The forecast of a renewal through the API: said, changed, withdrawn, and refused with the name of the field."""

from decimal import Decimal

import pytest

from core.clock import today
from core.models import Role
from renewals.models import ForecastTable, RenewalForecast
from tests import cast
from tests.api.base import work_of
from tests.api.conftest import writer

pytestmark = pytest.mark.django_db

SAID = {"forecast_category": "commit", "forecast_annual_reporting": "9500.50"}


@pytest.fixture
def anna():
    return writer(cast.person("anna", Role.CS_MANAGER, cast.pool("Ours")))


@pytest.fixture
def address(anna):
    return f"renewals/{work_of(anna.user).renewals.pk}/"


def test_it_is_said_changed_and_withdrawn(anna, address):
    assert anna.get(address).data["forecast_category"] is None
    answer = anna.patch(address, SAID | {"stage": "negotiating"})
    assert answer.status_code == 200, answer.content
    assert (answer.data["forecast_category"], answer.data["stage"]) == ("commit", "negotiating")
    assert Decimal(answer.data["forecast_annual_reporting"]) == Decimal("9500.50")
    assert anna.patch(address, {"forecast_category": "at_risk"}).data["forecast_category"] == "at_risk"
    said = RenewalForecast.objects.get()
    assert (said.category, said.annual_reporting) == ("at_risk", Decimal("9500.50"))
    assert anna.patch(address, {"forecast_category": None}).data["forecast_annual_reporting"] is None
    assert not RenewalForecast.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"forecast_category": "commit"}, "forecast_annual_reporting"),
        ({"forecast_annual_reporting": "5"}, "forecast_category"),
        (SAID | {"forecast_annual_reporting": "-5"}, "forecast_annual_reporting"),
        (SAID | {"forecast_category": "sure"}, "forecast_category"),
    ],
)
def test_what_makes_no_sense_names_its_field(anna, address, body, field):
    answer = anna.patch(address, body)
    assert answer.status_code == 400 and field in str(answer.data)
    assert not RenewalForecast.objects.exists()


def test_without_the_etag_or_with_an_old_one_nothing_is_written(anna, address):
    old = anna.get(address).headers["ETag"]
    assert anna.send("PATCH", address, SAID).status_code == 428
    assert anna.patch(address, SAID, if_match=old).status_code == 200
    assert anna.patch(address, {"forecast_category": "at_risk"}, if_match=old).status_code == 412
    assert RenewalForecast.objects.get().category == "commit"


def test_the_horizon_adds_up_and_says_what_it_does_not_know(anna, address):
    said = anna.get("renewal-horizon/").data
    assert len(said["quarters"]) == 12 and len(said["probabilities"]) == 12
    assert sum(q["contracts"] for q in said["quarters"]) == 1
    assert sum(Decimal(q["value"]) for q in said["quarters"]) == 12000
    assert said["average"] is None and {q["expected"] for q in said["quarters"]} == {None}
    ForecastTable.objects.create(on=today(), observed=[["unknown", 0, 40, 30]])
    said = anna.get("renewal-horizon/").data
    assert said["average"] == "0.7500" and sum(Decimal(q["expected"]) for q in said["quarters"]) == 9000


def test_the_horizon_is_for_who_sees_prices_and_only_of_their_scope(anna, address):
    far = writer(cast.person("far", Role.CS_MANAGER, cast.pool("Theirs")))
    assert sum(q["contracts"] for q in far.get("renewal-horizon/").data["quarters"]) == 0
    technician = writer(cast.person("tech", Role.TECHNICIAN, cast.pool("Field")))
    answer = technician.get("renewal-horizon/")
    assert answer.status_code == 403 and "quarters" not in answer.data
    assert anna.get("renewal-horizon/", as_of="soon").status_code == 400
