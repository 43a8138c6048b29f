"""Who sees what, and that nobody forgets to ask."""

import pytest

from core.models import Role
from core.scope import System, UnscopedQuery, guarded
from installed_base.models import Account, AccountMember, Asset, Site
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    north = cast.pool("North", parent=cast.pool("Commerce"))
    south = cast.pool("South")
    cast.account("Ours", owner=cast.person("anna", team=north), known_on=cast.KNOWN)
    cast.account("Pooled", owner=north)
    cast.account("Theirs", owner=cast.person("bob", team=south))
    return {"north": north, "south": south}


def seen(user, rows=Account.objects):
    return sorted(rows.visible_to(user).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.CS_MANAGER, ["Ours", "Pooled"]),
        (Role.SALES, ["Ours", "Pooled"]),
        (Role.TEAM_LEAD, ["Ours", "Pooled"]),
        (Role.TECHNICIAN, []),
        (Role.EXECUTIVE, ["Ours", "Pooled", "Theirs"]),
        (Role.MARKETING, ["Ours", "Pooled", "Theirs"]),
        (Role.OPERATIONS, ["Ours", "Pooled", "Theirs"]),
        (Role.ADMINISTRATOR, ["Ours", "Pooled", "Theirs"]),
    ],
)
def test_a_role_sees(house, role, names):
    assert seen(cast.person("carl", role, house["north"])) == names


def test_a_member_of_the_team_above_sees_what_stands_under_it(house):
    lead = cast.person("dora", Role.TEAM_LEAD, house["north"].parent)
    assert seen(lead) == ["Ours", "Pooled"]


def test_a_member_of_the_account_team_sees_and_changes_it(house):
    carl = cast.person("carl", team=house["north"])
    AccountMember.objects.create(account=Account.objects.get(name="Theirs"), user=carl)
    assert seen(carl) == ["Ours", "Pooled", "Theirs"]
    assert sorted(a.name for a in Account.objects.changeable_by(carl)) == ["Pooled", "Theirs"]


def test_a_technician_sees_the_machines_assigned_and_their_accounts(house):
    ruud = cast.person("ruud", Role.TECHNICIAN)
    machine = cast.asset(Account.objects.get(name="Theirs"), technician=ruud)
    cast.asset(Account.objects.get(name="Theirs"))
    assert seen(ruud) == ["Theirs"]
    assert list(Asset.objects.visible_to(ruud)) == [machine]
    assert not Account.objects.changeable_by(ruud).exists()


def test_nobody_sees_nothing_and_the_system_sees_all(house):
    assert seen(None) == []
    assert len(seen(System("test"))) == 3


@pytest.mark.parametrize(
    "read",
    [
        lambda: list(Account.objects.all()),
        lambda: Account.objects.count(),
        lambda: Account.objects.filter(name="Ours").exists(),
        lambda: Account.objects.first(),
        lambda: list(Account.objects.values("id")),
        lambda: Account.objects.aggregate(),
        lambda: list(Account.objects.iterator()),
        lambda: Account.objects.get(name="Ours"),
        lambda: list(Site.objects.filter(account__name="Ours")),
    ],
)
def test_an_unscoped_read_in_a_request_raises(house, read):
    with guarded(), pytest.raises(UnscopedQuery, match="visible_to"):
        read()


def test_what_hangs_on_a_visible_row_passes(house):
    with guarded():
        ours = Account.objects.visible_to(System("test")).get(name="Ours")
        assert list(ours.sites.all()) == []
        assert list(Account.objects.visible_to(System("test")).prefetch_related("contacts"))
