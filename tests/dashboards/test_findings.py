"""Findings of the account page: sentences that say no more than the figures below them."""

from datetime import date
from decimal import Decimal

import pytest

from dashboards import words
from dashboards.queries.account import Revenue


def finding(last, before):
    def amounts(found):
        return {stream: Decimal(amount) for stream, amount in found.items()}

    return words.revenue_title(Revenue({}, amounts(last), amounts(before), date(2020, 1, 1)))


@pytest.mark.parametrize(
    ("last", "before", "said"),
    [
        # A machine sold this year is no growth of what returns every year.
        (
            {"service_contract": 141_083, "machine": 410_780},
            {"service_contract": 136_974},
            "Service and parts are up 3% in a year",
        ),
        (
            {"service_contract": 90, "parts": 9},
            {"service_contract": 100},
            "Service and parts are level with a year ago",
        ),
        ({"parts": 50}, {"parts": 100, "machine": 900}, "Service and parts are down 50% in a year"),
        ({"machine": 900}, {"machine": 100}, "Revenue by stream"),
        ({"parts": 50}, {"machine": 100}, "Revenue by stream"),
        ({"parts": 50}, {}, "Revenue by stream"),
        ({"parts": -50}, {"parts": 10}, "Revenue by stream"),
        ({}, {"parts": 10}, "Revenue by stream"),
        ({"other": 120}, {"other": 100}, "Revenue is up 20% in a year"),
        ({}, {}, "Revenue by stream"),
    ],
)
def test_revenue_is_compared_where_it_returns_each_year(last, before, said):
    assert finding(last, before) == said


def test_one_machine_of_many_is_said_in_good_english():
    found = {"renewals": [], "uncovered": 1, "machine_count": 23, "signals": 0, "on": date(2026, 11, 22)}
    assert words.account_standfirst(found) == "1 of 23 machines has no contract."
    assert words.account_standfirst(found | {"uncovered": 2}) == "2 of 23 machines have no contract."
