"""Deals that a dealer works: their clock, what pages and Today say of it, and how dealers are counted in the database
(IB-17)."""

from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Value
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Role, Touched
from dashboards.queries import today as on_today
from installed_base.models import Account
from sales import actions
from sales.actions import dealer as acts
from sales.actions import lead as lead_actions
from sales.actions.dealer_clock import usual_day
from sales.actions.lead_undo import undo_conversion
from sales.models import DealerAssignment, DealerReport, Opportunity
from sales.queries import dealer as query
from sales.queries import deals
from tests import cast
from tests.sales.base import deal
from tests.sales.test_dealer_pages import text
from tests.sales.test_dealers import Channel

pytestmark = pytest.mark.django_db
NOW = today()
DAY = timedelta(days=1)


class Sold(Channel):
    """The same channel, with a customer and a deal there that nobody but us works yet."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.at = cast.account("Visser", self.daniel)
        self.deal = deal(self.at, ("identified", NOW - 60 * DAY), name="Second press")

    def name(self, partner: Account | None = None, on: date = NOW, **values: Any) -> None:
        said: dict[str, Any] = {"opportunity": self.deal, "partner": partner or self.kraft, "by": self.daniel, "on": on}
        acts.name_dealer(**(said | values))

    def told(self, on: date = NOW, what: str = "They budget for it", **values: Any) -> DealerReport:
        return acts.note_deal_report(opportunity=self.deal, what=what, by=self.daniel, on=on, **values)

    def late(self, on: date = NOW) -> bool:
        rows = deals(self.daniel, on).filter(query.deals_overdue(on))
        return bool(rows.filter(pk=self.deal.pk).exists())


@pytest.fixture
def sold(db: None) -> Sold:
    return Sold()


# The acts


def test_a_deal_is_due_within_the_days_of_the_policy_and_a_report_starts_them_again(sold: Sold) -> None:
    began = NOW - 40 * DAY
    sold.name(on=began)
    held = DealerAssignment.objects.get()
    due = usual_day(began, began)
    assert (held.opportunity, held.lead, held.partner) == (sold.deal, None, sold.kraft)
    assert (held.given_on, held.given_by, held.answer_by) == (began, sold.daniel, due)
    assert not sold.late(due) and sold.late(due + DAY) and sold.late()
    made = sold.told(happened_on=NOW - DAY)
    assert (made.on, made.what, made.by) == (NOW - DAY, "They budget for it", sold.daniel)
    assert not sold.late() and sold.late(usual_day(NOW - DAY, NOW) + DAY)
    sold.told(next_by=NOW + 90 * DAY)
    assert not sold.late(NOW + 90 * DAY) and sold.late(NOW + 91 * DAY)
    assert Touched.objects.filter(kind="opportunity", subject_id=sold.deal.pk).exists()


def test_a_report_that_was_a_mistake_is_taken_away_and_their_clock_runs_as_before(client: Client, sold: Sold) -> None:
    sold.name(on=NOW - 40 * DAY)
    made = sold.told(happened_on=NOW - DAY)
    client.force_login(cast.person("zoe", Role.SALES, cast.pool("South")))
    address = f"/pipeline/reports/{made.pk}/remove/"
    assert client.post(address).status_code == 404
    client.force_login(sold.daniel)
    page = client.get(f"/pipeline/{sold.deal.pk}/")
    assert address in page.content.decode()
    assert "Take this report away?" in text(client.get(address)) and not sold.late()
    client.post(address)
    assert sold.late() and not DealerReport.objects.exists()
    assert "They budget for it" not in text(client.get(f"/pipeline/{sold.deal.pk}/"))


def test_what_cannot_be_reported_or_agreed_is_refused_and_nothing_is_written(sold: Sold) -> None:
    with pytest.raises(ValidationError, match="No dealer has this deal"):
        sold.told()
    with pytest.raises(ValidationError, match="still to come"):
        sold.name(answer_by=NOW - DAY)
    assert not DealerAssignment.objects.exists() and Opportunity.objects.get(pk=sold.deal.pk).partner is None
    sold.name(on=NOW - 5 * DAY)
    for values, words in (
        ({"what": " "}, "few words"),
        ({"happened_on": NOW + DAY}, "has come"),
        ({"happened_on": NOW - 6 * DAY}, "handed to them"),
        ({"next_by": NOW + DAY}, "by the policy"),
    ):
        with pytest.raises(ValidationError, match=words):
            sold.told(**values)
    actions.close(opportunity=sold.deal, won=False, by=sold.daniel, on=NOW, because="price")
    with pytest.raises(ValidationError, match="decided"):
        sold.told()
    assert not DealerReport.objects.exists()


def test_another_dealer_ends_what_stood_with_its_reason(sold: Sold) -> None:
    nord = cast.account("Nord", sold.daniel)
    sold.name(on=NOW - 9 * DAY)
    sold.name(on=NOW - 8 * DAY, answer_by=NOW + 50 * DAY)  # the same one: another day was agreed
    assert DealerAssignment.objects.get().answer_by == NOW + 50 * DAY
    sold.name(nord, reason=" Too slow ")
    sold.name(on=NOW, partner=nord)
    acts.name_dealer(opportunity=sold.deal, partner=None, by=sold.daniel, on=NOW + DAY)
    first, second = DealerAssignment.objects.order_by("pk")
    assert (first.partner, first.ended_on, first.ended_by, first.end_reason) == (
        sold.kraft, NOW, sold.daniel, "Too slow",
    )  # fmt: skip
    assert (second.partner, second.ended_on) == (nord, NOW + DAY) and second.end_reason


def test_a_decided_deal_has_no_clock_and_one_that_is_open_again_begins_anew(sold: Sold) -> None:
    sold.name(on=NOW - 40 * DAY)
    actions.close(opportunity=sold.deal, won=False, by=sold.daniel, on=NOW - DAY, because="price")
    assert not sold.late()
    actions.reopen(opportunity=sold.deal, by=sold.daniel, on=NOW)
    assert not sold.late() and DealerAssignment.objects.get().answer_by == usual_day(NOW, NOW)


def test_a_dealer_who_was_named_before_there_was_a_clock_has_it_from_the_first_report(sold: Sold) -> None:
    Opportunity.objects.filter(pk=sold.deal.pk).update(partner=sold.kraft)
    assert not sold.late()
    sold.told(happened_on=NOW - 3 * DAY)
    held = DealerAssignment.objects.get()
    assert (held.given_on, held.answer_by) == (NOW - 3 * DAY, usual_day(NOW - 3 * DAY, NOW))


def test_the_deal_of_a_lead_begins_the_clock_and_only_a_report_is_work_on_it(sold: Sold) -> None:
    sold.hand(on=NOW - 20 * DAY)
    owner = sold.owner(sold.daniel)
    made = lead_actions.convert_lead(lead=sold.row, owner=owner, by=sold.daniel, on=NOW)
    assert DealerAssignment.objects.get(opportunity=made).given_on == NOW
    undo_conversion(lead=sold.fresh(), reason="Too early", by=sold.daniel, on=NOW)
    assert not DealerAssignment.objects.filter(lead=None).exists()
    again = lead_actions.convert_lead(lead=sold.fresh(), owner=owner, by=sold.daniel, on=NOW)
    acts.note_deal_report(opportunity=again, what="Visited them", by=sold.daniel, on=NOW)
    with pytest.raises(ValidationError, match="worked on this deal"):
        undo_conversion(lead=sold.fresh(), reason="Too early", by=sold.daniel, on=NOW)


def test_what_a_dealer_told_is_seen_by_who_sees_the_deal(sold: Sold) -> None:
    sold.name()
    sold.told()
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    for who, sees, changes in (
        (sold.daniel, True, True),
        (zoe, False, False),
        (cast.person("tom", Role.TECHNICIAN), False, False),
        (cast.person("elke", Role.EXECUTIVE), True, False),
    ):
        for model in (DealerAssignment, DealerReport):
            assert model.objects.visible_to(who).exists() is sees, (who, model)
            assert model.objects.changeable_by(who).exists() is changes, (who, model)


# The pages


def test_the_page_of_a_deal_says_until_when_its_dealer_reports(client: Client, sold: Sold) -> None:
    client.force_login(sold.daniel)
    where = f"/pipeline/{sold.deal.pk}/"
    assert 'id="dealer"' not in text(client.get(where))
    until = NOW + 30 * DAY
    client.post(f"{where}dealer/", {"account": "Kraft Handel", "answer_by": until.isoformat()})
    page = text(client.get(where))
    assert "nothing heard yet" in page and "report by" in page and "dealer overdue" not in page
    said = {"what": "They wait for the bank", "happened_on": NOW.isoformat()}
    assert client.post(f"{where}dealer/report/", said | {"what": ""}).status_code == 422
    assert client.post(f"{where}dealer/report/", said).status_code == 302
    page = text(client.get(where))
    assert "They wait for the bank" in page and "last heard" in page and "Report of the dealer" in page
    DealerReport.objects.all().delete()
    DealerAssignment.objects.update(given_on=NOW - 30 * DAY, answer_by=NOW - 10 * DAY)
    page = text(client.get(where))
    assert "dealer overdue" in page and "report due" in page
    assert "Why it changes" in text(client.get(f"{where}dealer/"))
    client.post(f"{where}dealer/", {"account": "", "reason": "Went bust"})
    page = text(client.get(where))
    assert "taken back" in page and "Went bust" in page and "Note a report" not in page
    client.force_login(cast.person("zoe", Role.SALES, cast.pool("South")))
    assert client.post(f"{where}dealer/report/", said).status_code == 404


def test_the_deals_are_narrowed_to_those_with_dealers_and_those_overdue(client: Client, sold: Sold) -> None:
    sold.name(on=NOW - 40 * DAY)
    fresh = deal(sold.at, ("identified", NOW), name="With Kraft too")
    acts.name_dealer(opportunity=fresh, partner=sold.kraft, by=sold.daniel, on=NOW)
    deal(sold.at, ("identified", NOW), name="Only ours")
    deal(sold.at, ("identified", NOW), ("won", NOW), name="Won with them", partner=sold.kraft)
    client.force_login(sold.daniel)

    def listed(ask: str) -> list[str]:
        groups = client.get(f"/pipeline/?pipeline=new_business&view=list&{ask}").context["groups"]
        return sorted(row.name for group in groups for row in group["rows"])

    assert listed("show=open") == ["Only ours", "Second press", "With Kraft too"]
    assert listed("show=open&held=dealers") == ["Second press", "With Kraft too"]
    assert listed("show=open&held=overdue") == ["Second press"]
    assert listed("show=open&held=nonsense") == ["Only ours", "Second press", "With Kraft too"]
    board = text(client.get("/pipeline/?pipeline=new_business"))
    assert board.count("dealer overdue</span>") == 1 and board.count("Kraft Handel, report by") == 1
    assert "held=overdue" in board  # the menu of the page leads there


def test_a_dealer_of_a_deal_who_is_out_of_reach_has_no_name(client: Client, sold: Sold) -> None:
    far = cast.account("Secret Dealer", cast.person("zoe", Role.SALES, cast.pool("South")))
    Opportunity.objects.filter(pk=sold.deal.pk).update(partner=far)
    DealerAssignment.objects.create(opportunity=sold.deal, partner=far, given_on=NOW - 30 * DAY, answer_by=NOW - DAY)
    client.force_login(sold.daniel)
    for where in ("/pipeline/", "/pipeline/?view=list", f"/pipeline/{sold.deal.pk}/", "/"):
        said = text(client.get(where))
        assert "Second press" in said and "Secret" not in said, where
    assert "a dealer out of your reach" in text(client.get("/"))
    form = text(client.get(f"/pipeline/{sold.deal.pk}/dealer/"))
    assert "empty takes it back from them" in form and "Secret" not in form


def test_the_pipeline_asks_the_same_for_one_dealer_and_for_many(client: Client, sold: Sold) -> None:
    client.force_login(sold.daniel)
    sold.name(on=NOW - 40 * DAY)

    def asked() -> list[int]:
        counts = []
        for where in ("/pipeline/", "/pipeline/?view=list", f"/pipeline/{sold.deal.pk}/", "/"):
            client.get(where)
            with CaptureQueriesContext(connection) as found:
                client.get(where)
            counts.append(len(found))
        return counts

    before = asked()
    for number in range(5):
        dealer = cast.account(f"Dealer {number}", sold.daniel)
        more = deal(sold.at, ("identified", NOW), name=f"More {number}")
        acts.name_dealer(opportunity=more, partner=dealer, by=sold.daniel, on=NOW - 40 * DAY)
        sold.told(what=f"Word {number}")
    assert asked() == before


# Today


def test_today_shows_what_dealers_are_to_tell_of_ones_own(client: Client, sold: Sold) -> None:
    client.force_login(sold.daniel)
    assert "Dealers who are to report" not in text(client.get("/"))
    sold.hand(answer_by=NOW)
    page = text(client.get("/"))
    assert "Dealers who are to report" in page and "report is due today" in page and "Bakker B.V." in page
    assert f"/leads/{sold.row.pk}/dealer/report/?next=/" in page and f"/leads/{sold.row.pk}/dealer/back/?next=/" in page
    DealerAssignment.objects.update(given_on=NOW - 30 * DAY, answer_by=NOW - 3 * DAY)
    sold.name(on=NOW - 60 * DAY)
    desk = client.get("/")
    late = (NOW - usual_day(NOW - 60 * DAY, NOW - 60 * DAY)).days
    found = [(one.kind, one.name, one.at, one.dealer, one.late) for one in desk.context["owed"]]
    assert found == [
        ("opportunity", "Second press", "Visser", "Kraft Handel", late),
        ("lead", "Bakker B.V.", "", "Kraft Handel", 3),
    ]
    said = text(desk)
    assert "3 days late" in said and f"/pipeline/{sold.deal.pk}/dealer/report/?next=/" in said
    client.post(f"/leads/{sold.row.pk}/dealer/report/", {"what": "Rang", "happened_on": NOW.isoformat(), "next": "/"})
    sold.told()
    assert "Dealers who are to report" not in text(client.get("/"))


def test_today_asks_nothing_more_for_its_dealers(client: Client, sold: Sold, monkeypatch: Any) -> None:
    """They come with the figures: the budget of queries of the page stands (speed.md, goal 5)."""
    client.force_login(sold.daniel)
    sold.hand(on=NOW - 30 * DAY)
    client.get("/")
    with CaptureQueriesContext(connection) as beside:
        assert client.get("/").context["owed"]
    monkeypatch.setattr(on_today, "owed_columns", lambda user, on: (Value(0), Value(0)))
    monkeypatch.setattr(on_today, "owed", lambda leads, deals, on: [])
    with CaptureQueriesContext(connection) as without:
        assert not client.get("/").context["owed"]
    assert len(beside) == len(without)


def test_today_is_of_ones_own_and_of_what_is_open(client: Client, sold: Sold) -> None:
    sold.hand(on=NOW - 30 * DAY)
    sold.name(on=NOW - 30 * DAY)
    ahead = sold.lead("Ahead")
    acts.hand_to_dealer(lead=ahead, partner=sold.kraft, by=sold.daniel, on=NOW, answer_by=NOW + DAY)
    client.force_login(sold.lea)
    assert client.get("/").context["owed"] == []  # she sees them, and does not own them
    client.force_login(sold.daniel)
    assert [one.name for one in client.get("/").context["owed"]] == ["Bakker B.V.", "Second press"]
    lead_actions.drop_lead(lead=sold.row, because="no_need", by=sold.daniel, on=NOW)
    actions.close(opportunity=sold.deal, won=False, by=sold.daniel, on=NOW, because="price")
    assert client.get("/").context["owed"] == []


def test_today_lists_six_and_says_how_many_more(client: Client, sold: Sold) -> None:
    for number in range(9):
        row = sold.lead(f"Late {number}")
        acts.hand_to_dealer(lead=row, partner=sold.kraft, by=sold.daniel, on=NOW - (40 + number) * DAY)
    client.force_login(sold.daniel)
    page = client.get("/")
    assert [one.name for one in page.context["owed"]][:2] == ["Late 8", "Late 7"]
    assert len(page.context["owed"]) == 6 and "and 3 more" in text(page)


# Side by side


def test_handings_over_are_counted_in_the_database_one_row_a_dealer(sold: Sold) -> None:
    """No row of an assignment is read: the figures, the median among them, come as one row for each dealer."""
    took = [2, 9, 4, 30, 7, 11]
    for number, days in enumerate(took):
        row = sold.lead(f"Lead {number}", created_on=NOW - 90 * DAY)
        acts.hand_to_dealer(lead=row, partner=sold.kraft, by=sold.daniel, on=NOW - 80 * DAY)
        for day in (NOW - (80 - days) * DAY, NOW - 10 * DAY):
            acts.note_report(lead=row, what="Rang", by=sold.daniel, on=day)
    silent = sold.lead("Silent", created_on=NOW - 90 * DAY)
    acts.hand_to_dealer(lead=silent, partner=sold.kraft, by=sold.daniel, on=NOW - 80 * DAY)
    acts.take_back_from_dealer(lead=silent, reason="Silent", by=sold.daniel, on=NOW - 20 * DAY)
    (counted,) = list(query._assignments(sold.daniel, NOW))
    assert (counted["given"], counted["heard"], counted["taken_back"]) == (7, 6, 1)
    assert (counted["days"], counted["heard_on"]) == (median(took), NOW - 10 * DAY)
    (line,) = query.dealers(sold.daniel, NOW).lines
    assert (line.given, line.heard, line.days) == (7, 6, median(took))


def test_deals_that_are_overdue_open_from_the_page_of_the_dealers(client: Client, sold: Sold) -> None:
    sold.name(on=NOW - 40 * DAY)
    client.force_login(sold.daniel)
    page = client.get("/leads/dealers/")
    assert "Of 1 deal we should have heard." in text(page)
    (line,) = page.context["lines"]
    (way,) = line["late"]
    groups = client.get(way["url"]).context["groups"]
    assert [row.name for group in groups for row in group["rows"]] == ["Second press"]
    sold.hand(on=NOW - 40 * DAY)
    assert "Of 1 lead and 1 deal we should have heard." in text(client.get("/leads/dealers/"))
    sold.told()
    (line,) = query.dealers(sold.daniel, NOW).lines
    assert (line.late, line.heard_on) == (0, NOW)


def test_what_is_with_dealers_out_of_reach_is_counted_and_nobody_is_named(client: Client, sold: Sold) -> None:
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    far, further = cast.account("Secret Dealer", zoe), cast.account("Secret Too", zoe)
    acts.hand_to_dealer(lead=sold.row, partner=far, by=sold.mark, on=NOW - 40 * DAY)
    client.force_login(sold.daniel)
    page = text(client.get("/leads/dealers/"))
    assert "You see no account of a dealer" in page and "Secret" not in page and "No dealer is known" not in page
    said = "1 lead that you see, with 1 dealer whose account is out of your reach. Of 1 we should have heard."
    assert said in page
    sold.name()
    for partner in (far, further):
        made = deal(sold.at, ("identified", NOW), name=f"With {partner.pk}")
        acts.name_dealer(opportunity=made, partner=partner, by=sold.mark, on=NOW)
    page = text(client.get("/leads/dealers/"))
    said = "1 lead and 2 deals that you see, with 2 dealers whose accounts are out of your reach."
    assert "Kraft Handel" in page and said in page and "Secret" not in page
    client.force_login(sold.mark)
    assert "out of your reach" not in text(client.get("/leads/dealers/"))
