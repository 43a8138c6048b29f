"""The pack: every figure is what its rows make, what was shared stays what it was, and it is a paper to hand over."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.models import Role
from core.scope import System
from dashboards.qbr.content import PARTS, build
from dashboards.qbr.figures import HOW, How, Key, PackRow, as_json, figure, from_json, worked
from dashboards.qbr.gather import Span, span_of
from health.models import Question
from playbooks.models import QbrPack
from tests import cast
from tests.playbooks.meetings import customer, meeting
from tests.renewals.pages import text_of

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)
SPAN = Span(date(2026, 8, 21), ON)
amounts = st.none() | st.decimals(0, 10_000, places=2)
row = st.builds(PackRow, name=st.text(max_size=5), amount=amounts, of=st.decimals(1, 10_000, places=2))


@pytest.fixture
def mila():
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def at(mila):
    """A customer with a machine, two stops of 3 and 5 hours, one small ticket, a visit, readings, goals, answers."""
    at = customer("Van Houten", mila)
    machine = at.assets.get()
    stop = {"asset": machine, "kind": "breakdown"}
    cast.ticket(at, date(2026, 9, 1), 10, number="T-1", title="Infeed jam", downtime_hours=3, **stop)
    cast.ticket(at, date(2026, 10, 1), 30, number="T-2", title="Servo alarm", downtime_hours=5,
                first_answer_at=cast.at_hour(date(2026, 10, 1), 11), **stop)  # fmt: skip
    cast.ticket(at, date(2026, 11, 1), None, number="T-3", title="Question", kind="question")
    cast.ticket(at, date(2026, 5, 1), 5, number="T-0", title="Long ago", downtime_hours=40, **stop)
    cast.visit(at, date(2026, 9, 2), asset=machine)
    cast.reading(machine, date(2026, 9, 30), output=1000, good_output=980)
    cast.reading(machine, date(2026, 10, 31), output=500, good_output=490)
    cast.roi(at, date(2026, 1, 10), date(2026, 10, 10), goal="Scrap below 2 %", promised=2, realised=1, unit="%")
    cast.roi(at, date(2026, 2, 10), goal="900 boxes an hour")
    cast.answer(at, date(2026, 10, 5), 8, question=Question.SATISFACTION)
    cast.answer(at, date(2026, 10, 6), 5, question=Question.SATISFACTION, scale_from=1, scale_to=5)
    return at


def values(content):
    return {key: from_json(kept).value for key, kept in content["figures"].items()}


def test_the_figures_of_a_quarter(mila, at):
    found = values(build(meeting(at, ON), mila, SPAN))
    hours = 24 * Decimal((ON - SPAN.first).days + 1)
    assert found == {
        "uptime": (hours - 8) / hours,
        "downtime": 8,
        "stops": 2,
        "output": 1500,
        "quality": Decimal(1470) / 1500,
        "opened": 3,
        "solved": 2,
        "response": 2,
        "resolution": 20,
        "visits": 1,
        "goals": Decimal("0.5"),
        "wins": 1,
        "satisfaction": 9,
        "recommend": None,
        "actions": None,
    }


def test_each_figure_is_what_its_rows_make(mila, at):
    before = meeting(at, date(2026, 8, 20), held_at=cast.at_hour(date(2026, 8, 20), 12))
    for title, done in (("One", date(2026, 9, 1)), ("Two", None)):
        before.actions.create(title=title, due_on=ON, ours=False, done_on=done, created_on=before.planned_on)
    content = build(meeting(at, ON), mila, SPAN)
    seen = set()
    for kept in content["figures"].values():
        found = from_json(kept)
        assert found.value == worked(found.how, found.rows), found.key
        seen.add(found.how)
    assert seen == set(How)
    assert values(content)["actions"] == Decimal("0.5")


def test_downtime_that_nobody_wrote_down_makes_uptime_unknown_and_not_a_hundred(mila, at):
    cast.ticket(at, date(2026, 11, 2), 4, asset=at.assets.get(), kind="breakdown")
    content = build(meeting(at, ON), mila, SPAN)
    assert (values(content)["uptime"], values(content)["downtime"], values(content)["stops"]) == (None, 8, 3)
    assert from_json(content["figures"]["downtime"]).unknown == 1


def test_a_stop_without_a_machine_counts_in_downtime_and_in_uptime(mila, at):
    cast.ticket(at, date(2026, 11, 2), 4, kind="breakdown", downtime_hours=2)
    content = build(meeting(at, ON), mila, SPAN)
    uptime = from_json(content["figures"]["uptime"])
    assert uptime.value == worked(How.SHARE, uptime.rows)
    assert sum(r.of for r in uptime.rows) - sum(r.amount for r in uptime.rows) == values(content)["downtime"] == 10


def test_without_any_record_nothing_is_known(mila):
    content = build(meeting(customer("New", mila), ON), mila, SPAN)
    unknown = {key for key, value in values(content).items() if value is None}
    assert {"uptime", "downtime", "output", "quality", "response", "satisfaction", "goals", "solved"} <= unknown


@given(st.sampled_from(list(Key)), st.lists(row, max_size=8))
def test_what_is_kept_is_read_back_to_the_last_digit(key, rows):
    found = figure(key, rows)
    assert from_json(as_json(found)) == found


@given(st.lists(row, min_size=1, max_size=8))
def test_a_share_lies_between_its_rows_and_the_order_of_rows_does_not_matter(rows):
    for how in How:
        assert worked(how, rows) == worked(how, list(reversed(rows)))
    known = [r.amount / r.of for r in rows if r.amount is not None and r.of]
    if known:
        share = worked(How.SHARE, rows)
        assert min(known) - Decimal("0.0001") <= share <= max(known) + Decimal("0.0001")


def test_every_figure_has_its_part_or_stands_behind_one():
    placed = {key for keys in PARTS.values() for key in keys}
    assert set(Key) - placed == {Key.STOPS}
    assert set(HOW) <= set(Key)


def test_the_pack_begins_after_the_last_that_was_held_else_with_the_quarter(mila, at):
    first = meeting(at, ON)
    assert span_of(first, at, ON, None) == Span(date(2026, 8, 21), ON)
    meeting(at, date(2026, 7, 1), held_at=datetime.fromisoformat("2026-07-01T10:00:00+00:00"))
    assert span_of(first, at, ON, None) == Span(date(2026, 7, 2), ON)
    assert span_of(first, at, ON + timedelta(days=9), None).on == ON


def test_the_page_says_each_figure_once_and_opens_its_rows(client, mila, at):
    qbr = meeting(at, clock.today())
    client.force_login(mila)
    text = text_of(client.get(reverse("dashboards:qbr_pack", args=[qbr.pk])))
    assert "1. Review of the period" in text and "5. Actions" in text
    rows = client.get(reverse("dashboards:qbr_rows", args=[qbr.pk, "goals"]))
    assert "1 of 2" in text_of(rows) and "900 boxes an hour" in text_of(rows)
    assert client.get(reverse("dashboards:qbr_rows", args=[qbr.pk, "nonsense"])).status_code == 404
    sheet = client.get(reverse("dashboards:qbr_rows", args=[qbr.pk, "goals"]), headers={"HX-Request": "true"})
    assert "<html" not in sheet.content.decode() and "Goals met" in text_of(sheet)


def test_what_was_shared_stays_what_it_was(client, mila, at):
    qbr = meeting(at, clock.today())
    client.force_login(mila)
    answer = client.post(reverse("dashboards:qbr_share", args=[qbr.pk]), {"lang": "en"})
    kept = QbrPack.objects.visible_to(System("tests")).get()
    assert answer.url.endswith(f"?shared={kept.pk}")
    cast.roi(at, date(2026, 3, 1), goal="A goal that came later")
    shared = text_of(client.get(answer.url))
    assert "1 of 2" in shared and "came later" not in shared
    assert "1 of 3" in text_of(client.get(reverse("dashboards:qbr_pack", args=[qbr.pk]), {"lang": "en"}))
    rows = reverse("dashboards:qbr_rows", args=[qbr.pk, "goals"])
    assert "came later" not in text_of(client.get(rows, {"shared": kept.pk}))
    assert client.get(rows, {"shared": kept.pk + 1}).status_code == 404


def paper_of(monkeypatch, client, qbr, code):
    """What is set on paper, as it is read."""
    monkeypatch.setattr("dashboards.qbr.views.packs.as_pdf", lambda html, sheet: html.encode())
    return text_of(client.get(reverse("dashboards:qbr_pdf", args=[qbr.pk]), {"lang": code}))


def test_the_paper_holds_the_rows_and_no_word_that_is_for_us(client, mila, at, monkeypatch):
    qbr = meeting(
        at, clock.today(), health_note="Secret health", risks_note="Secret risk", chances_note="Secret chance"
    )
    client.force_login(mila)
    text = paper_of(monkeypatch, client, qbr, "en")
    assert "Van Houten, business review" in text and "900 boxes an hour" in text
    assert "What the figures rest on" in text
    assert "Secret" not in text


def test_the_paper_is_a_pdf_in_each_language(client, mila, at):
    qbr = meeting(at, clock.today())
    client.force_login(mila)
    for code in ("en", "nl"):
        answer = client.get(reverse("dashboards:qbr_pdf", args=[qbr.pk]), {"lang": code})
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")
        assert "van-houten" in answer["Content-Disposition"]


def test_an_executive_prints_it_without_words_that_people_wrote(client, at, monkeypatch):
    qbr = meeting(at, clock.today())
    client.force_login(cast.person("ceo", Role.EXECUTIVE))
    text = paper_of(monkeypatch, client, qbr, "en")
    assert "Van Houten" in text
    assert "900 boxes" not in text and "Infeed jam" not in text
