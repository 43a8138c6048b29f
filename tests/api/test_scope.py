"""Who sees what: rows by team, prices by role, and nothing given away about the rest."""

from datetime import date

import pytest

from core.models import Role
from installed_base.models import AccountMember, Asset
from playbooks.models import Play
from renewals.models import Renewal
from tests import cast
from tests.api.conftest import Caller, caller

pytestmark = pytest.mark.django_db
KINDS = ("accounts", "assets", "contracts", "renewals")


@pytest.fixture
def base():
    """The same things for two teams: kind -> (id of ours, id of theirs)."""
    ours, theirs = cast.pool("Ours"), cast.pool("Theirs")
    found = {}
    for side, team in (("ours", ours), ("theirs", theirs)):
        at = cast.account(f"Customer of {side}", owner=team)
        machine = cast.asset(at, date(2020, 1, 1), price=1000, currency="EUR", price_reporting=1000)
        term = cast.term(at, date(2026, 1, 1), date(2026, 12, 31))
        cast.cover(term, machine)
        play = Play.objects.create(
            playbook="renewal",
            account=at,
            subject_kind="term",
            subject_id=term.pk,
            owner=at.owner,
            opened_on=date(2026, 9, 1),
        )
        renewal = Renewal.objects.create(
            term=term,
            account=at,
            play=play,
            owner=at.owner,
            decides_on=date(2026, 12, 31),
            opened_on=date(2026, 9, 1),
            annual_value_reporting=12000,
        )
        found[side] = {"accounts": at.pk, "assets": machine.pk, "contracts": term.contract_id, "renewals": renewal.pk}
    return ours, found["ours"], found["theirs"]


@pytest.mark.parametrize("role", [Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD])
def test_a_team_sees_its_own(base, role):
    team, ours, theirs = base
    who = caller(cast.person("anna", role, team))
    for kind in KINDS:
        assert who.ids(f"{kind}/") == [ours[kind]]
        assert who.get(f"{kind}/{ours[kind]}/").data["id"] == ours[kind]
        foreign, missing = who.get(f"{kind}/{theirs[kind]}/"), who.get(f"{kind}/987654321/")
        assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert who.ids("assets/", account=theirs["accounts"]) == []


def test_an_account_team_sees_its_account(base):
    _team, _ours, theirs = base
    guest = caller(cast.person("guest"))
    assert guest.ids("accounts/") == []
    AccountMember.objects.create(account_id=theirs["accounts"], user=guest.user)
    for kind in KINDS:
        assert guest.ids(f"{kind}/") == [theirs[kind]]


def test_leaving_a_team_counts_at_the_next_request(base):
    team, ours, _theirs = base
    who = caller(cast.person("anna", Role.CS_MANAGER, team))
    assert who.ids("assets/") == [ours["assets"]]
    who.user.memberships.all().delete()
    assert who.ids("assets/") == []


def test_a_technician_sees_assigned_machines_and_no_prices(base):
    _team, ours, theirs = base
    who = caller(cast.person("tess", Role.TECHNICIAN))
    Asset.objects.filter(pk=ours["assets"]).update(technician=who.user)
    assert who.ids("assets/") == [ours["assets"]]
    assert who.ids("accounts/") == [ours["accounts"]]
    assert who.ids("renewals/") == []
    assert who.get(f"assets/{theirs['assets']}/").status_code == 404
    for kind in ("assets", "contracts"):
        text = who.get(f"{kind}/").content + who.get(f"{kind}/{ours[kind]}/").content
        assert b"value" not in text and b"price" not in text and b"currency" not in text
    assert who.get("metrics/").status_code == 403


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATIONS])
def test_who_sees_no_prices(base, role):
    who = caller(cast.person("mo", role))
    for kind in ("assets", "contracts", "renewals"):
        rows = who.rows(f"{kind}/")
        assert len(rows) == 2
        assert not [key for row in rows for key in str(row).split("'") if "price" in key or "value" in key]


def test_prices_for_those_who_see_them(base):
    lead = caller(cast.person("lou", Role.EXECUTIVE))
    assert {row["price"] for row in lead.rows("assets/")} == {"1000.00"}
    assert {row["annual_value_reporting"] for row in lead.rows("renewals/")} == {"12000.00"}


def test_a_session_reads_too(base, client):
    team, ours, _theirs = base
    client.force_login(cast.person("anna", Role.CS_MANAGER, team))
    answer = client.get("/api/v1/accounts/")
    assert [row["id"] for row in answer.json()["results"]] == [ours["accounts"]]


def test_nobody_signed_in(client):
    for kind in (*KINDS, "metrics"):
        assert client.get(f"/api/v1/{kind}/").status_code == 401
    assert isinstance(Caller, type)
