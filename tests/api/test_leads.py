"""Leads, touches and sources through the API: read as one may, written with a sentence for what cannot be."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Organisation, Outbox, Owner, Role
from sales.models import Lead, LeadSource, Opportunity, Touch
from tests import cast
from tests.api.conftest import caller, writer

pytestmark = pytest.mark.django_db
ON = today()
DAY = timedelta(days=1)


@pytest.fixture
def fair():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return LeadSource.objects.create(name="Fair of Essen", channel="fair")


@pytest.fixture
def anna(fair):
    return writer(cast.person("anna", Role.SALES, cast.pool("Sales")))


@pytest.fixture
def mark(fair):
    return writer(cast.person("mark", Role.MARKETING))


def lead(user, **values):
    said = {"company": "Bakker B.V.", "person": "Joke Bos", "email": "joke@bakker.nl", "created_on": ON, "known_on": ON}
    return Lead.objects.create(owner=Owner.objects.of(user), **said | values)


def said(answer):
    return str(answer.data)


def test_a_lead_is_made_read_changed_and_let_go(anna, fair):
    body = {"company": "Bakker B.V.", "lead_source_id": fair.pk, "employees": 80, "person": "Joke Bos"}
    made = anna.post("leads/", body)
    assert made.status_code == 201, made.content
    pk = made.data["id"]
    assert made.headers["Location"].endswith(f"/leads/{pk}/")
    assert (made.data["state"], made.data["fit"], made.data["channel"]) == ("new", "met", "fair")
    assert made.data["criteria"] == [{"name": "employees", "answer": "met"}]
    assert Outbox.objects.filter(kind="lead.created", subject_id=pk).count() == 1
    assert anna.patch(f"leads/{pk}/", {"employees": None, "country": "NL"}).data["fit"] == "unknown"
    assert anna.post(f"leads/{pk}/start/").data["state"] == "working"
    gone = anna.post(f"leads/{pk}/drop/", {"because": "no_budget", "note": "Next year"})
    assert (gone.data["state"], gone.data["closed_on"], gone.data["dropped_note"]) == (
        "dropped", ON.isoformat(), "Next year",
    )  # fmt: skip
    assert anna.post(f"leads/{pk}/reopen/", {"reason": "They rang"}).data["state"] == "working"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"company": "X", "email": "joke at"}, 400, "email"),
        ({"company": "X", "lead_source_id": 999}, 400, "lead_source_id"),
        ({"company": " "}, 400, "company"),
        ({"company": "X", "created_on": (ON + DAY).isoformat()}, 409, "has come"),
        ({"company": "X", "employees": -1}, 400, "employees"),
        ({"company": "X", "colour": "red"}, 400, "no such field"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(anna, body, status, words):
    answer = anna.post("leads/", body)
    assert (answer.status_code, words in said(answer)) == (status, True), answer.content
    assert not Lead.objects.exists() and not Outbox.objects.exists()


def test_a_source_out_of_use_is_not_chosen(anna, fair):
    LeadSource.objects.update(is_active=False)
    assert anna.post("leads/", {"company": "X", "lead_source_id": fair.pk}).status_code == 400


def test_a_double_is_made_only_on_purpose(anna):
    lead(anna.user)
    refused = anna.post("leads/", {"company": "bakker"})
    assert refused.status_code == 409 and "open lead already" in said(refused)
    assert anna.post("leads/", {"company": "bakker", "all_the_same": True}).status_code == 201
    assert Lead.objects.count() == 2


def test_dropping_asks_for_a_reason_and_a_day_after_it_came(anna):
    row = lead(anna.user)
    for body, status in (
        ({}, 400),
        ({"because": "boredom"}, 400),
        ({"because": "other"}, 409),
        ({"because": "no_need", "closed_on": (ON - DAY).isoformat()}, 409),
        ({"because": "no_need", "closed_on": (ON + DAY).isoformat()}, 409),
    ):
        assert anna.post(f"leads/{row.pk}/drop/", body).status_code == status, body
    row.refresh_from_db()
    assert row.state == "new"


def test_a_deal_is_made_of_it_once(anna):
    row = lead(anna.user)
    answer = anna.post(f"leads/{row.pk}/convert/", {"name": "First line", "value": "185000"})
    assert answer.status_code == 201, answer.content
    assert answer.headers["Location"].endswith(f"/opportunities/{answer.data['id']}/")
    assert (answer.data["kind"], answer.data["account_name"]) == ("new_logo", "Bakker B.V.")
    assert anna.get(f"leads/{row.pk}/").data["opportunity_id"] == answer.data["id"]
    again = anna.post(f"leads/{row.pk}/convert/", {})
    assert again.status_code == 409 and "already" in said(again)
    assert Opportunity.objects.count() == 1
    assert anna.ids("leads/", opportunity=answer.data["id"]) == [row.pk]


def test_a_deal_at_a_customer_is_growth_and_a_namesake_is_asked_about(anna):
    at = cast.account("Bakker", anna.user)
    cast.posted(at, ON - 10 * DAY, 100)
    row = lead(anna.user)
    refused = anna.post(f"leads/{row.pk}/convert/", {})
    assert refused.status_code == 409 and "stands in the base" in said(refused)
    body = {"account_id": at.pk, "kind": "new_logo"}
    assert "is a customer already" in said(anna.post(f"leads/{row.pk}/convert/", body))
    made = anna.post(f"leads/{row.pk}/convert/", body | {"kind": "upgrade"})
    assert (made.status_code, made.data["account_id"]) == (201, at.pk)


def test_nobodys_change_is_overwritten(anna):
    row = lead(anna.user)
    version = anna.get(f"leads/{row.pk}/").headers["ETag"]
    assert anna.patch(f"leads/{row.pk}/", {"country": "NL"}, if_match=version).status_code == 200
    assert anna.patch(f"leads/{row.pk}/", {"country": "DE"}, if_match=version).status_code == 412
    assert anna.send("PATCH", f"leads/{row.pk}/", {"country": "DE"}).status_code == 428
    row.refresh_from_db()
    assert row.country == "NL"


def test_the_list_is_filtered_and_says_which_filter_is_wrong(anna, fair):
    mine = lead(anna.user, lead_source=fair, employees=80, country="NL")
    other = lead(anna.user, company="Visser", employees=4, created_on=ON - 9 * DAY)
    closed = lead(anna.user, company="Alba", state="dropped", closed_on=ON, dropped_because="no_need")
    for query, found in (
        ({"fit": "met"}, [mine]),
        ({"fit": "unmet"}, [other]),
        ({"fit": "unknown"}, [closed]),
        ({"state": "dropped"}, [closed]),
        ({"open": "true"}, [mine, other]),
        ({"open": "false"}, [closed]),
        ({"lead_source": fair.pk}, [mine]),
        ({"channel": "fair"}, [mine]),
        ({"country": "nl"}, [mine]),
        ({"company": "vis"}, [other]),
        ({"created_before": (ON - DAY).isoformat()}, [other]),
        ({"owner": mine.owner_id}, [mine, other, closed]),
        ({"ordering": "created_on"}, [other, mine, closed]),
    ):
        assert anna.ids("leads/", **query) == [row.pk for row in found], query
    assert anna.get("leads/", fit="perhaps").status_code == 400
    assert anna.get("leads/", stage="new").status_code == 400


def test_the_list_asks_the_same_for_one_and_for_twenty(anna, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(30) as found:
            anna.rows("leads/")
        return len(found.captured_queries)

    lead(anna.user)
    anna.rows("leads/")
    before = asked()
    for number in range(20):
        lead(anna.user, company=f"More {number}")
    assert asked() == before


def test_marketing_works_a_lead_reads_its_person_and_makes_no_deal(anna, mark):
    row = lead(anna.user)
    assert mark.get(f"leads/{row.pk}/").data["person"] == "Joke Bos"
    assert mark.patch(f"leads/{row.pk}/", {"phone": "06"}).data["phone"] == "06"
    assert mark.post(f"leads/{row.pk}/convert/", {}).status_code == 403
    assert mark.post("touches/", {"lead_id": row.pk, "kind": "call", "what": "Joke rang"}).data["what"] == "Joke rang"
    row.refresh_from_db()
    assert row.state == "working"


def test_an_executive_reads_leads_without_their_people_and_a_stranger_none(anna):
    row = lead(anna.user, note="Ask Joke")
    row.touches.create(on=ON, kind="call", what="Joke rang", known_on=ON)
    elke = writer(cast.person("elke", Role.EXECUTIVE))
    found = elke.get(f"leads/{row.pk}/").data
    assert (found["company"], found["person"], found["email"], found["note"]) == ("Bakker B.V.", None, None, None)
    assert elke.rows("leads/")[0]["person"] is None and elke.rows("touches/")[0]["what"] is None
    assert elke.post("leads/", {"company": "X"}).status_code == 403
    assert elke.post(f"leads/{row.pk}/start/").status_code == 403
    assert elke.post("touches/", {"lead_id": row.pk, "kind": "call"}).status_code == 403
    for stranger in (cast.person("zoe", Role.SALES, cast.pool("South")), cast.person("tom", Role.TECHNICIAN)):
        who = writer(stranger)
        assert who.ids("leads/") == [] and who.ids("touches/") == []
        assert who.get(f"leads/{row.pk}/").status_code == 404
        assert who.post(f"leads/{row.pk}/drop/", {"because": "no_need"}).status_code == 404
        assert who.post("touches/", {"lead_id": row.pk, "kind": "call"}).status_code == 400
    assert not Touch.objects.filter(by__isnull=False).exists()


def test_an_executive_reads_the_person_of_the_lead_they_own(anna):
    elke = caller(cast.person("elke", Role.EXECUTIVE))
    own, other = lead(elke.user), lead(anna.user, company="Visser")
    found = {row["id"]: row["person"] for row in elke.rows("leads/")}
    assert found == {own.pk: "Joke Bos", other.pk: None}


def test_a_touch_is_logged_on_a_day_that_has_come(anna, fair):
    row = lead(anna.user)
    body = {"lead_id": row.pk, "kind": "event", "lead_source_id": fair.pk, "on": (ON - 200 * DAY).isoformat()}
    made = anna.post("touches/", body)
    assert (made.status_code, made.data["on"], made.data["by_id"]) == (201, body["on"], anna.user.pk)
    assert anna.post("touches/", body | {"on": (ON + DAY).isoformat()}).status_code == 409
    assert anna.post("touches/", body | {"kind": "dream"}).status_code == 400
    assert anna.ids("touches/", lead=row.pk, lead_source=fair.pk, kind="event", until=ON.isoformat()) == [
        made.data["id"]
    ]
    assert anna.ids("touches/", since=ON.isoformat()) == []


def test_sources_are_kept_by_marketing(anna, mark, fair):
    dealer = cast.account("Kraft", anna.user)
    assert anna.post("lead-sources/", {"name": "X", "channel": "fair"}).status_code == 403
    assert anna.patch(f"lead-sources/{fair.pk}/", {"name": "X"}).status_code == 403
    made = mark.post("lead-sources/", {"name": "Kraft", "channel": "partner", "partner_id": dealer.pk})
    assert (made.status_code, made.data["partner_id"], made.data["is_active"]) == (201, dealer.pk, True)
    assert mark.post("lead-sources/", {"name": "kraft", "channel": "fair"}).status_code == 409
    assert mark.patch(f"lead-sources/{made.data['id']}/", {"channel": "fair"}).status_code == 409
    assert mark.patch(f"lead-sources/{made.data['id']}/", {"is_active": False}).data["is_active"] is False
    assert anna.ids("lead-sources/", active="true") == [fair.pk]
    assert [row["name"] for row in anna.rows("lead-sources/", ordering="name")] == ["Fair of Essen", "Kraft"]
    tom = caller(cast.person("tom", Role.TECHNICIAN))
    assert tom.ids("lead-sources/") == []
