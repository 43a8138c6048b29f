"""The list, the meeting, its forms and its letters, for the roles that may and those that may not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.clock import now
from core.models import Outbox, Owner, Role
from core.outbox import relay
from installed_base.models import ContactMoment
from playbooks.models import Qbr, QbrLetter, QbrPart, Seat, Task
from tests import cast
from tests.playbooks.meetings import again, comes, customer, meeting
from tests.renewals.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def at(mila):
    return customer("Van Houten", mila)


@pytest.fixture
def today():
    return clock.today()


def page(client, name, *args, **query):
    return client.get(reverse(f"dashboards:{name}", args=args), query)


def post(client, name, *args, **said):
    return client.post(reverse(f"dashboards:{name}", args=args), said)


def held(at, today, hours=20, **values):
    moment = clock.now() - timedelta(hours=hours)
    return meeting(at, today - timedelta(days=1), held_at=moment, **values)


def test_an_empty_list_says_when_they_come(client, mila):
    client.force_login(mila)
    text = text_of(page(client, "qbrs"))
    assert "No QBR is ahead" in text
    assert "four weeks before its day" in text


def test_the_list_says_what_is_to_do_and_narrows(client, mila, today):
    one, two = customer("One", mila), customer("Two", mila, segment="small")
    meeting(one, today + timedelta(days=10))
    meeting(two, today + timedelta(days=12), agreed_on=today)
    late = customer("Late", mila)
    held(late, today, hours=60)
    meeting(customer("Over", mila), today - timedelta(days=90), cancelled_on=today, cancelled_side="customer",
            cancel_reason="x")  # fmt: skip
    client.force_login(mila)
    text = text_of(page(client, "qbrs"))
    assert "1 summary is due, 1 QBR is to be planned, 1 is agreed." in text
    assert "12 hours late" in text
    assert "Over" not in text
    narrowed = text_of(page(client, "qbrs", segment="small"))
    assert "Two" in narrowed and "One" not in narrowed.replace("One of", "")
    assert "Over" in text_of(page(client, "qbrs", state="cancelled"))
    other = cast.person("tom")
    assert "No QBR answers to these filters" in text_of(page(client, "qbrs", owner=Owner.objects.of(other).pk))


@pytest.mark.parametrize("name", ["qbrs", "today"])
def test_lists_ask_the_same_questions_of_one_and_of_three(client, mila, today, name):
    client.force_login(mila)
    counts = []
    for number in (1, 2, 3):
        at = customer(f"A{number}", mila)
        comes(meeting(at, today + timedelta(days=number)), cast.contact(at), Seat.EXECUTIVE)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text = text_of(page(client, name))
        counts.append(len(asked))
        assert f"A{number}" in text
    assert counts[1] == counts[2]


def test_planning_a_meeting_and_moving_it_needs_a_reason(client, mila, at, today):
    qbr = meeting(at, today + timedelta(days=10))
    client.force_login(mila)
    day = today + timedelta(days=11)
    assert post(client, "qbr_plan", qbr.pk, planned_on=day, starts_at="10:00", place="Veghel").status_code == 302
    shown = text_of(page(client, "qbr", qbr.pk))
    assert "Agreed for" in shown and "10:00, Veghel" in shown
    later = day + timedelta(days=3)
    refused = post(client, "qbr_plan", qbr.pk, planned_on=later)
    assert refused.status_code == 422
    assert "Say why the date moves." in text_of(refused)
    post(client, "qbr_plan", qbr.pk, planned_on=later, reason="Plant closed")
    moved = again(qbr)
    assert (moved.planned_on, moved.first_planned_on) == (later, today + timedelta(days=10))
    assert "Plant closed" in text_of(page(client, "qbr", qbr.pk))
    past = post(client, "qbr_plan", qbr.pk, planned_on=today - timedelta(days=1), reason="x")
    assert "planned for today or later" in text_of(past)


def test_who_comes_and_whether_an_executive_does(client, mila, at, today):
    qbr = meeting(at, today + timedelta(days=10))
    boss, lead = cast.contact(at, "management", name="Ilse Brouwer"), cast.contact(at, name="Jan de Vries")
    client.force_login(mila)
    assert "none so far" in text_of(page(client, "qbr", qbr.pk))
    said = {"ours-lead": mila.pk, f"theirs-{boss.pk}": "executive", f"theirs-{lead.pk}": "main"}
    assert post(client, "qbr_invite", qbr.pk, **said).status_code == 302
    seated = {(a.seat, str(a.contact or a.user)) for a in again(qbr).attendees.all()}
    assert seated == {("lead", "mila"), ("main", "Jan de Vries"), ("executive", "Ilse Brouwer")}
    assert "Ilse Brouwer" in text_of(page(client, "qbr", qbr.pk))
    double = post(client, "qbr_invite", qbr.pk, **{"ours-lead": mila.pk, "ours-expert": mila.pk})
    assert "One person takes one seat." in text_of(double)


def test_the_agenda_is_changed_and_says_when_it_is_too_long(client, mila, at, today):
    qbr = meeting(at, today + timedelta(days=10))
    client.force_login(mila)
    assert "80 minutes" in text_of(page(client, "qbr", qbr.pk))
    said = {f"minutes-{key}": 30 for key in ("review", "value", "feedback", "roadmap", "actions")}
    said |= {"words-roadmap": "New gripper in spring"}
    post(client, "qbr_agenda", qbr.pk, **said)
    text = text_of(page(client, "qbr", qbr.pk))
    assert "150 minutes" in text and "a QBR takes 60 to 90 minutes" in text and "New gripper in spring" in text
    wrong = post(client, "qbr_agenda", qbr.pk, **(said | {"minutes-review": 500}))
    assert wrong.status_code == 422


def test_it_is_held_and_the_clock_of_its_summary_runs(client, mila, at, today):
    qbr = meeting(at, today, agreed_on=today)
    person = comes(qbr, cast.contact(at, name="Jan de Vries"))
    comes(qbr, mila, Seat.LEAD)
    client.force_login(mila)
    future = post(client, "qbr_hold", qbr.pk, held_on=today + timedelta(days=1), held_time="10:00")
    assert "choose a moment that has passed" in text_of(future)
    yesterday = today - timedelta(days=1)
    post(client, "qbr_hold", qbr.pk, held_on=yesterday, held_time="10:00", came=[person.pk])
    now = again(qbr)
    assert now.summary_due_at - now.held_at == timedelta(hours=48)
    task = Task._base_manager.get(step="summary")
    assert (task.title, task.owner, task.due_on) == (
        "Send the summary of the QBR", at.owner, yesterday + timedelta(days=2)
    )  # fmt: skip
    moment = ContactMoment._base_manager.get()
    assert (moment.kind, moment.on, moment.subject_id) == ("meeting", yesterday, qbr.pk)
    assert "The summary is due by" in text_of(page(client, "qbr", qbr.pk))
    twice = post(client, "qbr_hold", qbr.pk, held_on=yesterday, held_time="10:00")
    assert "is written down already" in text_of(twice)


def test_actions_of_ours_become_tasks_and_theirs_stay_with_the_customer(client, mila, at, today):
    qbr = held(at, today)
    person = cast.contact(at, name="Jan de Vries")
    client.force_login(mila)
    due = today + timedelta(days=20)
    mine = f"owner-{Owner.objects.of(mila).pk}"
    post(client, "qbr_action", qbr.pk, title="Train the night shift", who=mine, due_on=due)
    post(client, "qbr_action", qbr.pk, title="Send the layout", who=f"contact-{person.pk}", due_on=due)
    task = Task._base_manager.get()
    assert (task.title, task.due_on, task.subject_kind, task.subject_id) == (
        "Train the night shift", due, "qbr", qbr.pk
    )  # fmt: skip
    ours, theirs = qbr.actions.order_by("-ours")
    text = text_of(page(client, "qbr", qbr.pk))
    assert "Train the night shift" in text and "theirs · Jan de Vries" in text
    for action in (ours, theirs):
        post(client, "qbr_action_done", qbr.pk, action.pk)
    task.refresh_from_db()
    assert task.done_on == today
    assert {a.finished_on for a in qbr.actions.select_related("task")} == {today}


def test_the_summary_is_proposed_changed_and_sent_within_the_clock(client, mila, at, today):
    qbr = held(at, today)
    person = cast.contact(at, name="Jan de Vries", email="jan@example.com")
    comes(qbr, person)
    QbrPart.objects.create(qbr=qbr, key="review", minutes=15, notes="Line 2 runs again")
    Qbr.objects.filter(pk=qbr.pk).update(risks_note="They talk to a competitor")
    client.force_login(mila)
    post(client, "qbr_next", qbr.pk, planned_on=today + timedelta(days=90))
    form = page(client, "qbr_letter", qbr.pk, "summary")
    body = form.context["form"].initial["body"]
    assert form.context["form"].initial["to"] == [person.pk]
    assert "Line 2 runs again" in body
    assert "competitor" not in body
    nobody = post(client, "qbr_letter", qbr.pk, "summary", subject="S", body=body, send="1")
    assert "Choose at least one person" in text_of(nobody)
    post(client, "qbr_letter", qbr.pk, "summary", subject="S", body=body + "\nBye", to=[person.pk], keep="1")
    assert QbrLetter._base_manager.get().sent_at is None
    post(client, "qbr_letter", qbr.pk, "summary", subject="Summary", body=body, to=[person.pk], send="1")
    now = again(qbr)
    assert now.summary_sent_at <= now.summary_due_at
    assert "in time" in text_of(page(client, "qbr", qbr.pk))
    relay()
    assert [(m.to, m.subject) for m in mail.outbox] == [(["jan@example.com"], "Summary")]
    assert Outbox.objects.get(kind="qbr.summary_sent").payload["receivers"] == 1
    second = post(client, "qbr_letter", qbr.pk, "summary", subject="S", body="B", to=[person.pk], send="1")
    assert "was sent already" in text_of(second)
    assert len(mail.outbox) == 1


def test_the_next_date_makes_the_next_meeting(client, mila, at, today):
    qbr = held(at, today)
    client.force_login(mila)
    post(client, "qbr_next", qbr.pk, planned_on=today + timedelta(days=90))
    following = Qbr._base_manager.get(after=qbr)
    assert (following.planned_on, following.first_planned_on) == (today + timedelta(days=90),) * 2
    assert following.anchor_on == qbr.anchor_on
    again_ = post(client, "qbr_next", qbr.pk, planned_on=today + timedelta(days=95))
    assert "is agreed for" in text_of(again_)


def test_called_off_with_a_reason(client, mila, at, today):
    qbr = meeting(at, today + timedelta(days=10))
    client.force_login(mila)
    assert post(client, "qbr_cancel", qbr.pk, side="customer", reason="").status_code == 422
    post(client, "qbr_cancel", qbr.pk, side="customer", reason="Reorganisation")
    assert "Reorganisation" in text_of(page(client, "qbr", qbr.pk))
    assert "called off" in text_of(post(client, "qbr_hold", qbr.pk, held_on=today, held_time="00:01"))


def test_the_agenda_goes_out_in_the_customers_language(client, mila, at, today):
    qbr = meeting(at, today + timedelta(days=7), agreed_on=today)
    comes(qbr, cast.contact(at, email="jan@example.com"))
    client.force_login(mila)
    initial = page(client, "qbr_letter", qbr.pk, "agenda").context["form"].initial
    assert initial["body"].count("- ") >= 5
    assert page(client, "qbr_letter", qbr.pk, "summary").status_code == 404


def test_another_team_and_a_technician_find_nothing(client, at, today):
    qbr = meeting(at, today + timedelta(days=10))
    for who in (cast.person("carl", Role.TECHNICIAN), cast.person("tom", team=cast.pool("South"))):
        client.force_login(who)
        for name in ("qbr", "qbr_pack", "qbr_pdf", "qbr_plan", "qbr_hold", "qbr_own_notes"):
            assert page(client, name, qbr.pk).status_code == 404, (who, name)
        assert "Van Houten" not in text_of(page(client, "qbrs"))


def test_an_executive_reads_no_words_and_no_names_and_changes_nothing(client, at, today):
    qbr = held(at, today, health_note="Secret word one")
    person = cast.contact(at, "management", name="Ilse Brouwer", email="ilse@example.com")
    comes(qbr, person, Seat.EXECUTIVE)
    QbrPart.objects.create(qbr=qbr, key="review", minutes=15, notes="Secret word two", words="Secret word three")
    QbrLetter.objects.create(qbr=qbr, kind="agenda", subject="s", body="Secret word four",
                             receivers=[["Ilse Brouwer", "ilse@example.com"]], sent_at=now())  # fmt: skip
    cast.ticket(at, today - timedelta(days=3), title="Secret word five")
    cast.roi(at, today - timedelta(days=50), goal="Secret word six")
    qbr.actions.create(title="Secret word seven", due_on=today, ours=False, contact=person, created_on=today)
    client.force_login(cast.person("ceo", Role.EXECUTIVE))
    for name, args in (("qbr", ()), ("qbr_pack", ()), ("qbr_rows", ("opened",)), ("qbr_rows", ("goals",))):
        text = text_of(page(client, name, qbr.pk, *args))
        assert "Van Houten" in text, name
        assert "Secret word" not in text and "Brouwer" not in text, name
    assert page(client, "qbr_letter", qbr.pk, "summary").status_code == 404
    assert post(client, "qbr_cancel", qbr.pk, side="us", reason="x").status_code == 404


def test_the_account_and_today_show_them(client, mila, at, today):
    held(at, today, hours=50)
    other = customer("Frisse Start", mila)
    meeting(other, today + timedelta(days=5), agreed_on=today)
    client.force_login(mila)
    text = text_of(client.get("/"))
    assert "QBRs coming" in text and "2 hours late" in text
    account = text_of(client.get(f"/accounts/{other.pk}/"))
    assert "Next QBR on" in account


def test_a_meeting_is_made_by_hand_from_the_account(client, mila, at, today):
    client.force_login(mila)
    answer = post(client, "qbr_new", at.pk, planned_on=today + timedelta(days=20))
    made = Qbr._base_manager.get()
    assert answer.url == reverse("dashboards:qbr", args=[made.pk])
    assert (made.agreed_on, made.owner) == (today, at.owner)
    refused = post(client, "qbr_new", at.pk, planned_on=today + timedelta(days=25))
    assert "Move that one." in text_of(refused)
