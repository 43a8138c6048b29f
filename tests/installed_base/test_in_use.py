"""What the menus offer is what the accounts that somebody sees have, whoever looks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.models import Role
from core.scope import System
from installed_base.in_use import in_use
from installed_base.models import Account
from tests import cast

COUNTRIES = st.lists(st.sampled_from(["", "BE", "DE", "NL", "nl", "Ünder", "ZA"]), max_size=12)


class WhateverTheCountries(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(COUNTRIES)
    def test_everybody_elses_menu_is_every_value_once(self, countries: list[str]) -> None:
        for number, country in enumerate(countries):
            cast.account(f"A{number}", country=country)
        found = in_use("country", System("test")).values_list("country", flat=True)
        assert sorted(found) == sorted({c for c in countries if c})


@pytest.mark.django_db
def test_a_manager_is_offered_their_own_countries_only() -> None:
    mila = cast.person("mila", Role.CS_MANAGER)
    cast.account("Mine", mila, country="NL")
    cast.account("Not mine", country="DE")
    assert {a.country for a in in_use("country", mila)} == {"NL"}
    assert {a.country for a in in_use("country", System("test"))} == {"DE", "NL"}


@pytest.mark.django_db
def test_a_column_that_no_menu_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        in_use("name", System("test"))
    assert Account._base_manager.count() == 0
