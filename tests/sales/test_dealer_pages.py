"""Pages of leads and deals that a dealer works: the list and its file, one lead, the acts, the dealers side by side."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from core.clock import today
from core.models import Role
from installed_base.models import Account, Contact, ContactMoment
from sales.actions import dealer as acts
from sales.actions import lead as actions
from sales.models import DealerAssignment, LeadSource, Opportunity
from tests import cast
from tests.sales.base import deal
from tests.sales.test_dealers import Channel

pytestmark = pytest.mark.django_db
NOW = today()
DAY = timedelta(days=1)


@pytest.fixture
def channel(db: None) -> Channel:
    return Channel(NOW)


def text(answer: Any) -> str:
    return " ".join(b"".join(answer).decode().split())


def names(answer: Any) -> list[str]:
    return [row.company for row in answer.context["leads"]]


def long_ago(channel: Channel) -> None:
    """The lead was handed over so long ago that the day has passed."""
    channel.hand()
    DealerAssignment.objects.update(given_on=NOW - 30 * DAY, answer_by=NOW - 10 * DAY)


def test_the_list_shows_what_dealers_have_and_who_is_overdue(client: Client, channel: Channel) -> None:
    long_ago(channel)
    other = channel.lead("Visser")
    acts.hand_to_dealer(lead=other, partner=cast.account("Nord", channel.daniel), by=channel.daniel, on=NOW)
    channel.lead("Ours")
    client.force_login(channel.daniel)
    assert names(client.get("/leads/")) == ["Ours"]
    assert names(client.get("/leads/?show=dealers")) == ["Bakker B.V.", "Visser"]
    late = client.get("/leads/?show=overdue")
    assert names(late) == ["Bakker B.V."]
    assert "dealer overdue" in text(late) and "Kraft Handel, report due" in text(late)
    assert names(client.get(f"/leads/?show=all&dealer={channel.kraft.pk}")) == ["Bakker B.V."]
    assert len(names(client.get("/leads/?show=all&dealer=x&had=" + "9" * 30))) == 3
    acts.take_back_from_dealer(lead=channel.row, reason="Silent", by=channel.daniel, on=NOW)
    assert names(client.get(f"/leads/?show=all&had={channel.kraft.pk}")) == ["Bakker B.V."]
    lines = text(client.get("/leads/file/?format=csv&show=all"))
    assert "Dealer,Dealer reports by" in lines and ",Nord," in lines and "Kraft" not in lines


def test_a_dealer_out_of_reach_has_no_name(client: Client, channel: Channel) -> None:
    far = cast.account("Secret Dealer", cast.person("zoe", Role.SALES, cast.pool("South")))
    acts.hand_to_dealer(lead=channel.row, partner=far, by=channel.mark, on=NOW)
    client.force_login(channel.daniel)
    for where in ("/leads/?show=all", f"/leads/{channel.row.pk}/", "/leads/file/?format=csv&show=all"):
        said = text(client.get(where))
        assert "Bakker" in said and "Secret" not in said, where
    assert "a dealer out of your reach" in text(client.get(f"/leads/{channel.row.pk}/"))
    assert "Secret" not in text(client.get("/leads/dealers/"))


def test_a_lead_goes_to_a_dealer_and_comes_back_on_its_page(client: Client, channel: Channel) -> None:
    source = LeadSource.objects.create(name="Kraft", channel="partner", partner=channel.kraft)
    channel.row.lead_source = source
    channel.row.save()
    client.force_login(channel.daniel)
    where = f"/leads/{channel.row.pk}/"
    form = text(client.get(f"{where}dealer/"))
    assert 'value="Kraft Handel"' in form and "Those we know: Kraft Handel" in form
    refused = client.post(f"{where}dealer/", {"account": "Nobody we know"})
    assert refused.status_code == 422 and "no account of that name" in text(refused)
    early = client.post(f"{where}dealer/", {"account": "Kraft Handel", "answer_by": (NOW - DAY).isoformat()})
    assert "still to come" in text(early) and not DealerAssignment.objects.exists()
    due = NOW + 30 * DAY
    client.post(f"{where}dealer/", {"account": "Kraft Handel", "answer_by": due.isoformat()})
    page = text(client.get(where))
    assert "A dealer works it; we hear by" in page and "nothing heard yet" in page and "Kraft Handel" in page
    said = {"what": "Visited them, like it", "happened_on": NOW.isoformat(), "spoke": "on"}
    client.post(f"{where}dealer/report/", said)
    page = text(client.get(where))
    assert "Report of the dealer" in page and "Visited them, like it" in page and "In contact" in page
    assert "last heard" in page
    assert client.post(f"{where}dealer/back/", {"reason": ""}).status_code == 422
    client.post(f"{where}dealer/back/", {"reason": "Went bust"})
    page = text(client.get(where))
    assert "taken back" in page and "Went bust" in page and "Hand it to a dealer" in page
    assert client.post(f"{where}dealer/report/", said).status_code == 422


def test_the_page_says_that_the_day_has_passed(client: Client, channel: Channel) -> None:
    long_ago(channel)
    client.force_login(channel.daniel)
    page = text(client.get(f"/leads/{channel.row.pk}/"))
    assert "The dealer should have reported by" in page and "dealer overdue" in page and "report due" in page


def test_who_may_hand_over(client: Client, channel: Channel) -> None:
    where, said = f"/leads/{channel.row.pk}/dealer/", {"account": "Kraft Handel"}
    for who in (
        cast.person("zoe", Role.SALES, cast.pool("South")),
        cast.person("tom", Role.TECHNICIAN),
        cast.person("elke", Role.EXECUTIVE),
    ):
        client.force_login(who)
        for address in (where, f"{where}back/", f"{where}report/", f"/leads/{channel.row.pk}/undo/"):
            assert client.post(address, said).status_code == 404, (who, address)
    assert not DealerAssignment.objects.exists()
    client.force_login(channel.mark)
    assert client.post(where, said).status_code == 302
    assert DealerAssignment.objects.get().given_by == channel.mark


def test_dealers_stand_side_by_side_and_every_number_opens_its_rows(client: Client, channel: Channel) -> None:
    at = cast.account("Visser", channel.daniel)
    long_ago(channel)
    for kind in ("new_logo", "upgrade"):
        deal(at, ("identified", NOW - 30 * DAY), ("won", NOW - DAY), kind=kind, value=8000, partner=channel.kraft)
    deal(at, ("identified", NOW - 30 * DAY), ("lost", NOW - DAY), partner=channel.kraft)
    deal(at, ("identified", NOW - 30 * DAY), ("lost", NOW - DAY))
    deal(at, ("identified", NOW - 30 * DAY), partner=channel.kraft, name="Still open")
    cast.asset(at, date(2020, 1, 1), dealer=channel.kraft, serial="SOLD-BY-KRAFT")
    cast.asset(at, date(2020, 1, 1), serial="SOLD-BY-US")
    client.force_login(channel.daniel)
    page = client.get("/leads/dealers/")
    said = text(page)
    assert "Of 1 lead we should have heard." in said and "16,000" in said and "67" in said and "ours 0" in said
    (line,) = page.context["lines"]
    assert names(client.get(f"/leads/?show=overdue&dealer={channel.kraft.pk}")) == ["Bakker B.V."]
    assert "Still open" in text(client.get(line["open"][0]["url"]))
    for way in line["won"]:
        assert way["n"] == "1" and len(client.get(way["url"]).context["groups"][0]["rows"]) == 1
    machines = text(client.get(f"/machines/?dealer={channel.kraft.pk}"))
    assert "SOLD-BY-KRAFT" in machines and "SOLD-BY-US" not in machines
    client.force_login(channel.mark)
    assert "16,000" not in text(client.get("/leads/dealers/"))
    client.force_login(cast.person("tom", Role.TECHNICIAN))
    assert client.get("/leads/dealers/").status_code == 404


def test_dealers_ask_the_same_for_one_and_for_many(
    client: Client, channel: Channel, django_assert_max_num_queries: Any
) -> None:
    client.force_login(channel.daniel)

    def asked() -> int:
        with django_assert_max_num_queries(60) as found:
            for where in ("/leads/dealers/", "/leads/?show=dealers"):
                client.get(where)
        return len(found.captured_queries)

    channel.hand()
    asked()
    before = asked()
    for number in range(8):
        dealer = cast.account(f"Dealer {number}", channel.daniel)
        row = channel.lead(f"More {number}")
        acts.hand_to_dealer(lead=row, partner=dealer, by=channel.daniel, on=NOW)
        acts.note_report(lead=row, what="Rang", by=channel.daniel, on=NOW)
    assert asked() == before


def test_the_page_of_a_dealer_leads_to_how_they_do(client: Client, channel: Channel) -> None:
    client.force_login(channel.daniel)
    where = f"/accounts/{channel.kraft.pk}/"
    assert "/leads/dealers/" not in text(client.get(where))
    tom = cast.person("tom", Role.TECHNICIAN)
    cast.asset(channel.kraft, date(2020, 1, 1), technician=tom)
    cast.asset(cast.account("Visser", channel.daniel), date(2020, 1, 1), dealer=channel.kraft, technician=tom)
    assert "/leads/dealers/" in text(client.get(where))
    client.force_login(tom)
    assert "/leads/dealers/" not in text(client.get(where))


def test_no_dealer_at_all_says_where_they_come_from(client: Client, channel: Channel) -> None:
    client.force_login(channel.daniel)
    assert "No dealer is known yet" in text(client.get("/leads/dealers/"))


def test_a_deal_names_its_dealer(client: Client, channel: Channel) -> None:
    at = cast.account("Visser", channel.daniel)
    made = deal(at, ("identified", NOW))
    client.force_login(channel.daniel)
    where = f"/pipeline/{made.pk}/dealer/"
    assert "customer itself" in text(client.post(where, {"account": "Visser"}))
    client.post(where, {"account": "Kraft Handel"})
    assert "Kraft Handel" in text(client.get(f"/pipeline/{made.pk}/"))
    made.refresh_from_db()
    assert made.partner == channel.kraft
    client.post(where, {"account": ""})
    made.refresh_from_db()
    assert made.partner is None
    client.force_login(cast.person("zoe", Role.SALES, cast.pool("South")))
    assert client.post(where, {"account": "Kraft Handel"}).status_code == 404


# The conversion taken back


def converted(channel: Channel) -> Opportunity:
    return actions.convert_lead(lead=channel.row, owner=channel.owner(channel.daniel), by=channel.daniel, on=NOW)


def test_a_conversion_is_taken_back_while_nobody_worked_on_the_deal(client: Client, channel: Channel) -> None:
    channel.hand()
    made = converted(channel)
    client.force_login(channel.daniel)
    where = f"/leads/{channel.row.pk}/"
    assert "Make a lead of it again" in text(client.get(where))
    assert client.post(f"{where}undo/", {"reason": " "}).status_code == 422
    client.post(f"{where}undo/", {"reason": "The wrong Bakker"})
    row = channel.fresh()
    assert (row.state, row.opportunity, row.closed_on, row.state_reason) == ("working", None, None, "The wrong Bakker")
    assert not Opportunity.objects.filter(pk=made.pk).exists()
    assert (row.partner, row.account) == (channel.kraft, made.account)
    assert Contact._base_manager.filter(account=made.account_id).count() == 1
    kept = apps.get_model("sales", "OpportunityAudit")._base_manager.filter(pgh_obj_id=made.pk)
    assert {e.pgh_label for e in kept} >= {"insert", "delete"}
    assert converted(channel).account == made.account  # and made again, at the same account


def test_a_deal_that_was_worked_on_stays(client: Client, channel: Channel) -> None:
    client.force_login(channel.daniel)
    where = f"/leads/{channel.row.pk}/undo/"

    def refused(words: str) -> None:
        answer = client.post(where, {"reason": "Too early"})
        assert answer.status_code == 422 and words in text(answer)

    refused("This lead is no deal")
    made = converted(channel)
    at = Account._base_manager.get(name="Bakker B.V.")
    cast.moment(at, NOW, subject_kind="opportunity", subject_id=made.pk)
    refused("has worked on this deal")
    ContactMoment.objects.filter(account=at).delete()
    product = cast.product()
    line = made.lines.create(product=product)
    refused("has worked on this deal")
    line.delete()
    Opportunity.objects.filter(pk=made.pk).update(stage="lost", closed_on=NOW, lost_because="other")
    refused("has worked on this deal")
    Opportunity.objects.filter(pk=made.pk).update(stage="identified", closed_on=None, lost_because="")
    other = channel.lead("Visser", created_on=NOW)
    type(other).objects.filter(pk=other.pk).update(state="converted", closed_on=NOW, opportunity=made)
    refused("has worked on this deal")
    assert channel.fresh().opportunity == made and Opportunity.objects.filter(pk=made.pk).exists()


def test_who_makes_no_deals_takes_none_away(client: Client, channel: Channel) -> None:
    made = converted(channel)
    client.force_login(channel.mark)
    assert "Make a lead of it again" not in text(client.get(f"/leads/{channel.row.pk}/"))
    answer = client.post(f"/leads/{channel.row.pk}/undo/", {"reason": "Mine"})
    assert "A colleague works this deal" in text(answer) and Opportunity.objects.filter(pk=made.pk).exists()
