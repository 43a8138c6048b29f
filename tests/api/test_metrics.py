"""Metrics through the API: the value, and rows that add up to it."""

from datetime import date
from decimal import Decimal

import pytest

from core import metrics
from core.models import Role
from tests import cast
from tests.api.conftest import ON, caller
from tests.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with standing(ON):
        yield


@pytest.fixture
def base():
    at = cast.account(country="NL")
    machines = [cast.asset(at, date(2015, 1, 1)) for _ in range(5)]
    term = cast.term(at, date(2026, 1, 1), date(2026, 12, 31), annual="12000.50")
    for machine in machines[:3]:
        cast.cover(term, machine)
    cast.asset(cast.account(country="DE"), date(2025, 1, 1))
    cast.posted(at, date(2026, 3, 1), 1000)
    cast.posted(at, date(2025, 3, 1), 800)
    return at


def test_the_catalogue_has_every_metric(executive, base):
    found = executive.get("metrics/").data
    assert found["on"] == "2026-11-21"
    assert [row["key"] for row in found["results"]] == [m.key for m in metrics.catalogue()]


def test_a_ratio_with_its_parts_as_text(executive, base):
    one = executive.get("metrics/attach_rate/").data
    assert (one["value"], one["numerator"], one["denominator"]) == ("0.5", "3", "6")
    assert executive.get("metrics/contracted_value/").data["value"] == "12000.5"


def test_filters_and_dates(executive, base):
    assert executive.get("metrics/attach_rate/", country="NL").data["value"] == "0.6"
    assert executive.get("metrics/assets_in_service/", as_of="2024-12-31").data["value"] == "5"


@pytest.mark.parametrize("key", ["attach_rate", "contracted_value", "net_revenue_retention", "assets_in_service"])
def test_the_rows_of_all_pages_add_up(executive, base, key):
    one = executive.get(f"metrics/{key}/").data
    rows, address = [], f"metrics/{key}/rows/?page_size=2"
    while address:
        page = executive.get(address).data
        rows += page["results"]
        address = page["next"] and page["next"].split("/api/v1/")[1]
    known = [row for row in rows if not row["unknown"]]
    assert len({row["id"] for row in rows}) == len(rows)
    assert sum(Decimal(row["numerator"]) for row in known) == Decimal(one["numerator"])
    assert len(known) == one["count"]


@pytest.mark.parametrize(
    "name, value",
    [
        ("as_of", "soon"),
        ("known_at", "x"),
        ("owner", "9" * 40),
        ("team", "nobody"),
        ("colour", "red"),
        ("group", "\x00"),
    ],
)
def test_a_wrong_question_is_named(executive, base, name, value):
    answer = executive.get("metrics/attach_rate/", **{name: value})
    assert (answer.status_code, list(answer.data["errors"])) == (400, [name])


def test_no_such_metric(executive):
    assert executive.get("metrics/happiness/").status_code == 404
    assert executive.get("metrics/happiness/rows/").status_code == 404


def test_figures_of_ones_own_rows_and_no_money_without_prices(base):
    stranger = caller(cast.person("stranger"))
    assert stranger.get("metrics/assets_in_service/").data["value"] == "0"
    mo = caller(cast.person("mo", Role.MARKETING))
    assert mo.get("metrics/contracted_value/").data["value"] is None
    assert mo.get("metrics/assets_in_service/").data["value"] == "6"
    for row in mo.rows("metrics/contracted_value/rows/"):
        assert row["numerator"] is None and "12000" not in str(row)


def test_the_history_is_what_was_stored(executive, base):
    assert executive.get("metrics/attach_rate/history/").data["results"] == []
    metrics.take_snapshots(on=date(2026, 11, 21), months=2)
    found = executive.get("metrics/attach_rate/history/").data["results"]
    assert [(str(row["on"]), row["value"], row["stale_since"]) for row in found] == [
        ("2026-09-30", "0.5", None),
        ("2026-10-31", "0.5", None),
    ]
    assert executive.get("metrics/attach_rate/history/", country="NL").data["results"][0]["value"] == "0.6"
    stranger = caller(cast.person("stranger"))
    assert stranger.get("metrics/attach_rate/history/").data["results"] == []
    assert executive.get("metrics/happiness/history/").status_code == 404
