"""The board, the panels and what is done in place: who sees what, and what each act leaves."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Role
from installed_base.models import Asset, ContactMoment, Promise, RoiRecord, Training
from tests import cast
from tests.adoption.base import LIVE, live, on, promise, training

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


@pytest.fixture
def desk(client, mila):
    client.force_login(mila)
    return client


def test_the_board_puts_machines_into_their_phase_and_the_worst_first(desk, machine, mila):
    cast.ticket(machine.account, on(3), asset=machine, kind="breakdown", number="T-7")
    late = live(cast.account("Bergmann", mila), LIVE - timedelta(days=40), on_specification_on=LIVE)
    cast.moment(late.account, on(15))
    answer = desk.get("/adoption/")
    said = text_of(answer)
    assert "Begin with" in said and "It has stood still for 13 days without a solution." in said
    columns = {column.key: [card.account for card in column.cards] for column in answer.context["columns"]}
    assert columns == {"before": [], "early": ["Van Houten"], "value": ["Bergmann"], "steady": []}
    assert [card.started.standing.course for card in answer.context["lines"]] == ["stuck", "on_track"]
    assert "day 16 of 28" in said and "day 56 of 84" in said and "Check-in 23 Nov" in said


def test_the_board_is_narrowed_and_shown_as_a_list(desk, machine, mila):
    other = live(cast.account("Bergmann", mila, segment="small"))
    for query, found in (
        ("segment=enterprise", ["Van Houten"]),
        ("course=stuck", ["Bergmann"]),
        ("q=berg", ["Bergmann"]),
        (f"q={machine.serial}", ["Van Houten"]),
        ("phase=value&view=list", []),
        ("owner=99", []),
    ):
        assert [card.account for card in desk.get(f"/adoption/?{query}").context["lines"]] == found, query
    assert f"/assets/{other.pk}/" in desk.get("/adoption/?view=list").content.decode()


def test_a_past_day_is_read_only(desk, machine):
    assert "Log a check-in" in text_of(desk.get("/adoption/"))
    then = desk.get(f"/adoption/?as_of={on(2)}")
    assert "Log a check-in" not in text_of(then)
    assert [card.day for card in then.context["lines"]] == ["day 2 of 28"]
    waiting = desk.get(f"/adoption/?as_of={on(-3)}").context["lines"]
    assert [card.started.standing.phase for card in waiting] == ["before"]


def test_the_other_team_and_technicians_see_no_start_of_hers(client, machine):
    client.force_login(cast.person("bob", team=cast.pool("South")))
    assert client.get("/adoption/").context["lines"] == []
    for page in ("go-live", "check-in", "promises/new", "training/new", "results/new"):
        assert client.get(f"/assets/{machine.pk}/{page}/").status_code == 404
    client.force_login(cast.person("ruud", Role.TECHNICIAN))
    assert client.get("/adoption/").status_code == 404


def test_an_executive_reads_the_course_and_no_words_of_people(client, machine):
    promise(machine.account, asset=machine, text="As Anja wants it", measured=1, measured_on=on(3))
    training(machine, contact=cast.contact(machine.account, name="Anja Kool"))
    cast.roi(machine.account, on(1), goal="What Anja asked", asset=machine)
    client.force_login(cast.person("ceo", Role.EXECUTIVE))
    for page in ("/adoption/", f"/assets/{machine.pk}/", f"/accounts/{machine.account_id}/"):
        said = text_of(client.get(page))
        assert "Anja" not in said, page
        assert "Log a check-in" not in said
    assert "measured 1, promised 900" in text_of(client.get("/adoption/"))


@pytest.mark.parametrize(
    ("page", "body", "left"),
    [
        ("check-in", {"kind": "call", "happened_on": on(16), "note": "Runs"},
         lambda: ContactMoment.objects.filter(note="Runs").count()),
        ("on-specification", {"on": on(12)}, lambda: Asset.objects.filter(on_specification_on=on(12)).count()),
        ("promises/new", {"kind": "uptime", "text": "95 %", "direction": "at_least", "promised": "95",
                          "promised_on": on(0)}, lambda: Promise.objects.filter(promised=95).count()),
        ("training/new", {"kind": "operation", "people": "6"}, lambda: Training.objects.filter(people=6).count()),
    ],
)  # fmt: skip
def test_what_is_written_in_place_stands_and_leads_back(desk, machine, page, body, left):
    address = f"/assets/{machine.pk}/{page}/?next=/adoption/"
    assert desk.get(address).status_code == 200
    assert desk.post(address, body | {"next": "/adoption/"}).url == "/adoption/"
    assert left() == 1


def test_what_cannot_be_comes_back_with_its_sentence(desk, machine):
    answer = desk.post(f"/assets/{machine.pk}/go-live/", {"on": on(17)})
    assert (answer.status_code, "That day has not come yet" in answer.content.decode()) == (422, True)
    row = promise(machine.account, asset=machine)
    answer = desk.post(f"/promises/{row.pk}/measure/", {"value": "900", "on": "2019-01-01"})
    assert (answer.status_code, "before it was promised" in answer.content.decode()) == (422, True)


def test_a_promise_is_measured_let_go_and_opened_again(desk, machine):
    row = promise(machine.account, asset=machine, due_on=on(20))
    page = f"/assets/{machine.pk}/"
    assert "due soon" in text_of(desk.get(page))
    desk.post(f"/promises/{row.pk}/measure/", {"value": "880", "on": on(16)})
    assert "below" in text_of(desk.get(page))
    desk.post(f"/promises/{row.pk}/measure/", {"value": "910", "on": on(16)})
    assert "kept" in text_of(desk.get(page))
    desk.post(f"/promises/{row.pk}/reopen/")
    desk.post(f"/promises/{row.pk}/let-go/", {"reason": "Changed the line"})
    assert "let go" in text_of(desk.get(page))
    desk.post(f"/promises/{row.pk}/reopen/")
    desk.post(f"/promises/{row.pk}/kept/", {"on": on(16)})
    assert Promise.objects.get().met_on == on(16)


def test_training_shows_the_share_and_who_is_missing(desk, machine):
    anja = training(machine, contact=cast.contact(machine.account, name="Anja Kool"))
    training(machine, people=3, trained_on=on(4))
    said = text_of(desk.get(f"/assets/{machine.pk}/"))
    assert "Training: 3 of 4 operators" in said and "Anja Kool" in said
    desk.post(f"/trainings/{anja.pk}/trained/", {"on": on(16)})
    assert "Training: 4 of 4 operators" in text_of(desk.get(f"/assets/{machine.pk}/"))
    desk.post(f"/trainings/{anja.pk}/undo/")
    desk.post(f"/trainings/{anja.pk}/remove/")
    assert Training.objects.count() == 1


def test_the_calculator_shows_its_sum_and_keeps_it_when_asked(desk, machine):
    address = f"/assets/{machine.pk}/results/new/"
    figures = {"hours_before": "100", "hours_after": "60", "cost_hour": "30", "weeks": "48", "price": "172800"}
    result = {"goal": "Fewer hours", "agreed_on": str(on(2)), "before": "100", "promised": "60"}
    worked = text_of(desk.post(address, figures | result | {"work_out": "1"}))
    assert "€57,600 a year" in worked and "36.0 months" in worked
    assert RoiRecord.objects.count() == 0
    desk.post(address, figures | result | {"keep": "1"})
    row = RoiRecord.objects.get()
    assert (row.worth_reporting, row.before, row.realised_on) == (Decimal(57_600), Decimal(100), None)
    said = text_of(desk.get(f"/assets/{machine.pk}/"))
    assert "before 100" in said and "promised 60" in said
    again = {"realised": "58", "realised_on": str(on(15)), "keep": "1"} | figures
    desk.post(f"/results/{row.pk}/", again)
    row.refresh_from_db()
    assert (row.realised, row.realised_on) == (Decimal(58), on(15))
    desk.post(f"/results/{row.pk}/back/")
    assert RoiRecord.objects.get().realised_on is None
    refused = desk.post(address, figures | result | {"scrap_before": "-1", "keep": "1"})
    assert refused.status_code == 422


def test_the_account_shows_its_starts_and_open_promises(desk, machine):
    promise(machine.account, text="A second line within a year")
    said = text_of(desk.get(f"/accounts/{machine.account_id}/"))
    assert "One machine just started" in said and "A second line within a year" in said
    desk.post(f"/accounts/{machine.account_id}/promises/new/", {
        "kind": "date", "text": "Call by Christmas", "direction": "at_least", "promised_on": str(on(1)),
    })  # fmt: skip
    assert "2 promises are open" in text_of(desk.get(f"/accounts/{machine.account_id}/"))


def test_the_board_asks_as_much_for_three_machines_as_for_one(desk, machine, mila):
    desk.get("/adoption/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            desk.get("/adoption/")
        return len(found)

    one = asked()
    for _ in range(2):
        live(cast.account(owner=mila))
    assert asked() == one
