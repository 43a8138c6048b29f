"""A CS manager of a team, on a fixed day in the third week of a machine."""

import pytest

from core.models import Organisation
from tests import cast
from tests.adoption.base import live, on
from tests.standing import standing

TODAY = on(16)


@pytest.fixture
def clock():
    with standing(TODAY):
        yield TODAY


@pytest.fixture
def mila(clock, db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    user = cast.person("mila", team=cast.pool("North"))
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def machine(mila):
    """A machine of hers that went live sixteen days ago, and with whose people she spoke yesterday."""
    row = live(cast.account("Van Houten", mila, segment="enterprise"), product=cast.product())
    cast.moment(row.account, on(15))
    return row
