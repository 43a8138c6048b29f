"""The figures of one's own customers on Today: stored where they hold exactly those, else live."""

from datetime import timedelta

import pytest

from core.clock import today
from core.metrics import take_today
from core.models import Role
from dashboards.queries.today import figures
from installed_base.models import Account, AccountPeriod
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def mila():
    return cast.person("mila", Role.CS_MANAGER, cast.pool("North"))


def earning(name, owner, annual):
    account = cast.account(name, owner)
    cast.term(account, today() - 100 * DAY, today() + 200 * DAY, annual=annual)
    return account


def worth(user):
    return figures(user, today()).metrics["contracted_value"]


def test_a_manager_reads_what_is_stored_of_their_own_and_of_nobody_else(mila):
    earning("Mine", mila, 100)
    earning("Theirs", cast.person("otto", Role.CS_MANAGER, cast.pool("South")), 7000)
    live = worth(mila)
    take_today(on=today())
    stored = worth(mila)
    assert live.taken_at is None and stored.taken_at is not None
    assert (stored.value, stored.count) == (live.value, live.count) == (100, 1)


def test_what_was_handed_over_since_is_not_in_a_figure_that_is_read(mila):
    """Nothing was touched, so that the figure is fresh: that it holds more than is theirs is seen all the same."""
    earning("Mine", mila, 100)
    gone = earning("Gone", mila, 7000)
    otto = cast.person("otto", Role.CS_MANAGER, cast.pool("South"))
    take_today(on=today())
    assert worth(mila).value == 7100
    Account._base_manager.filter(pk=gone.pk).update(owner=otto.owner)
    assert AccountPeriod.objects.filter(account=gone, owner=mila.owner, valid_to__isnull=True).exists()
    assert (worth(mila).value, worth(mila).taken_at) == (100, None)


def test_another_owners_customer_merged_into_ones_own_is_not_in_it(mila):
    mine = earning("Mine", mila, 100)
    other = earning("Other", cast.person("otto", Role.CS_MANAGER, cast.pool("South")), 7000)
    Account._base_manager.filter(pk=other.pk).update(merged_into=mine)
    take_today(on=today())
    assert (worth(mila).value, worth(mila).taken_at) == (100, None)
