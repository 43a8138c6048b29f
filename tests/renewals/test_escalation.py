"""Escalation: a step that lies too long and a T that passed go to the lead, once, and come back by themselves."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from core.actions import touch
from core.calendar import BEGINNING
from core.leading import Lines, lead_of
from core.models import Outbox
from installed_base.actions.terms import Offer, move_term_end
from installed_base.models import Account
from playbooks import day
from playbooks.models import Firing, Release, Task
from playbooks.rules import State
from renewals.actions.deciding import decide_let_go, decide_lost, decide_renewed
from renewals.actions.escalating import seen
from renewals.actions.working import snooze
from renewals.escalation_words import reason
from renewals.models import Renewal
from renewals.rules.escalation import (
    LATE_STEP,
    NOT_SIGNED,
    EscalationPolicy,
    OpenRenewal,
    OpenStep,
    occurrences,
)
from renewals.tasks import ESCALATIONS, MILESTONES
from tests import cast
from tests.renewals.book import run_day

T = date(2026, 12, 31)
POLICY = EscalationPolicy()
# The first step of T-90 is due on Monday 5 October; five days later it is escalated.
LATE = date(2026, 10, 10)


def open_renewal(*steps, decides_on=T, snoozed_until=None, term=1):
    return OpenRenewal(1, 1, BEGINNING, term, decides_on, 1, 1, None, snoozed_until, "", steps)


def step(milestone="T-90", due_on=date(2026, 10, 5), snoozed_until=None):
    key = f"T1.M{milestone.removeprefix('T-')}@{T.isoformat()}"
    return OpenStep("Call", milestone, key, due_on, snoozed_until, "mila")


def states(renewal, on, recorded=None):
    found = occurrences(renewal, recorded or {}, POLICY, BEGINNING, on)
    return {o.rung.key: o.state for o in found}


def test_a_step_is_escalated_five_days_after_it_was_due_never_before():
    assert states(open_renewal(step()), LATE - timedelta(days=1)) == {}
    assert states(open_renewal(step()), LATE) == {"E.T1.M90@2026-12-31": State.FIRED}


def test_the_steps_of_a_milestone_are_one_escalation_and_the_newest_milestone_alone_speaks():
    both = open_renewal(step(), step(due_on=date(2026, 10, 7)), step("T-60", date(2026, 11, 6)))
    assert states(both, date(2026, 11, 11)) == {
        "E.T1.M90@2026-12-31": State.SUPERSEDED,
        "E.T1.M60@2026-12-31": State.FIRED,
    }


@pytest.mark.parametrize(
    "asleep", [open_renewal(step(snoozed_until=date(2027, 1, 1))), open_renewal(step(), snoozed_until=date(2027, 1, 1))]
)
def test_what_is_snoozed_is_silent_and_t_is_not(asleep):
    assert states(asleep, T) == {}
    after = T + timedelta(days=1)
    assert states(asleep, after)["U.T1@2026-12-31"] == State.FIRED


def test_when_t_has_passed_no_step_is_escalated_beside_it():
    late = open_renewal(step(), step("T-0", T))
    recorded = {}
    for days in range(1, 12):
        for o in occurrences(late, recorded, POLICY, BEGINNING, T + timedelta(days=days)):
            recorded[o.rung.rule, o.rung.key] = o.state
    assert {key for (_, key), state in recorded.items() if state == State.FIRED} == {"U.T1@2026-12-31"}
    assert recorded[LATE_STEP, "E.T1.M0@2026-12-31"] == State.SUPERSEDED


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=20))
def test_i13_a_t_that_is_moved_to_and_fro_is_escalated_once_per_t_beyond_the_tolerance(moves):
    recorded: dict = {}
    on = T + timedelta(days=60)
    for move in moves:
        for o in occurrences(open_renewal(decides_on=T + timedelta(days=move)), recorded, POLICY, BEGINNING, on):
            recorded[o.rung.rule, o.rung.key] = o.state
    anchors = sorted(date.fromisoformat(key[-10:]) for (rule, key), s in recorded.items() if rule == NOT_SIGNED)
    assert all((b - a).days > POLICY.tolerance_days for a, b in pairwise(anchors))


@given(
    st.lists(st.tuples(st.sampled_from(["T-90", "T-60", "T-30"]), st.integers(0, 90)), max_size=6),
    st.lists(st.integers(1, 30), max_size=8),
)
def test_i5_any_days_give_the_keys_of_every_day(steps, gaps):
    stuck = open_renewal(*(step(m, date(2026, 10, 5) + timedelta(days=d)) for m, d in steps))
    daily: dict = {}
    gappy: dict = {}
    on = date(2026, 10, 1)
    for gap in gaps:
        for _ in range(gap):
            on += timedelta(days=1)
            daily |= {(o.rung.rule, o.rung.key): o.state for o in occurrences(stuck, daily, POLICY, BEGINNING, on)}
        gappy |= {(o.rung.rule, o.rung.key): o.state for o in occurrences(stuck, gappy, POLICY, BEGINNING, on)}
    assert set(daily) == set(gappy)


HOUSE = Lines(
    teams_of={1: [10], 2: [10], 3: [10], 5: [20], 10: [10], 6: [30]},
    above={10: 20, 20: None, 30: None},
    leads={10: [2], 20: [5]},
    pools={10: 100, 20: 200, 30: 300},
)


@pytest.mark.parametrize(("owner", "lead"), [(1, 2), (10, 2), (2, 5), (5, 200), (6, 300), (7, 7)])
def test_the_lead_of_the_team_then_of_the_one_above_then_the_pool_never_nobody(owner, lead):
    assert lead_of(owner, HOUSE) == lead


def test_teams_that_stand_above_each_other_do_not_turn_round_for_ever():
    assert lead_of(1, Lines({1: [10]}, {10: 20, 20: 10}, {}, {})) == 1


# On the database.


@pytest.fixture
def team(db):
    return cast.pool("North")


@pytest.fixture
def lead(team):
    return cast.person("hanna", "team_lead", team)


@pytest.fixture
def mila(team, lead):
    return cast.person("mila", team=team)


@pytest.fixture
def term(mila):
    return cast.term(cast.account(owner=mila), date(2026, 1, 1), T, known_on=date(2026, 1, 2))


def on_desk(lead):
    return list(Task.objects.open().filter(owner=lead.owner).order_by("pk").values_list("step", flat=True))


def test_an_overdue_step_goes_to_the_lead_once_with_the_reason_in_words(term, lead):
    run_day(on=date(2026, 10, 2))
    run_day(through=LATE - timedelta(days=1))
    assert on_desk(lead) == []
    assert run_day(on=LATE).fired == {"renewal.overdue": 1}
    run_day(through=date(2026, 10, 30))
    task = Task.objects.get(owner=lead.owner)
    assert (task.step, task.due_on) == ("step-in-T-90", date(2026, 10, 12))
    assert task.note == (
        "“Review the customer's health” was due on 5 October 2026 and is 5 days late. It lies with mila."
    )
    told = Outbox.objects.get(kind="renewal.escalated")
    assert told.destination == f"owner:{lead.owner.pk}"
    assert (told.payload["why"], told.payload["reason"]) == ("overdue", task.note)
    assert run_day(on=date(2026, 10, 30), audit=True).found_by_audit == 0


def test_it_goes_from_the_desk_by_itself_when_the_steps_are_done(term, lead):
    run_day(on=date(2026, 10, 2))
    run_day(through=LATE)
    Task.objects.filter(release__milestone="T-90").update(done_on=LATE)
    run_day(through=LATE + timedelta(days=1))
    task = Task.objects.get(owner=lead.owner)
    assert (task.closed_on, task.closed_reason) == (
        LATE + timedelta(days=1),
        "No longer late: the steps are done or have time again",
    )


def test_a_moved_t_gives_the_steps_time_again(term, lead):
    run_day(on=date(2026, 10, 2))
    run_day(through=LATE)
    move_term_end(terms=[term.pk], ends_on=date(2027, 1, 14), by=lead, on=LATE)
    run_day(on=LATE)
    assert on_desk(lead) == []


def test_a_snoozed_renewal_is_not_escalated_until_it_wakes(term, mila, lead):
    run_day(on=date(2026, 10, 2))
    snooze(
        renewals=[Renewal.objects.get().pk],
        until=date(2026, 10, 20),
        reason="They move",
        by=mila,
        on=date(2026, 10, 2),
    )
    run_day(through=date(2026, 10, 19))
    assert on_desk(lead) == []
    run_day(through=date(2026, 10, 20))
    assert on_desk(lead) == ["step-in-T-90"]


def do_everything():
    Task.objects.open().update(done_on=date(2026, 12, 1))


def unsigned(term):
    run_day(on=date(2026, 12, 1))
    do_everything()
    run_day(through=T)
    do_everything()
    return run_day(on=T + timedelta(days=1))


def test_rn11_t_without_a_signature_escalates_and_asks_for_the_loss_interview(term, mila, lead):
    assert unsigned(term).fired == {"renewal.unsigned": 1}
    assert on_desk(lead) == ["escalate"]
    assert (
        Task.objects.get(step="escalate").note
        == "The last day to decide, 31 December 2026, passed without a signature."
    )
    interview = Task.objects.get(step="loss-interview")
    assert (interview.owner, interview.play) == (mila.owner, Renewal.objects.get().play)
    run_day(through=T + timedelta(days=20))
    assert Task.objects.filter(owner=lead.owner).count() == 1
    assert Firing.objects.filter(rule__in=(LATE_STEP, NOT_SIGNED), state="fired").count() == 1
    fired = set(Firing.objects.filter(subject_kind__in=("term", "renewal"), state="fired").values_list("pk", flat=True))
    assert fired == set(Release.objects.values_list("firing", flat=True)), "one effect for each (I7)"


def renewed(row, by, on):
    offer = Offer(months=12, annual_value=None, level_id=None)
    decide_renewed(renewal=row.pk, offer=offer, signed_on=on, note="", version=row.version, by=by, on=on)


def lost(row, by, on):
    decide_lost(renewal=row.pk, reason="price", note="Too dear", version=row.version, by=by, on=on)


def let_go(row, by, on):
    said = {"reason": "discontinued", "note": "Out of production", "agreed_on": on}
    decide_let_go(renewal=row.pk, version=row.version, by=by, on=on, **said)


@pytest.mark.parametrize("decide", [renewed, lost, let_go])
def test_what_is_decided_leaves_the_desk_of_the_lead(term, mila, lead, decide):
    unsigned(term)
    on = T + timedelta(days=3)
    decide(Renewal.objects.get(), mila, on)
    assert on_desk(lead) == []
    assert not Task.objects.open().exists()
    assert run_day(through=on + timedelta(days=30)).fired == {}


def test_g10_what_is_let_go_on_purpose_is_never_escalated(term, mila, lead):
    run_day(on=date(2026, 10, 2))
    let_go(Renewal.objects.get(), mila, date(2026, 10, 3))
    run_day(through=T + timedelta(days=10))
    assert not Firing.objects.filter(rule__in=(LATE_STEP, NOT_SIGNED)).exists()
    assert not Task.objects.open().exists()


def test_a_contract_that_goes_on_by_itself_is_not_escalated(mila, lead):
    cast.term(cast.account(owner=mila), date(2026, 1, 1), T, known_on=date(2026, 1, 2), tacit_months=12)
    run_day(on=date(2026, 12, 1))
    do_everything()
    run_day(through=T)
    do_everything()
    assert run_day(on=T + timedelta(days=1)).fired == {}
    assert Renewal.objects.get().outcome == "renewed"


def test_the_pools_late_work_goes_to_the_lead_of_the_pool(lead, mila, team):
    desk = cast.pool("Desk", team)
    cast.term(cast.account(owner=desk), date(2026, 1, 1), T, known_on=date(2026, 1, 2))
    run_day(on=date(2026, 10, 2))
    run_day(through=LATE)
    assert on_desk(lead) == ["step-in-T-90"]


def test_a_step_taken_back_long_after_its_day_is_found_again(term, mila, lead):
    run_day(on=date(2026, 10, 2))
    Task.objects.update(done_on=date(2026, 10, 3))
    run_day(through=date(2026, 10, 28))
    Task.objects.filter(step="call").update(done_on=None)
    assert run_day(on=date(2026, 10, 29)).fired == {"renewal.overdue": 1}
    assert run_day(on=date(2026, 10, 29), audit=True).found_by_audit == 0


def test_the_questions_do_not_grow_with_the_renewals(mila, lead, monkeypatch):
    monkeypatch.setattr(day, "days_to_do", lambda completed, on, through, policy: [through or on])
    numbers = []
    for count, ends_on in ((2, date(2026, 12, 31)), (12, date(2027, 3, 31))):
        for _ in range(count):
            cast.term(cast.account(owner=mila), date(2026, 1, 1), ends_on, known_on=date(2026, 1, 2))
        touch("account", Account.objects.values_list("pk", flat=True), since=T)
        day.run([MILESTONES], on=ends_on - timedelta(days=80))
        with CaptureQueriesContext(connection) as asked:
            report = day.run([ESCALATIONS], on=ends_on - timedelta(days=60))
        assert report.fired["renewal.overdue"] == count
        numbers.append(len(asked.captured_queries))
    assert numbers[0] == numbers[1]


def test_rn11_the_reason_names_the_first_late_step_of_its_milestone_in_the_language_of_the_reader():
    """What the firing keeps is enough, whatever became of the steps since."""
    both = open_renewal(
        step("T-60", date(2026, 11, 9)), step("T-60", date(2026, 11, 6)), step(due_on=date(2026, 10, 1))
    )
    key, on = f"E.{both.steps[0].released_by}", date(2026, 11, 11)
    assert reason(LATE_STEP, key, seen(both), on) == (
        "“Call” was due on 6 November 2026 and is 5 days late. It lies with mila."
    )
    with override("nl"):
        assert reason(LATE_STEP, key, seen(both), on) == (
            "“Telefoongesprek” moest op 6 november 2026 klaar zijn en is 5 dagen te laat. De stap ligt bij mila."
        )
    assert reason(LATE_STEP, key, {"open_steps": []}, on) == ""
