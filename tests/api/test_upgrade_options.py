"""The catalogue of upgrade options through the API."""

import pytest

from core.models import Organisation, Role
from installed_base.models import ProductFamily, UpgradeOption
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
ADDRESS = "upgrade-options/"


@pytest.fixture
def hanna():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return writer(cast.person("hanna", Role.TEAM_LEAD, cast.pool("Ours")))


@pytest.fixture
def body():
    family = ProductFamily.objects.create(name="Palletisers")
    return {"name": "Vision kit", "kind": "efficiency", "family_id": family.pk, "price": "9000.00", "prevents": ["jam"]}


def test_an_option_is_added_changed_and_read(hanna, body):
    made = hanna.post(ADDRESS, body)
    assert (made.status_code, made.json()["prevents"], made.json()["currency"]) == (201, ["jam"], "EUR")
    pk = made.json()["id"]
    changed = hanna.patch(f"{ADDRESS}{pk}/", {"price": None, "offered_from": "2027-01-01"})
    assert (changed.status_code, changed.json()["price"], changed.json()["name"]) == (200, None, "Vision kit")
    assert hanna.ids(ADDRESS, offered_by="2026-12-31") == []
    assert hanna.ids(ADDRESS, offered_by="2027-01-01", kind="efficiency") == [pk]
    problem(hanna.post(ADDRESS, body), 409)


@pytest.mark.parametrize(
    ("change", "fields"),
    [({"family_id": None}, ["product_id"]), ({"kind": "x"}, ["kind"]), ({"price": "-1"}, ["price"]),
     ({"family_id": 987654}, ["family_id"]), ({"to": 1}, ["to"])],
)  # fmt: skip
def test_what_is_wrong_is_named(hanna, body, change, fields):
    problem(hanna.post(ADDRESS, body | change), 400, *fields)
    assert UpgradeOption.objects.count() == 0


def test_only_who_sets_policy_keeps_the_catalogue(hanna, body):
    pk = hanna.post(ADDRESS, body).json()["id"]
    anna = writer(cast.person("anna", Role.CS_MANAGER))
    assert anna.ids(ADDRESS) == [pk]
    problem(anna.post(ADDRESS, body | {"name": "Other"}), 403)
    problem(anna.send("PATCH", f"{ADDRESS}{pk}/", {"name": "Other"}, if_match="*"), 403)
    assert "price" not in caller(cast.person("max", Role.MARKETING)).rows(ADDRESS)[0]
