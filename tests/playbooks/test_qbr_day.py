"""What the day does for QBRs: they stand in the plan once, and their work is released once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.models import Outbox, Owner, Role
from core.policies import policy_on
from playbooks.models import Firing, Play, Qbr, Task
from playbooks.qbr.actions.planning import agree, cancel
from playbooks.qbr.rules import QbrPolicy
from tests import cast
from tests.playbooks.meetings import again, customer, meeting, run_day

pytestmark = pytest.mark.django_db
SLOT = date(2026, 12, 10)


@pytest.fixture
def mila():
    return cast.person("mila", team=cast.pool("North"))


def through(first, last):
    for n in range((last - first).days + 1):
        run_day(first + timedelta(days=n))


def test_a_customer_comes_round_by_the_rhythm_of_its_segment(mila):
    top, small = customer("Top", mila), customer("Small", mila, segment="small")
    through(date(2026, 11, 11), date(2026, 12, 3))
    assert list(Qbr._base_manager.values_list("account", "first_planned_on")) == [(top.pk, SLOT)]
    assert Qbr._base_manager.filter(account=small).count() == 0


def test_one_that_nobody_held_does_not_stop_the_next(mila):
    at = customer("Top", mila)
    for on in (date(2026, 12, 1), date(2027, 1, 10), date(2027, 2, 11)):
        run_day(on)
    assert sorted(Qbr._base_manager.filter(account=at).values_list("slot_on", flat=True)) == [SLOT, date(2027, 3, 10)]


def test_without_machine_or_contract_nobody_is_asked(mila):
    at = customer("Gone", mila)
    at.assets.update(taken_out_on=date(2026, 1, 1))
    run_day(date(2026, 12, 1))
    assert Qbr._base_manager.count() == 0


def test_the_date_of_a_weekend_rolls_to_a_working_day(mila):
    at = cast.account("Weekend", mila, segment="enterprise", country="NL")
    cast.asset(at, date(2025, 3, 12))
    run_day(date(2026, 12, 1))
    made = Qbr._base_manager.get(account=at)
    assert (made.slot_on, made.first_planned_on) == (date(2026, 12, 12), date(2026, 12, 14))


def test_plan_two_weeks_ahead_agenda_a_week_ahead_once(mila):
    customer("Van Houten", mila)
    through(date(2026, 11, 20), date(2026, 12, 4))
    titles = {t.step: (t.due_on, t.owner.user_id) for t in Task._base_manager.all()}
    assert titles == {
        "plan": (date(2026, 11, 30), mila.pk),
        "agenda": (date(2026, 12, 4), mila.pk),
        "pack": (date(2026, 12, 8), mila.pk),
    }
    play = Play._base_manager.get()
    assert (play.playbook, play.subject_kind, play.subject_id) == ("qbr", "qbr", Qbr._base_manager.get().pk)
    assert sorted(Outbox.objects.values_list("kind", flat=True)) == ["qbr.agenda", "qbr.plan"]
    before = Firing._base_manager.count()
    run_day(date(2026, 12, 4), audit=True)
    assert (Firing._base_manager.count(), Task._base_manager.count(), Play._base_manager.count()) == (before, 3, 1)


@pytest.mark.parametrize("jumps", [1, 2, 5, 13])
def test_it_does_not_matter_on_which_days_the_day_was_run(mila, jumps):
    """Path independence: what was missed is made good date by date."""
    customer("Van Houten", mila)
    run_day(date(2026, 11, 10))
    last = date(2026, 12, 6)
    on = date(2026, 11, 10)
    while on < last:
        on = min(on + timedelta(days=jumps), last)
        run_day(on)
    keys = set(Firing._base_manager.values_list("rule", "occurrence_key", "state", "due_on"))
    assert keys == {
        ("qbr.plan", "P@2026-12-10", "fired", date(2026, 11, 26)),
        ("qbr.agenda", "A@2026-12-10", "fired", date(2026, 12, 3)),
    }


def test_the_audit_finds_nothing_that_was_not_done(mila):
    for name in ("A", "B"):
        customer(name, mila)
    through(date(2026, 11, 20), date(2026, 12, 4))
    assert run_day(date(2026, 12, 4), audit=True).found_by_audit == 0


def test_a_moved_meeting_takes_its_open_steps_along_and_keeps_its_first_date(mila):
    at = customer("Van Houten", mila)
    through(date(2026, 11, 20), date(2026, 12, 3))
    qbr = again(Qbr._base_manager.get())
    agree(qbr=qbr, planned_on=SLOT, by=mila, on=date(2026, 12, 3))
    agree(qbr=again(qbr), planned_on=date(2026, 12, 17), by=mila, on=date(2026, 12, 3), reason="Plant is closed")
    moved = again(qbr)
    assert (moved.first_planned_on, moved.planned_on) == (SLOT, date(2026, 12, 17))
    assert list(moved.moves.values_list("from_on", "to_on", "reason")) == [
        (SLOT, date(2026, 12, 17), "Plant is closed")
    ]
    agenda = Task._base_manager.get(step="agenda")
    assert (agenda.milestone_on, agenda.due_on) == (date(2026, 12, 10), date(2026, 12, 11))
    assert Task._base_manager.get(step="plan").done_on == date(2026, 12, 3)
    through(date(2026, 12, 4), date(2026, 12, 12))
    assert Task._base_manager.filter(account=at).count() == 3


def test_called_off_takes_the_work_away_and_the_next_comes_by_the_rhythm(mila):
    at = customer("Van Houten", mila)
    through(date(2026, 11, 20), date(2026, 11, 27))
    cancel(qbr=again(Qbr._base_manager.get()), side="customer", reason="No time", by=mila, on=date(2026, 11, 27))
    assert not Task._base_manager.filter(closed_on__isnull=True, done_on__isnull=True).exists()
    assert Play._base_manager.get().closed_reason == "The QBR was called off"
    through(date(2026, 11, 28), date(2026, 12, 20))
    assert list(Qbr._base_manager.filter(account=at).values_list("slot_on", flat=True)) == [SLOT]
    through(date(2027, 2, 1), date(2027, 2, 11))
    assert date(2027, 3, 10) in Qbr._base_manager.filter(account=at).values_list("slot_on", flat=True)


def test_a_late_summary_goes_to_the_lead_once_and_comes_back_when_it_is_sent(mila):
    team = mila.memberships.get().team
    hanna = cast.person("hanna", Role.TEAM_LEAD, team)
    at = customer("Van Houten", mila)
    held = datetime(2026, 12, 10, 13, 0, tzinfo=UTC)
    qbr = meeting(at, SLOT, held_at=held)
    run_day(date(2026, 12, 12))
    assert not Task._base_manager.exists()
    through(date(2026, 12, 13), date(2026, 12, 15))
    task = Task._base_manager.get()
    assert (task.step, task.owner.user, task.subject_id) == ("step-in", hanna, qbr.pk)
    assert "12 Dec 2026" in task.note.replace("\xa0", " ")
    told = Outbox.objects.get()
    assert (told.kind, told.destination) == ("qbr.summary_late", f"owner:{Owner.objects.of(hanna).pk}")


def test_a_meeting_goes_with_its_account_unless_somebody_chose_who_leads(mila):
    jonas = cast.person("jonas")
    at, other = customer("Van Houten", mila), customer("Other", mila)
    through(date(2026, 11, 20), date(2026, 11, 27))
    Qbr._base_manager.filter(account=other).update(owner_chosen=True)
    type(at)._base_manager.update(owner=Owner.objects.of(jonas))
    run_day(date(2026, 11, 28))
    owners = dict(Qbr._base_manager.values_list("account__name", "owner__name"))
    assert owners == {"Van Houten": "jonas", "Other": "mila"}
    assert dict(Task._base_manager.values_list("account__name", "owner__name")) == owners


def test_the_first_policy_is_the_articles(mila):
    found = policy_on(QbrPolicy, SLOT).values
    assert (found.plan_days, found.agenda_days, found.summary_hours, found.minutes) == (14, 7, 48, (15, 20, 15, 20, 10))
