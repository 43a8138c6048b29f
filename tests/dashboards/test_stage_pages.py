"""The pages of the stages, the leak map on the bowtie, cohorts and reviews, as people use them."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from core import clock
from core.metrics import EVERYTHING, catalogue
from core.models import Owner, Role
from core.scope import System
from dashboards.bowtie.frames import cohorts
from dashboards.bowtie.places import BY_SLUG, PAGES, metrics_of
from dashboards.leaks.rules import KEYS
from dashboards.queries.cohorts import revenue_by_window, windows
from playbooks.actions import reviews as act
from playbooks.models import AgreedStep, Review
from tests.cast import account, asset, cover, person, pool, posted, term

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return clock.today()


@pytest.fixture
def ceo(client: Client) -> Client:
    client.force_login(person("ceo", Role.EXECUTIVE))
    return client


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def a_base(today: date, customers: int = 1) -> None:
    """Customers of 100 then and 60 now in parts, each with a covered machine and one without a contract."""
    for _ in range(customers):
        at = account(country="NL", segment="small")
        cover(
            term(at, today - timedelta(days=300), today + timedelta(days=40)), asset(at, today - timedelta(days=4000))
        )
        asset(at, today - timedelta(days=900))
        posted(at, today - timedelta(days=500), 100, "parts")
        posted(at, today - timedelta(days=100), 60, "parts")


# The stages


def test_every_metric_but_the_leaks_stands_on_exactly_one_page() -> None:
    shown = [m.key for page in PAGES for m in metrics_of(page)]
    assert sorted(shown) == sorted(m.key for m in catalogue() if m.key not in KEYS)


@pytest.mark.parametrize("slug", list(BY_SLUG))
def test_a_stage_page_shows_its_metrics_its_lists_and_what_to_ask(ceo: Client, today: date, slug: str) -> None:
    a_base(today)
    response = ceo.get(f"/bowtie/{slug}/")
    page, said = BY_SLUG[slug], words(response)
    found = re.findall(r'href="/metrics/([a-z0-9_]+)/', response.content.decode())
    assert {m.key for m in metrics_of(page)} <= set(found)
    for question in (*page.weekly, *page.monthly, *page.quarterly):
        assert str(question) in said
    for one in response.context["lists"]:
        assert ceo.get(one["url"]).status_code == 200


def test_a_name_that_is_no_stage_is_not_found(ceo: Client) -> None:
    assert ceo.get("/bowtie/growth/").status_code == 404


def test_the_page_says_what_was_kept_and_what_is_missing(ceo: Client, today: date) -> None:
    a_base(today)
    said = words(ceo.get("/bowtie/expansion/"))
    assert "60% of last year's revenue was kept. €50 is missing for 110%." in said
    assert "Net revenue retention is 60% (target over 110%)" in said


def test_the_headline_is_cut_by_owner_and_segment_of_what_one_sees(client: Client, today: date) -> None:
    north = pool("North")
    eva = person("eva", team=north)
    mine, theirs = account(owner=eva, segment="small"), account(owner=person("tom"), segment="enterprise")
    for at, now in ((mine, 120), (theirs, 50)):
        posted(at, today - timedelta(days=500), 100)
        posted(at, today - timedelta(days=100), now)
    client.force_login(eva)
    cuts = client.get("/bowtie/expansion/").context["cuts"]
    assert [(c.name, c.value) for group in cuts for c in group["rows"]] == [("eva", "120%"), ("Small", "120%")]
    assert client.get(cuts[0]["rows"][0].receipt).context["result"].value == Decimal("1.2")


def test_a_past_day_and_filters_go_with_every_link(ceo: Client, today: date) -> None:
    a_base(today)
    day = (today - timedelta(days=1)).isoformat()
    page = ceo.get("/bowtie/expansion/", {"as_of": day, "country": "NL"}).content.decode()
    for url in set(re.findall(r'href="(/metrics/[^"]+)"', page)):
        assert f"as_of={day}" in url and "country=NL" in url
    assert f'href="/bowtie/adoption/?as_of={day}&amp;country=NL"' in page
    assert "Agree on a step" not in page


@pytest.mark.parametrize("customers", [1, 9])
def test_queries_do_not_grow_with_the_base(
    ceo: Client, today: date, customers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_base(today, customers)
    with django_assert_max_num_queries(40):
        ceo.get("/bowtie/expansion/")


# The leak map


def test_the_bowtie_lists_its_leaks_measured_apart_from_potential(ceo: Client, today: date) -> None:
    a_base(today, 2)
    response = ceo.get("/bowtie/")
    lost, missed = response.context["leaks"]["groups"]
    assert (lost["sum"], lost["lines"][0].letter, lost["lines"][0].value) == ("€80", "D", "€80")
    assert [line.letter for line in missed["lines"]] == ["F", "G", "H", "I"]
    assert "Where it leaks: €80 lost in a year" in words(response)
    page = response.content.decode()
    assert page.count('class="leak-letter"') == 9
    for letter in "ABCDEFGHI":
        assert f'href="#leak-{letter}"' in page and f'id="leak-{letter}"' in page


def test_a_step_is_agreed_on_a_leak_and_stands_with_it_until_it_is_done(ceo: Client, today: date) -> None:
    a_base(today)
    due = today + timedelta(days=7)
    answer = ceo.post(
        reverse("dashboards:step_new", args=["leak_parts_decline"]),
        {"title": "Call list of one", "due_on": due.isoformat(), "owner": "", "metric": "leak_parts_decline"},
    )
    assert answer.headers["Location"] == "/bowtie/#leaks"
    step = AgreedStep.objects.get()
    assert (step.metric, step.owner.name, step.due_on) == ("leak_parts_decline", "ceo", due)
    assert "Call list of one" in words(ceo.get("/bowtie/"))
    ceo.post(reverse("dashboards:step_done", args=[step.pk]))
    step.refresh_from_db()
    assert step.done_by is not None
    assert (step.done_on, step.done_by.username) == (today, "ceo")
    assert "Call list of one" not in words(ceo.get("/bowtie/"))
    ceo.post(reverse("dashboards:step_done", args=[step.pk]), {"undo": "1"})
    assert AgreedStep.objects.open().count() == 1


def test_a_step_in_the_past_is_refused_with_a_sentence(ceo: Client, today: date) -> None:
    response = ceo.post(
        reverse("dashboards:step_new", args=["leak_uncovered"]),
        {"title": "x", "due_on": (today - timedelta(days=1)).isoformat(), "metric": "leak_uncovered"},
    )
    assert response.status_code == 422
    assert "A step lies ahead; choose today or later." in words(response)
    assert not AgreedStep.objects.exists()


def test_who_sees_no_prices_sees_no_euros_and_agrees_on_nothing(client: Client, today: date) -> None:
    a_base(today)
    client.force_login(person("noor", Role.MARKETING))
    said = words(client.get("/bowtie/"))
    assert "Your role does not see prices and contract values." in said and "€" not in said
    assert client.get(reverse("dashboards:step_new", args=["leak_uncovered"])).status_code == 403
    assert "Prices are not shown to you" in words(client.get("/bowtie/cohorts/"))


# Cohorts


ROWS = st.lists(st.lists(st.decimals(-100, 1000, places=2), min_size=4, max_size=4).map(tuple), max_size=12)


@given(ROWS)
def test_cohorts_hold_every_customer_once_and_every_cent(rows: list[tuple[Decimal, ...]]) -> None:
    found = cohorts(rows)
    there = [row for row in rows if any(amount > 0 for amount in row)]
    began = [next(place for place, amount in enumerate(row) if amount > 0) for row in there]
    assert sum(c.customers for c in found) == len(there)
    assert [c.began for c in found] == sorted(set(began))
    for cohort in found:
        mine = [row for row, at in zip(there, began, strict=True) if at == cohort.began]
        assert cohort.revenue == tuple(sum(column) for column in list(zip(*mine, strict=True))[cohort.began :])


def test_a_cohort_counts_by_windows_to_the_day(ceo: Client, today: date) -> None:
    young, old, gone = account(), account(), account(merged_into=None)
    posted(young, today - timedelta(days=500), 100)
    posted(young, today - timedelta(days=10), 150)
    posted(old, today - timedelta(days=365 * 7), 80)
    posted(old, today - timedelta(days=365 * 6 - 30), 80)
    posted(gone, today - timedelta(days=20), 70, state="planned")
    rows = revenue_by_window(on=today, actor=System("tests"), filters=EVERYTHING)
    assert [[int(amount) for amount in row] for row in sorted(rows)] == [[0, 0, 0, 0, 100, 150], [80, 0, 0, 0, 0, 0]]
    assert windows(today)[-1].last == today
    assert "150%" in words(ceo.get("/bowtie/cohorts/"))


# Reviews


def begin(client: Client, kind: str = "monthly", team: Any = "") -> Review:
    client.post("/bowtie/reviews/", {"kind": kind, "team": team})
    return Review.objects.latest("pk")


def test_a_review_keeps_notes_steps_and_the_figures_it_was_closed_with(ceo: Client, today: date) -> None:
    a_base(today)
    review = begin(ceo)
    url = reverse("dashboards:review", args=[review.pk])
    assert "Open: the figures are those of today" in words(ceo.get(url))
    ceo.post(f"{url}notes/", {"notes": "Parts worry us."})
    ceo.post(f"{url}steps/", {"title": "Visit both", "due_on": today.isoformat(), "metric": "net_revenue_retention"})
    ceo.post(f"{url}close/")
    posted(account(), today - timedelta(days=500), 1000)
    review.refresh_from_db()
    shown = words(ceo.get(url))
    assert review.closed_on == today
    assert review.figures["figures"]["net_revenue_retention"]["value"].startswith("0.6")
    for said in ("Closed on", "Parts worry us.", "Visit both", "60%", "Customers who buy fewer parts", "€40"):
        assert said in shown
    assert "Keep the notes" not in shown


def test_a_closed_review_takes_no_more_notes_or_steps(ceo: Client, today: date) -> None:
    review = begin(ceo)
    url = reverse("dashboards:review", args=[review.pk])
    ceo.post(f"{url}close/")
    answer = ceo.post(f"{url}notes/", {"notes": "late"}, follow=True)
    assert "This review is closed" in words(answer)
    step = {"title": "late", "due_on": today.isoformat(), "metric": "nps"}
    assert "This review is closed" in words(ceo.post(f"{url}steps/", step, follow=True))
    review.refresh_from_db()
    assert (review.notes, AgreedStep.objects.count()) == ("", 0)


def test_one_review_of_a_kind_and_team_a_day(ceo: Client) -> None:
    begin(ceo)
    assert "This review was begun today already" in words(ceo.post("/bowtie/reviews/", {"kind": "monthly", "team": ""}))
    north = pool("North")
    assert begin(ceo, team=north.pk).team == north
    assert Review.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "slugs"),
    [("pipeline", ["pipeline", "conversion"]), ("health", ["adoption", "expansion"]), ("quarterly", list(BY_SLUG))],
)
def test_rv_01_to_03_each_review_looks_at_its_stages(ceo: Client, kind: str, slugs: list[str]) -> None:
    review = begin(ceo, kind)
    groups = ceo.get(reverse("dashboards:review", args=[review.pk])).context["groups"]
    assert [group["page"].slug for group in groups] == slugs
    assert all(len(group["rows"]) <= 5 and group["asks"] for group in groups)


def test_reviews_are_for_those_who_see_their_figures(client: Client, today: date) -> None:
    ceo, north, south = person("ceo", Role.EXECUTIVE), pool("North"), pool("South")
    whole = act.open_review(kind="monthly", by=ceo, on=today)
    mine = act.open_review(kind="monthly", by=ceo, on=today, team=north)
    theirs = act.open_review(kind="monthly", by=ceo, on=today, team=south)
    eva = person("eva", team=north)
    account(owner=eva)
    act.agree_step(metric="nps", title="For eva", due_on=today, by=ceo, on=today, owner=Owner.objects.of(eva))
    act.agree_step(metric="nps", title="For the south", due_on=today, by=ceo, on=today, owner=Owner.objects.of(south))
    client.force_login(eva)
    answers = [client.get(reverse("dashboards:review", args=[r.pk])).status_code for r in (whole, mine, theirs)]
    assert answers == [404, 200, 404]
    assert "Agreed in a review Reviews For eva" in words(client.get("/"))
    listed = words(client.get("/bowtie/reviews/"))
    assert "For eva" in listed and "For the south" not in listed
    client.force_login(person("ruud", Role.TECHNICIAN))
    assert client.get(reverse("dashboards:review", args=[mine.pk])).status_code == 404


def test_money_of_a_closed_review_is_for_who_sees_prices(client: Client, ceo: Client, today: date) -> None:
    a_base(today)
    review = begin(ceo)
    ceo.post(reverse("dashboards:review_close", args=[review.pk]))
    client.force_login(person("noor", Role.MARKETING))
    said = words(client.get(reverse("dashboards:review", args=[review.pk])))
    assert "Customers who buy fewer parts" in said and "€" not in said
