"""Invitations through the API: read in scope, sent to one person, once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Role
from health.actions.answering import answer_survey
from health.models import Invitation
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.health.survey_base import invited, reader

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def team(db):
    return cast.pool("North")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.TEAM_LEAD, team))


@pytest.fixture
def jan(team):
    return reader(cast.account("Van Houten", team), name="Jan de Wit")


def test_invitations_are_read_in_scope_with_what_became_of_them(anna, jan):
    theirs = cast.person("bob", team=cast.pool("South"))
    foreign = invited(reader(cast.account("Theirs", theirs)), theirs, today())
    row = invited(jan, anna.user, today())
    assert anna.ids("survey-invitations/") == [row.pk]
    assert anna.get(f"survey-invitations/{foreign.pk}/").status_code == 404
    found = anna.get(f"survey-invitations/{row.pk}/")
    assert found.headers["ETag"]
    assert (found.data["stand"], found.data["contact_name"], found.data["answer_id"]) == ("open", "Jan de Wit", None)
    assert (found.data["kind"], found.data["scale_to"], found.data["sent_by_id"]) == ("relationship", 10, anna.user.pk)
    answer = answer_survey(invitation=row.pk, value=9, comment="", on=today())
    told = anna.get(f"survey-invitations/{row.pk}/").data
    assert (told["stand"], told["answer_id"], told["answered_on"]) == ("answered", answer.pk, today().isoformat())
    assert "address_digest" not in told
    assert anna.get(f"answers/{answer.pk}/").data["value"] == "9.00"


def test_invitations_are_narrowed(anna, jan, team):
    on = today()
    late = invited(reader(jan.account), anna.user, on - 60 * DAY)
    row = invited(jan, anna.user, on)
    done = invited(reader(cast.account("Other", team)), anna.user, on)
    answer_survey(invitation=done.pk, value=3, comment="", on=on)
    for asked, found in (
        ({"stand": "open"}, [row.pk]),
        ({"stand": "expired"}, [late.pk]),
        ({"stand": "answered"}, [done.pk]),
        ({"account": jan.account_id}, [late.pk, row.pk]),
        ({"contact": jan.pk}, [row.pk]),
        ({"kind": "ticket"}, []),
        ({"since": on.isoformat()}, [row.pk, done.pk]),
        ({"until": (on - DAY).isoformat()}, [late.pk]),
    ):
        assert sorted(anna.ids("survey-invitations/", **asked)) == found, asked
    problem(anna.get("survey-invitations/", stand="lost"), 400, "stand")
    problem(anna.get("survey-invitations/", kind="tea"), 400, "kind")


def test_roles_without_names_read_none_and_technicians_read_nothing(anna, jan, team):
    row = invited(jan, anna.user, today())
    eva = caller(cast.person("eva", Role.MARKETING))
    assert eva.get(f"survey-invitations/{row.pk}/").data["contact_name"] is None
    tom = cast.person("tom", Role.TECHNICIAN, team)
    cast.asset(jan.account, today(), technician=tom)
    assert caller(tom).ids("survey-invitations/") == []
    assert caller(tom).get(f"survey-invitations/{row.pk}/").status_code == 404


def test_a_survey_is_sent_once_however_often_it_is_asked(anna, jan):
    body = {"contact_id": jan.pk, "kind": "relationship"}
    answers = [anna.post("survey-invitations/", body, idempotency_key="k") for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    row = Invitation.objects.get()
    assert (row.contact, row.sent_by) == (jan, anna.user)
    assert answers[0].headers["Location"].endswith(f"/survey-invitations/{row.pk}/")
    again = problem(anna.post("survey-invitations/", body), 409)
    assert "was asked lately" in again["detail"]
    assert Invitation.objects.count() == 1


def test_what_cannot_be_sent_is_refused(anna, jan, team):
    foreign = reader(cast.account("Theirs", cast.pool("South")))
    gone = reader(jan.account, left_on=today())
    for values, field in (
        ({"contact_id": foreign.pk}, "contact_id"),
        ({"contact_id": gone.pk}, "contact_id"),
        ({"kind": "ticket"}, "kind"),
        ({"kind": None}, "kind"),
        ({"score": 9}, "score"),
    ):
        body = {"contact_id": jan.pk, "kind": "relationship"} | values
        problem(anna.post("survey-invitations/", body), 400, field)
    mute = reader(jan.account, email="")
    said = problem(anna.post("survey-invitations/", {"contact_id": mute.pk, "kind": "relationship"}), 409)
    assert "no e-mail address" in said["detail"]
    reads = caller(anna.user)
    assert reads.post("survey-invitations/", {"contact_id": jan.pk, "kind": "relationship"}).status_code == 403
    vera = writer(cast.person("vera", Role.EXECUTIVE))
    problem(vera.post("survey-invitations/", {"contact_id": jan.pk, "kind": "relationship"}), 400, "contact_id")
    assert not Invitation.objects.exists()


def test_a_list_costs_the_same_for_one_and_for_three(anna, jan, team, django_assert_num_queries):
    invited(jan, anna.user, today())
    with CaptureQueriesContext(connection) as one:
        anna.rows("survey-invitations/")
    for _ in range(2):
        invited(reader(cast.account("", team)), anna.user, today())
    with django_assert_num_queries(len(one)):
        assert len(anna.rows("survey-invitations/")) == 3
