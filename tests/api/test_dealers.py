"""Leads and deals that a dealer works, through the API (IB-17): read, written, filtered, under ETag and scope."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import today
from core.models import Organisation, Owner, Role
from installed_base.models import Account
from sales.actions import lead as actions
from sales.models import DealerAssignment, Lead, Opportunity, Touch
from tests import cast
from tests.api.conftest import Caller, writer

pytestmark = pytest.mark.django_db
ON = today()
DAY = timedelta(days=1)


@pytest.fixture
def anna(db: None) -> Caller:
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return writer(cast.person("anna", Role.SALES, cast.pool("Sales")))


@pytest.fixture
def kraft(anna: Caller) -> Account:
    return cast.account("Kraft Handel", anna.user)


def lead(anna: Caller, **values: Any) -> Lead:
    said = {"company": "Bakker B.V.", "person": "Joke Bos", "created_on": ON - 40 * DAY, "known_on": ON}
    return Lead.objects.create(owner=Owner.objects.of(anna.user), **said | values)


def late(row: Lead) -> None:
    DealerAssignment.objects.filter(lead=row).update(given_on=ON - 30 * DAY, answer_by=ON - 10 * DAY)


def test_a_lead_goes_to_a_dealer_reports_and_comes_back(anna: Caller, kraft: Account) -> None:
    row = lead(anna)
    where = f"leads/{row.pk}/"
    before = anna.get(where).data
    assert (before["partner_id"], before["dealer_reports_by"], before["dealer_overdue"]) == (None, None, False)
    until = (ON + 20 * DAY).isoformat()
    given = anna.post(f"{where}hand-to-dealer/", {"partner_id": kraft.pk, "answer_by": until})
    assert given.status_code == 200, given.content
    assert (given.data["partner_id"], given.data["dealer_given_on"], given.data["dealer_reports_by"]) == (
        kraft.pk, ON.isoformat(), until,
    )  # fmt: skip
    assert "already" in str(anna.post(f"{where}hand-to-dealer/", {"partner_id": kraft.pk}).data)
    told = anna.post(f"{where}report/", {"what": "Visited them", "spoke": True})
    assert (told.data["state"], told.data["dealer_heard_on"]) == ("working", ON.isoformat())
    assert Touch.objects.get().kind == "dealer"
    assert anna.post(f"{where}report/", {"what": "x", "on": (ON + DAY).isoformat()}).status_code == 409
    assert anna.post(f"{where}take-back/", {}).status_code == 400
    back = anna.post(f"{where}take-back/", {"reason": "Silent"})
    assert (back.data["partner_id"], back.data["dealer_given_on"]) == (None, None)
    assert DealerAssignment.objects.get().end_reason == "Silent"
    assert anna.post(f"{where}take-back/", {"reason": "Silent"}).status_code == 409


def test_a_lead_is_made_for_a_dealer_and_handed_over_under_its_etag(anna: Caller, kraft: Account) -> None:
    made = anna.post("leads/", {"company": "Visser", "partner_id": kraft.pk})
    assert (made.status_code, made.data["partner_id"]) == (201, kraft.pk) and made.data["dealer_reports_by"]
    row = lead(anna)
    version = anna.get(f"leads/{row.pk}/").headers["ETag"]
    body = {"partner_id": kraft.pk}
    assert anna.patch(f"leads/{row.pk}/", body, if_match=version).data["partner_id"] == kraft.pk
    assert anna.post(f"leads/{row.pk}/report/", {"what": "x"}, if_match=version).status_code == 412
    assert anna.patch(f"leads/{row.pk}/", body | {"country": "NL"}).data["country"] == "NL"  # the same dealer
    assert anna.patch(f"leads/{row.pk}/", {"partner_id": None}).status_code == 400


def test_leads_are_filtered_by_dealer_and_by_silence(anna: Caller, kraft: Account) -> None:
    silent, heard, ours = lead(anna), lead(anna, company="Visser"), lead(anna, company="Alba")
    for row in (silent, heard):
        anna.post(f"leads/{row.pk}/hand-to-dealer/", {"partner_id": kraft.pk})
        late(row)
    anna.post(f"leads/{heard.pk}/report/", {"what": "Rang"})
    assert anna.ids("leads/", partner=kraft.pk) == [silent.pk, heard.pk]
    assert anna.ids("leads/", dealer_overdue="true") == [silent.pk]
    assert anna.ids("leads/", dealer_overdue="false") == [heard.pk, ours.pk]
    rows = {row["id"]: row["dealer_overdue"] for row in anna.rows("leads/")}
    assert rows == {silent.pk: True, heard.pk: False, ours.pk: False}


def test_a_list_of_dealers_leads_asks_the_same_for_two_and_for_many(
    anna: Caller, kraft: Account, django_assert_max_num_queries: Any
) -> None:
    def add(number: int) -> None:
        anna.post(f"leads/{lead(anna, company=f'More {number}').pk}/hand-to-dealer/", {"partner_id": kraft.pk})

    def asked() -> int:
        with django_assert_max_num_queries(30) as found:
            anna.rows("leads/")
        return len(found.captured_queries)

    add(0)
    add(1)
    anna.rows("leads/")
    before = asked()
    for number in range(2, 9):
        add(number)
    assert asked() == before


def test_who_may_not_hand_over_leaves_it(anna: Caller, kraft: Account) -> None:
    row = lead(anna)
    body = {"partner_id": kraft.pk}
    for who in (cast.person("zoe", Role.SALES, cast.pool("South")), cast.person("tom", Role.TECHNICIAN)):
        assert writer(who).post(f"leads/{row.pk}/hand-to-dealer/", body).status_code == 404
    elke = writer(cast.person("elke", Role.EXECUTIVE))
    assert elke.post(f"leads/{row.pk}/hand-to-dealer/", body).status_code == 403
    far = cast.account("Far away", cast.person("mila"))
    refused = anna.post(f"leads/{row.pk}/hand-to-dealer/", {"partner_id": far.pk})
    assert refused.status_code == 400 and "within your reach" in str(refused.data)
    assert not DealerAssignment.objects.exists()
    mark = writer(cast.person("mark", Role.MARKETING))
    assert mark.post(f"leads/{row.pk}/hand-to-dealer/", body).data["partner_id"] == kraft.pk
    assert elke.get(f"leads/{row.pk}/").data["partner_id"] == kraft.pk


def test_a_deal_names_its_dealer(anna: Caller, kraft: Account) -> None:
    at = cast.account("Visser", anna.user)
    body = {"account_id": at.pk, "kind": "new_logo", "name": "First line"}
    refused = anna.post("opportunities/", body | {"partner_id": at.pk})
    assert refused.status_code == 409 and "customer itself" in str(refused.data)
    made = anna.post("opportunities/", body | {"partner_id": kraft.pk}).data
    other = anna.post("opportunities/", body).data
    assert (made["partner_id"], other["partner_id"]) == (kraft.pk, None)
    assert anna.ids("opportunities/", partner=kraft.pk) == [made["id"]]
    assert anna.patch(f"opportunities/{made['id']}/", {"partner_id": None}).data["partner_id"] is None
    assert anna.patch(f"opportunities/{made['id']}/", {"partner_id": kraft.pk, "name": "x"}).data["name"] == "x"
    assert Opportunity.objects.get(pk=made["id"]).partner == kraft
    machine = cast.asset(at, dealer=kraft)
    cast.asset(at)
    assert anna.ids("assets/", dealer=kraft.pk) == [machine.pk]


def test_a_conversion_is_taken_back_until_somebody_works_the_deal(anna: Caller) -> None:
    row = lead(anna)
    deal = anna.post(f"leads/{row.pk}/convert/", {}).data["id"]
    assert anna.post(f"leads/{row.pk}/undo-conversion/", {}).status_code == 400
    back = anna.post(f"leads/{row.pk}/undo-conversion/", {"reason": "Too early"})
    assert (back.data["state"], back.data["opportunity_id"], back.data["state_reason"]) == (
        "working", None, "Too early",
    )  # fmt: skip
    assert anna.get(f"opportunities/{deal}/").status_code == 404
    again = actions.convert_lead(lead=row, owner=row.owner, by=anna.user, on=ON)
    anna.patch(f"opportunities/{again.pk}/", {"stage": "qualification"})
    refused = anna.post(f"leads/{row.pk}/undo-conversion/", {"reason": "Too early"})
    assert refused.status_code == 409 and "has worked on this deal" in str(refused.data)


def test_a_deal_tells_the_clock_of_its_dealer_and_takes_their_report(anna: Caller, kraft: Account) -> None:
    at = cast.account("Visser", anna.user)
    said = {"account_id": at.pk, "kind": "new_logo", "name": "Second press", "partner_id": kraft.pk}
    made = anna.post("opportunities/", said)
    assert made.status_code == 201, made.content
    where = f"opportunities/{made.data['id']}/"
    assert (made.data["dealer_given_on"], made.data["dealer_overdue"]) == (ON.isoformat(), False)
    DealerAssignment.objects.update(given_on=ON - 30 * DAY, answer_by=ON - 10 * DAY)
    ours = Opportunity.objects.create(
        account=at, kind="new_logo", name="Ours", owner=Owner.objects.of(anna.user), known_on=ON
    )

    def found(ask: str) -> list[int]:
        return sorted(row["id"] for row in anna.get(f"opportunities/?{ask}").data["results"])

    assert found("dealer_overdue=true") == found("with_dealer=true") == [made.data["id"]]
    assert found("dealer_overdue=false") == found("with_dealer=false") == [ours.pk]
    row = anna.get(where).data
    assert (row["dealer_reports_by"], row["dealer_overdue"]) == ((ON - 10 * DAY).isoformat(), True)
    assert anna.post(f"{where}report/", {}).status_code == 400
    assert anna.post(f"{where}report/", {"what": "x", "on": (ON + DAY).isoformat()}).status_code == 409
    told = anna.post(f"{where}report/", {"what": "They budget for it"})
    assert (told.data["dealer_heard_on"], told.data["dealer_overdue"]) == (ON.isoformat(), False)
    assert found("dealer_overdue=true") == []
    gone = anna.patch(where, {"partner_id": None})
    assert (gone.data["dealer_given_on"], gone.data["dealer_reports_by"]) == (None, None)
    assert DealerAssignment.objects.get().ended_on == ON
