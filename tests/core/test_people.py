"""The first user of an installation."""

import pytest

from core.models import Owner, Role, User
from core.reach import Level, reach_of

pytestmark = pytest.mark.django_db


def test_the_first_user_is_an_administrator_who_can_own_things():
    thijs = User.objects.create_superuser("thijs", "thijs@example.com", "a-long-password")
    assert thijs.role == Role.ADMINISTRATOR
    assert reach_of(thijs).level is Level.ALL
    assert Owner.objects.get(user=thijs).name == "thijs"


def test_a_role_that_is_named_is_kept():
    assert User.objects.create_superuser("elke", role=Role.EXECUTIVE).role == Role.EXECUTIVE
