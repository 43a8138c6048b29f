"""The receipt of a machine names the account at which that machine stood, and no other."""

from datetime import date

import pytest

from core.history import keep
from core.metrics import rows
from core.scope import System
from installed_base.models import Asset, AssetPeriod
from tests import cast

pytestmark = pytest.mark.django_db


def test_each_machine_is_named_after_its_own_account_of_that_day():
    accounts = [cast.account(name) for name in ("First", "Second", "Third")]
    machines = [cast.asset(at, date(2021, 1, 1)) for at in reversed(accounts)]
    Asset.objects.filter(pk=machines[0].pk).update(account=accounts[1])
    keep(AssetPeriod, [machines[0].pk], on=date(2026, 6, 1))

    def named(on):
        return [row["account_name"] for row in rows("attach_rate", on=on, actor=System("test"))]

    assert named(date(2026, 5, 31)) == ["Third", "Second", "First"]
    assert named(date(2026, 6, 1)) == ["Second", "Second", "First"]
