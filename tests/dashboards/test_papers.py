"""Pages on paper: the day, the filters, the scope and the prices of the page itself, in the reader's language."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.charts.printed import ink, inked, printed
from core.clock import today
from core.models import Organisation, Owner, Role, User
from core.paper import as_pdf
from dashboards.bowtie.places import BY_SLUG
from dashboards.papers import printing
from dashboards.papers.content import Block, Cell, KeyFigure, Paper, Row
from expansion.actions import planning
from playbooks.actions import reviews as act
from tests import cast

pytestmark = pytest.mark.django_db
ALL = ("/bowtie/pdf/", "/bowtie/cohorts/pdf/", *(f"/bowtie/{slug}/pdf/" for slug in BY_SLUG))


@pytest.fixture(autouse=True)
def as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document before it becomes a PDF."""
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    monkeypatch.setattr(printing, "as_pdf", lambda html, sheet: html.encode())


def person(name: str, role: str = Role.EXECUTIVE, team: Any = None, language: str = "en") -> User:
    user = cast.person(name, role, team)
    user.language = language
    user.save()
    return user


@pytest.fixture
def elke(client: Client) -> User:
    user = person("elke")
    client.force_login(user)
    return user


def text_of(answer: Any) -> str:
    bare = re.sub(r"<(style|head).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare))).replace("\xa0", " ")


def a_base(customers: int = 1, owner: Any = None) -> None:
    for _ in range(customers):
        at = cast.account(owner=owner, country="NL", segment="small")
        machine = cast.asset(at, today() - timedelta(days=4000))
        cast.cover(cast.term(at, today() - timedelta(days=300), today() + timedelta(days=40)), machine)
        cast.asset(at, today() - timedelta(days=900))
        for days, amount in ((500, 100), (100, 120)):
            cast.posted(at, today() - timedelta(days=days), amount, "service_contract")


def test_the_bowtie_has_its_day_its_figures_its_picture_and_its_receipts(client: Client, elke: User) -> None:
    a_base()
    answer = client.get("/bowtie/pdf/")
    said = text_of(answer)
    assert answer["Content-Type"] == "application/pdf"
    assert f'filename="the-bowtie-{today().isoformat()}.pdf"' in answer["Content-Disposition"]
    for words in (
        "As of ",
        "compared with",
        "Net revenue retention",
        "120%",
        "Five stages",
        "Where it leaks",
        "Receipts",
    ):
        assert words in said
    page = answer.content.decode()
    assert 'class="chart bowtie"' in page and ".bowtie .s1" not in page and "<style>" in page
    assert f"http://127.0.0.1:8000/metrics/net_revenue_retention/?as_of={today().isoformat()}" in page
    assert "var(--" not in page and "<nav" not in page and "csrf" not in page


def test_a_past_day_and_filters_are_said_and_kept(client: Client, elke: User) -> None:
    a_base()
    page = client.get("/bowtie/expansion/pdf/?as_of=2026-06-30&segment=small&country=NL").content.decode()
    said = text_of(client.get("/bowtie/expansion/pdf/?as_of=2026-06-30&segment=small"))
    assert "As of 30 June 2026" in said and re.search(r"Segment: *small", said, re.I)
    assert "/metrics/net_revenue_retention/?as_of=2026-06-30&amp;segment=small&amp;country=NL" in page


def test_against_nothing_there_is_no_outline(client: Client, elke: User) -> None:
    a_base()
    assert "dashed outline" in text_of(client.get("/bowtie/pdf/"))
    said = text_of(client.get("/bowtie/pdf/?against=nothing"))
    assert "dashed outline" not in said and "compared with" not in said


def test_a_filter_that_is_not_there_is_said_on_the_page(client: Client, elke: User) -> None:
    answer = client.get("/bowtie/pdf/?team=987")
    assert (answer.status_code, answer["Location"]) == (302, "/bowtie/?team=987")
    assert "Shown without filters." in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("path", ALL)
def test_every_page_prints_an_empty_base_too(client: Client, elke: User, path: str) -> None:
    assert text_of(client.get(path)).startswith(" Voss Robotics")


def test_each_reader_prints_what_they_may_see(client: Client) -> None:
    north = cast.pool("North")
    a_base(2, person("mila", Role.CS_MANAGER, north))
    a_base(1, cast.pool("South"))
    seen = {}
    for name, role in (("elke", Role.EXECUTIVE), ("lead", Role.TEAM_LEAD), ("ilse", Role.OPERATIONS)):
        client.force_login(person(name, role, north if role == Role.TEAM_LEAD else None))
        seen[name] = text_of(client.get("/bowtie/pdf/"))
    assert "3 earlier customers bring" in seen["elke"] and "2 earlier customers bring" in seen["lead"]
    assert "€360" in seen["elke"] and "€360" not in seen["lead"]
    assert "€" not in seen["ilse"].replace("Euros", "")
    assert "Your role does not see prices and contract values." in seen["ilse"]
    assert "Your role does not see prices" in text_of(client.get("/bowtie/cohorts/pdf/"))


def test_in_dutch_for_who_reads_dutch(client: Client) -> None:
    a_base()
    client.force_login(person("elke", language="nl"))
    answer = client.get("/bowtie/pdf/")
    assert '<html lang="nl">' in answer.content.decode()
    assert "Vijf fasen" in text_of(answer) and "Stand op" in text_of(answer)


def test_a_review_prints_what_was_on_the_table(client: Client, elke: User) -> None:
    a_base()
    review = act.open_review(kind="monthly", by=elke, on=today())
    act.write_notes(review=review, notes="Parts first.\n<b>Really</b>", by=elke)
    act.agree_step(
        metric="leak_uncovered", title="Call the ten largest", due_on=today(), by=elke, on=today(), review=review
    )
    said = text_of(client.get(f"/bowtie/reviews/{review.pk}/pdf/"))
    for words in ("Open: the figures are those of today", "Parts first.", "<b>Really</b>", "Call the ten largest"):
        assert words in said
    review.refresh_from_db()
    act.close_review(review=review, figures={"on": "2026-06-30", "figures": {}}, by=elke, on=today())
    assert "Closed on" in text_of(client.get(f"/bowtie/reviews/{review.pk}/pdf/"))
    client.force_login(person("ruud", Role.TECHNICIAN))
    assert client.get(f"/bowtie/reviews/{review.pk}/pdf/").status_code == 404


def test_an_account_plan_prints_for_its_team_and_hides_what_names_people(client: Client) -> None:
    mila = person("mila", Role.CS_MANAGER, cast.pool("North"))
    at = cast.account("Van Houten", mila)
    plan = planning.open_plan(account=at, year=today().year, by=mila, on=today())
    planning.write_plan(plan=plan, by=mila, aim="Everything under contract")
    planning.agree_action(
        plan=plan, title="Propose it", due_on=today(), owner=Owner.objects.of(mila), by=mila, on=today()
    )
    path = f"/expansion/plans/{plan.pk}/pdf/"
    client.force_login(mila)
    said = text_of(client.get(path))
    assert f"Van Houten, plan {today().year}" in said
    assert "Everything under contract" in said and "Propose it" in said
    client.force_login(person("elke"))
    assert "Everything under contract" not in text_of(client.get(path))
    client.force_login(person("carl", Role.CS_MANAGER, cast.pool("South")))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("customers", [1, 3])
def test_the_bowtie_on_paper_asks_the_same_however_many(
    client: Client, elke: User, customers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_base(customers)
    client.get("/bowtie/pdf/")
    with django_assert_max_num_queries(60):
        client.get("/bowtie/pdf/")


# The paper itself.


def a_paper() -> Paper:
    row = Row((Cell("Win rate"), Cell("40%", href="/metrics/win_rate/", number=True)))
    figure = KeyFigure("NRR", "120%", "good", "On target", "over 110%", "", "/metrics/nrr/")
    again = Row((Cell("Same"), Cell("120%", href="/metrics/nrr/", number=True)))
    block = Block("Table", heads=("Figure", "Value"), rows=(row, again))
    return Paper("A page", "In short", date(2026, 11, 23), "/bowtie/", figures=(figure,), blocks=(block,))


def test_each_receipt_is_one_note_in_the_order_of_the_page() -> None:
    assert a_paper().links() == [(1, "NRR", "/metrics/nrr/"), (2, "Win rate", "/metrics/win_rate/")]
    html = printing.pdf_of(a_paper()).decode()
    assert html.count("<sup>1</sup>") == 2 and html.count("<sup>2</sup>") == 1


def test_it_is_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "as_pdf", as_pdf)
    assert printing.pdf_of(a_paper()).startswith(b"%PDF-")
    assert printing.file_name(a_paper()) == "a-page-2026-11-23.pdf"


def test_a_drawing_brings_the_colours_of_its_own_classes() -> None:
    drawing = printed('<svg class="chart bowtie"><rect class="core"/></svg>')
    assert f".bowtie .core{{fill: {ink('accent-fill')};}}" in drawing
    assert "knot" not in drawing and "var(" not in drawing and ":hover" not in drawing
    assert printed("no drawing") == "no drawing"
    assert re.fullmatch(r"#[0-9a-f]{6}", ink("risk")) and ink("paper") == "white"
    assert inked("a { color: var(--paper) }") == "a { color: white }"
    with pytest.raises(KeyError):
        ink("rainbow")
