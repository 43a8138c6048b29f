"""The page of the bowtie and the receipts of its numbers."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core import clock
from core.metrics import catalogue, compute
from core.models import Role
from core.scope import System
from dashboards.bowtie.picture import flow
from installed_base.models import Account
from tests.cast import account, asset, cover, person, posted, term
from tests.dashboards.scores import GREEN, RED, YELLOW, stood

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return clock.today()


@pytest.fixture
def ceo(client: Client) -> Client:
    client.force_login(person("ceo", Role.EXECUTIVE))
    return client


def a_base(today: date, customers: int = 1) -> None:
    """Customers with a covered machine, and revenue that grew from 100 to 120 each."""
    for _ in range(customers):
        at = account(country="NL", segment="small")
        machine = asset(at, today - timedelta(days=4000))
        cover(term(at, today - timedelta(days=300), today + timedelta(days=40)), machine)
        posted(at, today - timedelta(days=500), 100, "service_contract")
        posted(at, today - timedelta(days=100), 120, "service_contract")


def words(response: Any) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_says_how_much_existing_customers_brought(ceo: Client, today: date) -> None:
    a_base(today)
    said = words(ceo.get("/bowtie/"))
    assert "Existing customers brought €120 , 20% more than a year before and €10 above target." in said
    assert "1 contract comes up for renewal within 90 days, 1 without a next step." in said
    assert "100% of the machines are 10 years or older" in said


def test_stages_without_data_say_what_they_wait_for(ceo: Client, today: date) -> None:
    a_base(today)
    said = words(ceo.get("/bowtie/"))
    assert "No leads recorded yet, or no profile that says which are good." in said
    assert "Waits for health scores" in said
    assert "No score yet" in said


def test_an_empty_product_says_what_to_import(ceo: Client) -> None:
    response = ceo.get("/bowtie/")
    assert "Nothing to draw yet" in words(response)
    assert 'href="/first-week/"' in response.content.decode()


def test_the_picture_is_drawn_to_the_revenue(today: date) -> None:
    a_base(today)
    lost = account()
    posted(lost, today - timedelta(days=500), 40, "parts")
    new = account()
    posted(new, today - timedelta(days=50), 70, "machine")
    keys = ("nrr_bridge", "revenue_per_customer", "revenue_kept")
    results = {key: compute(key, on=today, actor=System("tests")) for key in keys}
    drawn = flow(results, str)
    assert (drawn.start, drawn.end, drawn.new) == (140, 120, 70)
    assert [(b.amount, b.kind) for b in drawn.lost] == [(40, "lost")]
    assert sum(b.amount for b in drawn.kept) + sum(b.amount for b in drawn.lost) == drawn.start


def test_every_number_opens_its_receipt_of_the_same_day_and_filters(ceo: Client, today: date) -> None:
    a_base(today)
    day = (today - timedelta(days=1)).isoformat()
    page = ceo.get("/bowtie/", {"as_of": day, "country": "NL"}).content.decode()
    found = set(re.findall(r'href="(/metrics/[^"]+)"', page))
    assert len(found) >= 15
    for url in found:
        assert f"as_of={day}" in url and "country=NL" in url
        assert ceo.get(url.replace("&amp;", "&")).status_code == 200


def test_the_past_is_as_it_stood(ceo: Client, today: date) -> None:
    asset(account(), today - timedelta(days=10))
    before = ceo.get("/metrics/assets_in_service/", {"as_of": (today - timedelta(days=11)).isoformat()})
    assert before.context["result"].value == 0
    assert ceo.get("/metrics/assets_in_service/").context["result"].value == 1


def test_a_filter_that_means_nothing_is_said(ceo: Client, today: date) -> None:
    a_base(today)
    assert "team: there is no “Nobody”" in words(ceo.get("/bowtie/", {"team": "Nobody"})).replace(
        "&quot;Nobody&quot;", "“Nobody”"
    )


def test_filters_narrow_the_whole_page(ceo: Client, today: date) -> None:
    a_base(today)
    asset(account(country="DE"), today)
    assert ceo.get("/bowtie/").context["reading"].value("assets_in_service") == 2
    assert ceo.get("/bowtie/", {"country": "DE"}).context["reading"].value("assets_in_service") == 1
    assert "Nothing matches these filters" in words(ceo.get("/bowtie/", {"country": "FR"}))


def test_everyone_sees_the_figures_of_their_own_scope(client: Client, today: date) -> None:
    eva = person("eva")
    a_base(today)
    asset(account(owner=eva), today)
    client.force_login(eva)
    assert client.get("/bowtie/").context["reading"].value("assets_in_service") == 1


def test_without_prices_no_euro_is_on_the_page(client: Client, today: date) -> None:
    a_base(today)
    client.force_login(person("mark", Role.MARKETING))
    assert "€" not in words(client.get("/bowtie/"))
    receipt = client.get("/metrics/net_revenue_retention/")
    assert "Your role does not see prices" in words(receipt)
    assert "€" not in words(receipt)
    rows = b"".join(client.get("/metrics/nrr_bridge/rows.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "120" not in rows


@pytest.mark.parametrize("key", [m.key for m in catalogue()])
def test_the_receipt_shows_definition_sum_and_rows(ceo: Client, today: date, key: str) -> None:
    a_base(today, 2)
    response = ceo.get(f"/metrics/{key}/")
    result = response.context["result"]
    assert str(result.metric.definition)[:40].replace("'", "&#x27;") in response.content.decode()
    assert len(response.context["rows"]) == result.count + result.unknown


def test_the_sheet_gets_a_fragment(ceo: Client, today: date) -> None:
    a_base(today)
    fragment = ceo.get("/metrics/attach_rate/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Attach rate" in fragment and "1 / 1" in fragment


def test_the_file_has_all_rows_exact_and_harmless(ceo: Client, today: date) -> None:
    a_base(today, 60)
    posted(account("=SUM(A1)"), today - timedelta(days=500), "0.10")
    answer = ceo.get("/metrics/net_revenue_retention/rows.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 61
    assert sum(Decimal(r["denominator"]) for r in rows) == Decimal("6000.10")
    assert [r["name"] for r in rows if r["name"].startswith("'")] == ["'=SUM(A1)"]


def test_a_metric_that_is_none_is_not_found(ceo: Client) -> None:
    response = ceo.get("/metrics/attach_rat/")
    assert response.status_code == 404


def test_pages_of_a_receipt(ceo: Client, today: date) -> None:
    at = account()
    for number in range(60):
        posted(account(f"A{number:02}"), today - timedelta(days=400), number + 1)
    first, second = (ceo.get("/metrics/nrr_bridge/", {"page": page}) for page in (1, 2))
    sizes = [len(r.context["rows"]) for r in (first, second)]
    assert (at.pk > 0, sizes) == (True, [50, 10])


@pytest.mark.parametrize("customers", [1, 12])
def test_queries_do_not_grow_with_the_base(
    ceo: Client, today: date, customers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_base(today, customers)
    with django_assert_max_num_queries(26):
        ceo.get("/bowtie/")


def test_nobody_in_particular_signs_in_first(client: Client) -> None:
    for path in ("/bowtie/", "/metrics/attach_rate/", "/metrics/attach_rate/rows.csv"):
        assert client.get(path).headers["Location"].startswith("/login/")


def test_revenue_stands_in_bands_by_health(ceo: Client, today: date) -> None:
    for values, before in ((GREEN, 300), (YELLOW, 120), (RED, 80), (None, 40)):
        at = account()
        posted(at, today - timedelta(days=500), before, "parts")
        posted(at, today - timedelta(days=100), before, "parts")
        if values:
            stood(at, today, values)
    results = {key: compute(key, on=today, actor=System("tests")) for key in ("nrr_bridge", "revenue_per_customer")}
    parts = compute("revenue_by_health", on=today, actor=System("tests")).parts
    spread = {tier: Decimal(part or 0) for tier, part in parts.items()}
    drawn = flow(results, str, spread)
    assert [(b.amount, b.kind) for b in drawn.health] == [(300, "good"), (120, "watch"), (80, "risk"), (40, "unknown")]
    assert drawn.start == results["nrr_bridge"].parts["start"]
    said = words(ceo.get("/bowtie/"))
    assert "€540, by health" in said


def test_the_fourth_stage_shows_average_health(ceo: Client, today: date) -> None:
    a_base(today, 2)
    for at, values in zip(Account.objects.order_by("pk"), (GREEN, RED), strict=True):
        stood(at, today, values)
    head = ceo.get("/bowtie/").context["stages"][3]
    average = compute("health_average", on=today, actor=System("tests"))
    assert average.count == 2
    assert head.value == f"{average.value:.0f}"
    assert (head.metric, head.more[0]["name"]) == ("Average health", "Green customers")
