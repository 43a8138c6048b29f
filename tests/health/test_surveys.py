"""Surveys go out once, to those who may be asked, and an answer is written once and sets off what it must."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.actions import touch
from core.clock import today
from core.models import Organisation, Outbox, Role, Touched
from core.scope import System
from health.actions.answering import Closed, answer_survey, stop_surveys
from health.actions.inviting import MOST, invite
from health.models import Invitation, SurveyAnswer
from health.queries.asking import digest_of, people
from health.rules.survey import ONBOARDING, RELATIONSHIP, TICKET, Stand
from health.survey_link import invitation_behind, token_of
from playbooks.actions.tasks import complete_task
from playbooks.library import LOOP
from playbooks.models import Firing, Play, Release, Task
from tests import cast
from tests.health.survey_base import LINK, invited, posted_mail, reader, run

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
DAY = timedelta(days=1)


@pytest.fixture
def mila(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def at(mila):
    return cast.account("Van Houten", mila, country="Netherlands")


def sent() -> list[tuple[str, str, date]]:
    rows = Invitation.objects.order_by("pk").values_list("contact__name", "kind", "sent_on")
    return [*rows]


def test_a_machine_that_went_live_is_asked_about_six_weeks_later_once(at):
    reader(at, name="Jan")
    machine = cast.asset(at, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON - DAY)
    assert sent() == []
    run(ON)
    assert sent() == [("Jan", ONBOARDING, ON)]
    row = Invitation.objects.get()
    assert (row.asset, row.language, row.scale_from, row.scale_to) == (machine, "nl", 1, 10)
    assert (row.firing.rule, row.firing.subject_kind) == ("survey.ask.onboarding", "contact")
    report = run(ON, audit=True)
    assert (len(sent()), report.found_by_audit) == (1, 0)
    assert run(ON + DAY, audit=True).found_by_audit == 0


def test_days_that_were_missed_are_made_good_and_the_audit_finds_nothing(at):
    reader(at, name="Jan")
    cast.asset(at, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON - 9 * DAY)
    report = run(ON + 20 * DAY, audit=True)
    assert (sent(), report.found_by_audit) == ([("Jan", ONBOARDING, ON)], 0)


def test_a_machine_without_a_day_of_going_live_counts_from_its_installation_at_its_own_site(at):
    from installed_base.models import Site

    here = Site.objects.create(account=at, name="Veghel", known_on=ON)
    there = Site.objects.create(account=at, name="Uden", known_on=ON)
    reader(at, name="Here", site=here)
    reader(at, name="There", site=there)
    reader(at, name="Anywhere")
    cast.asset(at, ON - 42 * DAY, site=here)
    run(ON)
    assert sorted(name for name, _k, _on in sent()) == ["Anywhere", "Here"]


def test_who_reported_a_ticket_is_asked_the_day_after_it_was_solved(at):
    jan, _piet = reader(at, name="Jan"), reader(at, name="Piet")
    ticket = cast.ticket(at, ON - 3 * DAY, 48, contact=jan, number="T-1")
    run(ON)
    assert sent() == [("Jan", TICKET, ON)]
    assert Invitation.objects.get().ticket == ticket


def test_a_ticket_that_was_reopened_is_not_asked_about(at):
    jan = reader(at)
    cast.ticket(at, ON - 3 * DAY, 48, contact=jan, reopened_at=cast.at_hour(ON, 3))
    run(ON)
    assert sent() == []


def test_a_ticket_that_was_solved_again_meets_the_peace(at):
    jan = reader(at)
    cast.ticket(at, ON - 3 * DAY, 48, contact=jan)
    run(ON)
    cast.ticket(at, ON + 3 * DAY, 48, contact=jan)
    run(ON + 6 * DAY)
    states = Firing.objects.order_by("pk").values_list("state", flat=True)
    assert (len(sent()), [*states]) == (1, ["fired", "superseded"])


def test_an_address_that_comes_later_is_asked_then(at):
    jan = reader(at, email="")
    cast.asset(at, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON)
    assert Firing.objects.count() == 0
    jan.email = "jan@example.com"
    jan.save()
    touch("contact", [jan.pk], since=ON)
    run(ON + 3 * DAY)
    assert len(sent()) == 1


def test_two_contacts_of_one_address_get_one_mail(at, mila):
    reader(at, email="Jan@example.com")
    reader(cast.account("Other plant", mila), email="jan@EXAMPLE.com ".strip())
    for account in (at, Invitation.account.get_queryset().exclude(pk=at.pk).get(name="Other plant")):
        cast.asset(account, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON)
    states = sorted(Firing.objects.values_list("state", flat=True))
    assert (len(sent()), states) == (1, ["fired", "superseded"])
    assert run(ON + DAY, audit=True).found_by_audit == 0


def test_every_fired_row_has_its_invitation_and_its_mail(at):
    for _ in range(3):
        reader(at)
    cast.asset(at, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON)
    fired = Firing.objects.filter(state="fired")
    assert fired.count() == Invitation.objects.filter(firing__in=fired).count() == 3
    assert Outbox.objects.filter(kind="survey.invited").count() == 3


def test_by_hand_the_ones_in_peace_are_skipped_with_the_reason(at, mila):
    on = today()
    good, mute, gone = reader(at), reader(at, email=""), reader(at, left_on=on)
    done = invite(kind=RELATIONSHIP, contacts=[good.pk, mute.pk, gone.pk], by=mila, on=on)
    assert [row.contact_id for row in done.invited] == [good.pk]
    assert [(p.id, str(why.reason)) for p, why in done.skipped] == [(mute.pk, "no_address"), (gone.pk, "left")]
    again = invite(kind=RELATIONSHIP, contacts=[good.pk], by=mila, on=on)
    assert (again.invited, again.skipped[0][1].until) == ((), on + 180 * DAY)
    assert Outbox.objects.filter(kind="survey.invited").count() == 1


@pytest.mark.parametrize(
    ("kind", "many", "words"),
    [(TICKET, 1, "not sent by hand"), ("tea", 1, "not sent by hand"), (RELATIONSHIP, 0, "at least one")],
)
def test_what_cannot_be_sent_says_so(at, mila, kind, many, words):
    ids = [reader(at).pk for _ in range(many)]
    with pytest.raises(ValidationError, match=words):
        invite(kind=kind, contacts=ids, by=mila, on=ON)


def test_not_everybody_at_once(at, mila):
    with pytest.raises(ValidationError, match="at most"):
        invite(kind=RELATIONSHIP, contacts=range(1, MOST + 2), by=mila, on=ON)


def test_the_database_keeps_one_invitation_per_occasion(at, mila):
    row = invited(reader(at), mila, ON)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_mail_speaks_dutch_and_holds_a_link_per_score(at, mila):
    jan = reader(at, name="Jan")
    row = invited(jan, mila, today())
    [message] = posted_mail()
    html = message.alternatives[0][0]
    assert message.to == [jan.email]
    assert "Voss Robotics" in message.subject
    assert '<html lang="nl">' in html
    assert html.count("?score=") == 11
    assert token_of(row.pk) in LINK.findall(message.body)[0]
    assert message.extra_headers["List-Unsubscribe"].endswith("/stop/>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["Message-ID"].startswith(f"<survey.invited.{row.pk}@")


@pytest.mark.parametrize("gone", ["erased", "stopped", "answered", "no address", "expired"])
def test_a_mail_that_nobody_waits_for_is_not_sent(at, mila, gone):
    jan = reader(at)
    row = invited(jan, mila, today() - (30 * DAY if gone == "expired" else 0 * DAY))
    if gone == "erased":
        jan.delete()
    elif gone == "stopped":
        stop_surveys(address_digest=row.address_digest, on=today())
    elif gone == "answered":
        answer_survey(invitation=row.pk, value=9, comment="", on=today())
    elif gone == "no address":
        type(jan).objects.filter(pk=jan.pk).update(email="")
    assert posted_mail() == mail.outbox == []


def test_an_answer_is_a_fact_with_its_event(at, mila):
    row = invited(reader(at), mila, today())
    Touched.objects.all().delete()
    answer = answer_survey(invitation=row.pk, value=9, comment="  Good people. ", on=today())
    row.refresh_from_db()
    assert (row.answer, row.answered_on) == (answer, today())
    assert (answer.account, answer.value, answer.scale_from, answer.scale_to) == (at, 9, 0, 10)
    assert (answer.question, answer.occasion, answer.comment) == ("recommend", "relationship", "Good people.")
    assert (answer.source, answer.external_id) == ("survey", f"invitation/{row.pk}")
    touched = Touched.objects.get()
    assert (touched.kind, touched.subject_id, touched.account_id) == ("answer", answer.pk, at.pk)
    told = Outbox.objects.get(kind="survey.answered")
    assert (told.destination, told.payload["band"]) == (f"owner:{at.owner_id}", "high")


def test_an_answer_counts_for_the_machine_it_was_asked_about(at):
    reader(at)
    machine = cast.asset(at, ON - 60 * DAY, went_live_on=ON - 42 * DAY)
    run(ON)
    answer = answer_survey(invitation=Invitation.objects.get().pk, value=8, comment="", on=ON + DAY)
    assert (answer.asset, answer.occasion, answer.scale_from) == (machine, "post_installation", 1)


@pytest.mark.parametrize("value", [-1, 11])
def test_a_score_beside_the_scale_writes_nothing(at, mila, value):
    row = invited(reader(at), mila, ON)
    with pytest.raises(ValueError, match="between"):
        answer_survey(invitation=row.pk, value=value, comment="", on=ON)
    assert not SurveyAnswer.objects.exists()


def test_used_expired_and_erased_links_open_nothing(at, mila):
    used, late, erased = (invited(reader(at), mila, ON) for _ in range(3))
    answer_survey(invitation=used.pk, value=9, comment="", on=ON)
    Invitation.objects.filter(pk=erased.pk).update(contact=None)
    for row, on, stand in (
        (used, ON, Stand.ANSWERED),
        (late, late.valid_until + DAY, Stand.EXPIRED),
        (erased, ON, None),
    ):
        with pytest.raises(Closed) as closed:
            answer_survey(invitation=row.pk, value=3, comment="", on=on)
        assert closed.value.stand == stand
    assert SurveyAnswer.objects.count() == 1
    assert answer_survey(invitation=late.pk, value=9, comment="", on=late.valid_until)


def test_an_answer_that_is_taken_away_does_not_open_the_link_again(at, mila):
    row = invited(reader(at), mila, ON)
    answer_survey(invitation=row.pk, value=9, comment="", on=ON).delete()
    with pytest.raises(Closed):
        answer_survey(invitation=row.pk, value=9, comment="", on=ON)


def test_a_low_answer_opens_one_play_with_its_tasks(at, mila):
    row = invited(reader(at), mila, ON)
    answer = answer_survey(invitation=row.pk, value=6, comment="Too slow", on=ON)
    assert Outbox.objects.get(kind="survey.answered").destination == "events"
    for _ in range(2):
        run(ON)
    play = Play.objects.get()
    assert (play.playbook, play.subject_kind, play.subject_id) == (LOOP, "answer", answer.pk)
    assert (play.owner_id, play.account) == (at.owner_id, at)
    assert [*Task.objects.order_by("due_on").values_list("step", flat=True)] == ["thank", "repair", "close"]
    assert Release.objects.count() == Firing.objects.filter(rule="survey.low").count() == 1
    assert Outbox.objects.get(kind="survey.low").destination == f"owner:{at.owner_id}"
    assert run(ON + DAY, audit=True).found_by_audit == 0


def test_a_play_ends_when_all_of_it_is_done(at, mila):
    row = invited(reader(at), mila, ON)
    answer_survey(invitation=row.pk, value=2, comment="", on=ON)
    run(ON)
    first, *others = Task.objects.order_by("due_on")
    complete_task(task=first, by=mila, on=ON + DAY)
    run(ON + DAY)
    assert Play.objects.get().closed_on is None
    for task in others:
        complete_task(task=task, by=mila, on=ON + 20 * DAY)
    run(ON + 40 * DAY)
    play = Play.objects.get()
    assert (play.closed_on, play.closed_reason) == (ON + 20 * DAY, "All of it is done")


def test_an_answer_that_came_by_import_is_followed_as_well_when_it_is_fresh(at):
    cast.answer(at, ON - DAY, 3)
    cast.answer(at, ON - 200 * DAY, 3)
    cast.answer(at, ON - DAY, 7)
    run(ON, audit=True)
    assert Play.objects.count() == 1


def test_no_more_surveys_is_honoured_for_the_person_wherever_they_are(at, mila):
    jan = reader(at, email="jan@example.com")
    row = invited(jan, mila, ON)
    for on in (ON, ON + DAY):
        stop_surveys(address_digest=row.address_digest, on=on)
    twin = reader(cast.account("Other plant", mila), email="JAN@example.com")
    later = ON + 400 * DAY
    done = invite(kind=RELATIONSHIP, contacts=[jan.pk, twin.pk], by=mila, on=later)
    assert (done.invited, {str(why.reason) for _p, why in done.skipped}) == ((), {"stopped"})
    assert not people([jan.pk], ON - DAY)[0].stopped


def test_a_token_opens_its_own_invitation_alone(at, mila):
    row, other = invited(reader(at), mila, ON), invited(reader(at), mila, ON)
    token = token_of(row.pk)
    assert invitation_behind(token) == row
    _pk, _dot, signature = token.partition(".")
    for forged in (
        f"{other.pk}.{signature}",
        token[:-1],
        token + "x",
        "1",
        "",
        "." + signature,
        "x" * 500,
        "٣." + signature,
    ):
        assert invitation_behind(forged) is None


def test_the_digest_knows_one_address_however_it_is_written():
    assert digest_of(" Jan@Example.com") == digest_of("jan@example.com") != digest_of("piet@example.com")
    assert digest_of("  ") == ""


def test_technicians_see_no_invitations(at, mila):
    row = invited(reader(at), mila, ON)
    cast.asset(at, ON, technician=(tom := cast.person("tom", Role.TECHNICIAN)))
    assert [*Invitation.objects.visible_to(mila)] == [row]
    assert [*Invitation.objects.visible_to(tom)] == []
    assert [*Invitation.objects.visible_to(cast.person("zoe"))] == []
    assert Invitation.objects.visible_to(System("test")).count() == 1
