"""The replacement wave: its quarters, what stands apart, and that every bar is its rows (EX-45, CT-01)."""

import csv
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from core.metrics import Filters
from core.models import ExchangeRate, Organisation, Owner, Role
from core.scope import System
from expansion.models import SignalKind
from expansion.queries.wave import wave_machines, wave_of, wave_rows
from expansion.rules.wave import APART, bucket_of, ends, key_of, quarters, stretch
from installed_base.models import ProductFamily, ProductLine
from sales.models import DealKind, Opportunity, OpportunityLine
from tests import cast
from tests.api.conftest import caller
from tests.expansion.base import signal

ON = date(2026, 11, 21)
EVERYONE: Any = System("tests")


@given(st.none() | st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_every_day_stands_in_one_place(ends_on: date | None, on: date) -> None:
    key = bucket_of(ends_on, on)
    own = [key_of(q) for q in quarters(on)]
    assert len(own) == len(set(own)) == 40
    assert (key in own) != (key in APART)
    if ends_on is not None and key in own:
        first = quarters(on)[own.index(key)]
        assert first <= ends_on < add_months(first, 3)
        assert on < ends_on < ends(on)


def test_a_year_is_its_quarters_and_nothing_else_is_a_part() -> None:
    found = stretch("2028", ON)
    assert found is not None and found.buckets == ("2028-Q1", "2028-Q2", "2028-Q3", "2028-Q4")
    assert stretch("2026", ON).buckets == ("2026-Q4",)  # type: ignore[union-attr]
    assert stretch("past", ON).buckets == ("past",)  # type: ignore[union-attr]
    assert [stretch(key, ON) for key in ("2026-Q3", "1999", "2028-Q5", "x", "20281", "2037-Q1")] == [None] * 6


@pytest.fixture
def base(db: None) -> dict[str, Any]:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    line = ProductLine.objects.create(name="Robots")
    robot = cast.product("R", line=line, list_price=50_000, currency="EUR")
    swiss = cast.product("S", list_price=10_000, currency="CHF")
    short = cast.product("T", family=ProductFamily.objects.create(name="F", expected_life_years=Decimal(6)))
    here, there = cast.account("Here", mila, segment="small", country="NL"), cast.account("There", mila, country="DE")
    machines = {
        "past": cast.asset(here, date(2014, 11, 21), product=robot),
        "soon": cast.asset(here, date(2014, 11, 22), product=robot, price_reporting=70_000),
        "short": cast.asset(here, date(2022, 5, 1), product=short),
        "swiss": cast.asset(there, date(2018, 1, 1), product=swiss),
        "later": cast.asset(there, date(2025, 1, 1), product=robot),
        "undated": cast.asset(there, None, product=robot),
    }
    cast.asset(here, date(2014, 1, 1), taken_out_on=date(2026, 1, 1))
    ExchangeRate.objects.create(currency="CHF", on=date(2026, 1, 1), rate=Decimal("1.5"))
    return {"mila": mila, "here": here, "line": line} | machines


def test_machines_stand_in_their_quarter_with_what_they_are_worth(base: dict[str, Any]) -> None:
    wave = wave_of(EVERYONE, ON, Filters())
    filled = {key_of(q): (s.units, s.value, s.unvalued) for q, s in wave.quarters.items() if s.units}
    assert filled == {
        "2026-Q4": (1, Decimal(70_000), 0),
        "2028-Q2": (1, Decimal(0), 1),
        "2030-Q1": (1, Decimal(15_000), 0),
    }
    assert {k: (s.units, s.value) for k, s in wave.apart.items()} == {
        key: (1, Decimal(50_000)) for key in ("past", "later", "unknown")
    }
    assert wave.years[2028].units == 1
    assert (wave.all.units, wave.all.value) == (6, Decimal(235_000))


def test_the_past_day_has_its_own_wave(base: dict[str, Any]) -> None:
    wave = wave_of(EVERYONE, date(2020, 1, 1), Filters())
    # What was installed since is not there; what left since is; machines without any date always were.
    assert (wave.all.units, wave.ahead.units, wave.apart["later"].units, wave.apart["unknown"].units) == (5, 3, 1, 1)


def test_a_conversation_is_an_open_deal_or_a_signal_taken_up(base: dict[str, Any]) -> None:
    owner = Owner.objects.of(base["mila"])
    deal = Opportunity.objects.create(
        account=base["here"], kind=DealKind.REPLACEMENT, name="x", owner=owner, identified_on=date(2026, 6, 1),
        known_on=date(2026, 6, 1),
    )  # fmt: skip
    OpportunityLine.objects.create(opportunity=deal, asset=base["past"])
    row = signal(base["soon"], SignalKind.END_OF_LIFE, on=date(2026, 1, 1))
    row.decision, row.decided_on = "accepted", date(2026, 7, 1)
    row.save()

    def talking(on: date) -> set[int]:
        return {m.pk for m in wave_machines(EVERYONE, on, Filters()) if m.talked}

    assert talking(ON) == {base["past"].pk, base["soon"].pk}
    assert wave_of(EVERYONE, ON, Filters()).apart["past"].talking == 1
    assert wave_of(EVERYONE, ON, Filters()).all.talking_value == 120_000
    assert (talking(date(2026, 5, 31)), talking(date(2026, 6, 1))) == (set(), {base["past"].pk})
    Opportunity.objects.filter(pk=deal.pk).update(stage="lost", closed_on=date(2026, 8, 1))
    assert talking(ON) == {base["soon"].pk}
    assert talking(date(2026, 7, 31)) == {base["past"].pk, base["soon"].pk}


def test_filters_narrow_as_of_the_date(base: dict[str, Any]) -> None:
    for filters, units in (
        (Filters(segment="small"), 3),
        (Filters(country="DE"), 3),
        (Filters(product_line=base["line"].pk), 4),
        (Filters(owner=Owner.objects.of(base["mila"]).pk), 6),
    ):
        assert wave_of(EVERYONE, ON, filters).all.units == units


def test_every_bar_is_its_rows(base: dict[str, Any]) -> None:
    wave = wave_of(EVERYONE, ON, Filters())
    bars = {key_of(q): sums for q, sums in wave.quarters.items()} | wave.apart
    bars |= {str(year): sums for year, sums in wave.years.items()}
    for key, sums in bars.items():
        part = stretch(key, ON)
        assert part is not None
        rows = list(wave_rows(EVERYONE, ON, Filters(), part))
        assert (len(rows), sum(r.price_new or 0 for r in rows)) == (sums.units, sums.value), key
    for row in wave_machines(EVERYONE, ON, Filters()):
        assert row.bucket == bucket_of(row.ends_life_on, ON)


def test_a_wave_is_the_same_few_questions_however_many_machines(base: dict[str, Any]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            wave_of(EVERYONE, ON, Filters())
        return len(queries)

    few = asked()
    for n in range(5):
        cast.asset(base["here"], date(2015 + n, 1, 1))
    assert asked() == few <= 4


def test_the_page_draws_opens_and_files(client: Any, base: dict[str, Any]) -> None:
    client.force_login(base["mila"])
    page = client.get("/expansion/wave/")
    year = next(row for row in page.context["rows"] if row["name"] == "2028")
    assert f'href="{year["url"]}"' in page.content.decode()
    assert "/expansion/wave/2028-Q2/" in page.content.decode()
    inside = client.get("/expansion/wave/2028-Q2/")
    assert [line["machine"].pk for line in inside.context["lines"]] == [base["short"].pk]
    assert [line["machine"].pk for line in client.get("/expansion/wave/unknown/").context["lines"]] == [
        base["undated"].pk
    ]
    assert client.get("/expansion/wave/1999/").status_code == 404
    body = b"".join(client.get("/expansion/wave/file/?part=past").streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(body.splitlines())
    assert base["past"].serial in {dict(zip(head, row, strict=True))["Serial number"] for row in rows}
    assert len(rows) == page.context["wave"].apart["past"].units
    narrowed = client.get("/expansion/wave/?segment=small")
    assert narrowed.context["wave"].all.units == 3
    assert "?segment=small" in narrowed.content.decode()


def test_who_sees_no_prices_or_single_machines_has_no_wave(client: Any, base: dict[str, Any]) -> None:
    tess = cast.person("tess", Role.TECHNICIAN)
    client.force_login(tess)
    for url in ("/expansion/wave/", "/expansion/wave/past/", "/expansion/wave/file/"):
        assert client.get(url).status_code == 404
    assert caller(tess).get("replacement-wave/").status_code == 403


def test_the_api_tells_the_same(base: dict[str, Any]) -> None:
    who = caller(cast.person("exec", Role.EXECUTIVE))
    found = who.get("replacement-wave/", as_of=ON.isoformat()).data
    assert (len(found["quarters"]), found["past"]["machines"], found["later"]["value"]) == (40, 1, "50000.00")
    assert found["quarters"][0] == {
        "starts_on": "2026-10-01", "machines": 1, "value": "70000.00", "unvalued": 0, "in_conversation": 0
    }  # fmt: skip
    assert who.get("replacement-wave/", as_of=ON.isoformat(), country="DE").data["past"]["machines"] == 0
    wrong = who.get("replacement-wave/", product_line="nowhere")
    assert wrong.status_code == 400 and "nowhere" in str(wrong.data)
    assert who.get("replacement-wave/", as_of="soon").status_code == 400
