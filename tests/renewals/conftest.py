"""A CS manager of a team."""

import pytest

from core.clock import today
from core.models import Organisation
from tests import cast


@pytest.fixture
def on(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return today()


@pytest.fixture
def team(on):
    return cast.pool("North")


@pytest.fixture
def mila(team):
    user = cast.person("mila", team=team)
    user.language = "en"
    user.save()
    return user
