"""The pages of those who ask: answers, invitations, sending by hand, following up; and who may see what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.metrics import compute_many
from core.models import Organisation, Role
from health.actions.answering import answer_survey, stop_surveys
from health.models import Invitation
from playbooks.models import Note
from tests import cast
from tests.health.survey_base import invited, reader, run
from tests.renewals.pages import text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LIST, SENT, SEND = "/health/surveys/", "/health/surveys/sent/", "/health/surveys/send/"


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(client, team):
    user = cast.person("mila", team=team)
    client.force_login(user)
    return user


def told(mila, name="Van Houten", value=4, comment="Getting help takes too long", **person):
    at = cast.account(name, mila)
    row = invited(reader(at, **({"name": f"Jan of {name}"} | person)), mila, today())
    return answer_survey(invitation=row.pk, value=value, comment=comment, on=today())


def test_the_list_shows_answers_with_their_words_and_the_response(client, mila):
    told(mila)
    told(mila, "Great Lakes", 10, "")
    invited(reader(cast.account("Laiterie", mila)), mila, today())
    text = text_of(client.get(LIST))
    assert "2 of 3 answered; 1 may still do so." in text
    assert "Getting help takes too long" in text
    assert "4 of 10" in text and "10 of 10" in text
    assert text.count("possible advocate") == 1


def test_the_rate_is_what_was_answered_of_what_was_sent(client, mila):
    told(mila)
    late = invited(reader(cast.account("Late", mila)), mila, today() - 60 * DAY)
    invited(reader(cast.account("Open", mila)), mila, today())
    assert late.valid_until < today()
    assert "33% 1 of 3 answered 1 still open" in text_of(client.get(LIST))


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("band=low", {"Low"}),
        ("band=middle", {"Middle", "Ticket"}),
        ("band=high", {"High"}),
        ("band=nonsense", {"Low", "Middle", "High", "Ticket"}),
        ("kind=ticket", {"Ticket"}),
        ("kind=relationship&band=low", {"Low"}),
        ("q=igh", {"High"}),
        ("period=all", {"Low", "Middle", "High", "Ticket", "Old"}),
        ("account=99999999999999999999999", {"Low", "Middle", "High", "Ticket"}),
    ],
)
def test_answers_are_narrowed(client, mila, asked, shown):
    on = today()
    for name, value in (("Low", 6), ("Middle", 8), ("High", 9)):
        cast.answer(cast.account(name, mila), on, value, question="recommend", occasion="relationship")
    cast.answer(cast.account("Ticket", mila), on, 4, scale_from=1, scale_to=5, occasion="ticket")
    cast.answer(cast.account("Old", mila), on - 400 * DAY, 9)
    rows = client.get(f"{LIST}?{asked}").context["page"].rows
    assert {row.account.name for row in rows} == shown


def test_another_team_is_not_there(client, mila):
    other = cast.person("bob", team=cast.pool("South"))
    answer = told(other, "Secret plant")
    invited(reader(cast.account("Hidden plant", other)), other, today())
    for address in (LIST, SENT, SEND):
        text = text_of(client.get(address))
        assert "Secret plant" not in text and "Hidden plant" not in text
    assert client.get(f"{LIST}answers/{answer.pk}/").status_code == 404
    assert client.post(f"{LIST}answers/{answer.pk}/", {"text": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.MARKETING])
def test_roles_without_names_read_scores_and_no_words(client, team, role):
    anna = cast.person("anna", team=team)
    answer = told(anna, comment="Jan Pietersen never calls back")
    run(today())
    Note.objects.create(
        account=answer.account, on=today(), text="Spoke with Pietersen", subject_kind="answer", subject_id=answer.pk
    )
    client.force_login(cast.person("eva", role))
    for address in (LIST, SENT, f"{LIST}answers/{answer.pk}/"):
        text = text_of(client.get(address))
        assert "Pietersen" not in text and "Jan of" not in text
        assert "4 of 10" in text
    assert client.post(f"{LIST}answers/{answer.pk}/", {"text": "x"}).status_code == 404
    assert client.get(SEND).status_code == 404


def test_technicians_have_no_such_page(client, team):
    anna = cast.person("anna", team=team)
    answer = told(anna)
    tom = cast.person("tom", Role.TECHNICIAN, team)
    cast.asset(answer.account, today(), technician=tom)
    client.force_login(tom)
    for address in (LIST, SENT, SEND, f"{LIST}answers/{answer.pk}/"):
        assert client.get(address).status_code == 404


def test_who_has_not_signed_in_is_sent_to_the_door(client, team):
    for address in (LIST, SENT, SEND):
        assert client.get(address).url.startswith("/login/")


def test_an_answer_shows_its_work_and_a_follow_up_is_written_down(client, mila):
    answer = told(mila)
    run(today())
    address = f"{LIST}answers/{answer.pk}/"
    text = text_of(client.get(address))
    assert "Call: thank them for the answer and ask what happened" in text
    assert "Nothing is written down yet" in text
    assert "3 tasks open" in text_of(client.get(LIST))
    empty = client.post(address, {"text": " "})
    assert (empty.status_code, Note.objects.count()) == (422, 0)
    done = client.post(address, {"text": "Called Jan: visit on Tuesday"})
    assert (done.status_code, done.url) == (302, address)
    note = Note.objects.get()
    assert (note.account, note.subject_kind, note.subject_id, note.by) == (answer.account, "answer", answer.pk, mila)
    assert "Called Jan: visit on Tuesday" in text_of(client.get(address))
    assert client.get(LIST).context["page"].rows[0].followed_on == today()


def test_who_may_look_and_not_change_gets_no_form(client, mila, team):
    answer = told(cast.person("anna", team=team))
    address = f"{LIST}answers/{answer.pk}/"
    assert "Log the follow-up" not in text_of(client.get(address))
    assert client.post(address, {"text": "x"}).status_code == 404
    assert Note.objects.count() == 0


def test_the_preview_says_who_gets_it_and_who_does_not_and_why(client, mila):
    at = cast.account("Van Houten", mila, country="Netherlands")
    reader(at, name="Good")
    reader(at, name="Mute", email="")
    reader(at, name="Gone", left_on=today())
    said_no, lately = reader(at, name="Said no"), reader(at, name="Lately")
    row = invited(said_no, mila, today() - 200 * DAY)
    stop_surveys(address_digest=row.address_digest, on=today())
    invited(lately, mila, today() - 10 * DAY)
    page = client.get(SEND + "?kind=relationship")
    assert [c.contact.name for c in page.context["wanted"]] == ["Good"]
    assert {row["contact"].name: row["why"].partition(";")[0] for row in page.context["skipped"]} == {
        "Mute": "no e-mail address is known",
        "Said no": "wants no more surveys",
        "Lately": "was asked lately",
    }
    assert Invitation.objects.count() == 2


def test_sending_asks_those_who_are_ticked_and_nobody_else(client, mila):
    at = cast.account("Van Houten", mila)
    one, two, mute = reader(at), reader(at), reader(at, email="")
    foreign = reader(cast.account("Foreign", cast.person("bob", team=cast.pool("South"))))
    ids = [one.pk, mute.pk, foreign.pk, "x", "9" * 30]
    done = client.post(SEND, {"kind": "relationship", "contact": ids}, follow=True)
    assert "Sent to 1 person. 1 was left in peace." in text_of(done)
    row = Invitation.objects.get()
    assert (row.contact, row.sent_by, two.pk == row.contact_id) == (one, mila, False)
    again = client.post(SEND, {"kind": "relationship", "contact": [one.pk]}, follow=True)
    assert "Sent to 0 people. 1 was left in peace." in text_of(again)


@pytest.mark.parametrize("data", [{}, {"kind": "relationship"}, {"kind": "tea", "contact": "1"}])
def test_sending_nothing_says_what_is_missing(client, mila, data):
    reader(cast.account("Van Houten", mila))
    page = client.post(SEND, data)
    assert page.status_code == 422
    assert page.context["error"] in {
        "Choose at least one person.",
        "This survey is not sent by hand. Choose another.",
    }
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("segment=enterprise", ["Jan"]),
        ("role=management", ["Piet"]),
        ("q=laiterie", ["Piet"]),
        ("onboarded=1", ["Jan"]),
        ("account=x&segment=nonsense", ["Jan", "Piet"]),
    ],
)
def test_the_people_of_a_survey_are_chosen(client, mila, asked, names):
    one = cast.account("Van Houten", mila, segment="enterprise")
    reader(one, name="Jan", role="operator")
    cast.asset(one, today() - 400 * DAY, went_live_on=today() - 30 * DAY)
    two = cast.account("Laiterie", mila)
    reader(two, name="Piet", role="management")
    cast.asset(two, today() - 300 * DAY, went_live_on=today() - 200 * DAY)
    found = client.get(f"{SEND}?kind=onboarding&{asked}").context["wanted"]
    assert sorted(c.contact.name for c in found) == names


def test_more_people_than_fit_are_said_to_be_there(client, mila, monkeypatch):
    monkeypatch.setattr("health.views.survey_send.SHOWN", 2)
    at = cast.account("Van Houten", mila)
    for _ in range(3):
        reader(at)
    page = client.get(SEND)
    assert (len(page.context["wanted"]), "The first 2 people are shown" in text_of(page)) == (2, True)


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", [LIST, SENT, SEND])
def test_the_lists_ask_as_much_for_three_as_for_one(client, mila, address):
    told(mila, "First")
    run(today())
    reader(cast.account("Ready", mila))
    client.get(address)
    one = queries(client, address)
    for name in ("Second", "Third"):
        told(mila, name)
        reader(cast.account(f"Ready {name}", mila))
    run(today())
    assert queries(client, address) == one


def test_invitations_are_listed_by_what_became_of_them(client, mila):
    told(mila, "Done")
    invited(reader(cast.account("Waiting", mila)), mila, today())
    invited(reader(cast.account("Over", mila)), mila, today() - 60 * DAY)
    for stand, name in (("open", "Waiting"), ("answered", "Done"), ("expired", "Over")):
        rows = client.get(f"{SENT}?stand={stand}").context["page"].rows
        assert [row.account.name for row in rows] == [name]


def test_the_timeline_of_the_account_tells_of_the_question_and_the_answer(client, mila):
    answer = told(mila)
    page = client.get(f"/accounts/{answer.account_id}/timeline/")
    assert "Survey sent: Relationship" in text_of(page)
    assert "Answer: 4 of 10" in text_of(page)
    assert f"{LIST}answers/{answer.pk}/" in page.content.decode()


def test_the_account_leads_to_its_own_people(client, mila):
    at, other = cast.account("Van Houten", mila), cast.account("Laiterie", mila)
    reader(at, name="Jan")
    reader(other, name="Piet")
    address = f"{SEND}?account={at.pk}"
    assert f'href="{address}"' in client.get(f"/accounts/{at.pk}/").content.decode()
    assert [c.contact.name for c in client.get(address).context["wanted"]] == ["Jan"]
    assert f'href="{LIST}"' in client.get("/accounts/").content.decode()


def test_an_answer_moves_the_metrics(mila):
    told(mila, value=9)
    told(mila, "Great Lakes", 3)
    found = compute_many(["nps", "csat"], on=today(), actor=mila)
    assert (found["nps"].numerator, found["nps"].denominator, found["csat"].value) == (0, 2, None)
