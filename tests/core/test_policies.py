"""Policies: the defaults are version 1, later versions never speak about earlier days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.actions import publish_policy
from core.policies import from_json, policy_on, to_json
from installed_base.rules import AgePolicy
from tests import cast

pytestmark = pytest.mark.django_db


def test_the_defaults_count_until_something_is_published():
    version = policy_on(AgePolicy, date(2026, 1, 1))
    assert (version.values, version.number, version.valid_from) == (AgePolicy(), 1, date(1900, 1, 1))


def test_a_version_counts_from_its_first_day():
    longer = replace(AgePolicy(), expected_life_years=Decimal("15.5"))
    publish_policy(values=longer, valid_from=date(2026, 7, 1), by=cast.person("thijs"))
    assert policy_on(AgePolicy, date(2026, 6, 30)).values == AgePolicy()
    assert policy_on(AgePolicy, date(2026, 7, 1)).values == longer
    assert policy_on(AgePolicy, date(2026, 7, 1)).number == 2


def test_a_version_from_an_earlier_day_is_refused_with_the_day():
    thijs = cast.person("thijs")
    publish_policy(values=AgePolicy(), valid_from=date(2026, 7, 1), by=thijs)
    with pytest.raises(ValueError, match="2026-07-01"):
        publish_policy(values=AgePolicy(), valid_from=date(2026, 7, 1), by=thijs)


def test_values_come_back_as_they_went():
    policy = replace(AgePolicy(), expected_life_years=Decimal("12.5"), cohort_edges_years=(4, 8, 12))
    assert from_json(AgePolicy, to_json(policy)) == policy
