"""Working and deciding renewals: who may, what is written, and what two people at once do to each other."""

from datetime import date
from decimal import Decimal

import pytest

from core.models import Membership, Outbox
from installed_base.actions.terms import Offer
from installed_base.models import Term
from renewals.actions.deciding import decide_let_go, decide_lost, decide_renewed, reopen
from renewals.actions.working import (
    Conflict,
    NotAll,
    Work,
    WorkRefused,
    assign,
    move_next_step,
    save_work,
    snooze,
    take,
    wake,
    write_note,
)
from renewals.models import Renewal
from tests import cast
from tests.renewals.book import ON, ending, renewal, task

WORK = Work(stage="quote_sent", next_step=" Call Mr van Dam ", next_step_on=date(2026, 11, 24))


@pytest.fixture
def team(db):
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def colleague(team):
    return cast.person("jonas", team=team)


@pytest.fixture
def row(mila):
    return renewal(ending(cast.account("Van Houten", mila)))


def test_stage_and_next_step_are_saved_and_counted(row, mila):
    saved = save_work(renewal=row.pk, work=WORK, version=1, by=mila)
    row.refresh_from_db()
    assert (row.stage, row.next_step, row.next_step_on, row.version) == (
        "quote_sent",
        "Call Mr van Dam",
        date(2026, 11, 24),
        2,
    )
    assert saved.version == 2


def test_who_comes_second_is_told_who_came_first(row, mila):
    lead = cast.person("lead", "administrator")
    save_work(renewal=row.pk, work=WORK, version=1, by=lead)
    with pytest.raises(Conflict, match="lead changed this renewal meanwhile") as told:
        save_work(renewal=row.pk, work=Work("to_start", "", None), version=1, by=mila)
    assert told.value.at is not None
    row.refresh_from_db()
    assert row.stage == "quote_sent"


@pytest.mark.parametrize("role", ["executive", "technician", "marketing", "operations"])
def test_who_does_not_work_renewals_cannot_change_one(row, role):
    with pytest.raises(Renewal.DoesNotExist):
        save_work(renewal=row.pk, work=WORK, version=1, by=cast.person("reader", role))


def test_a_colleague_reads_but_does_not_write_and_a_lead_writes(row, team, colleague):
    assert Renewal.objects.visible_to(colleague).filter(pk=row.pk).exists()
    with pytest.raises(Renewal.DoesNotExist):
        snooze(renewals=[row.pk], until=date(2027, 1, 4), reason="x", by=colleague, on=ON)
    lead = cast.person("lead", "team_lead", team)
    assert save_work(renewal=row.pk, work=WORK, version=1, by=lead).version == 2


def test_one_foreign_id_among_many_and_nothing_is_written(row, mila):
    foreign = renewal(ending(cast.account("Elsewhere", cast.person("far", team=cast.pool("South")))))
    with pytest.raises(Renewal.DoesNotExist):
        snooze(renewals=[row.pk, foreign.pk], until=date(2027, 1, 4), reason="x", by=mila, on=ON)
    assert not Renewal.objects.filter(snoozed_until__isnull=False).exists()
    with pytest.raises(Renewal.DoesNotExist):
        wake(renewals=[], by=mila)


def test_assigning_takes_the_play_and_the_owners_open_tasks_along(row, mila, colleague, team):
    mine, done = task(row), task(row, "Done", done_on=ON)
    his = task(row, "Quote", owner=colleague.owner)
    pool = team.owner
    assert assign(renewals=[row.pk], owner=pool.pk, by=mila) == 1
    for thing in (row, row.play, mine, done, his):
        thing.refresh_from_db()
    assert (row.owner, row.play.owner, mine.owner) == (pool, pool, pool)
    assert (done.owner, his.owner) == (mila.owner, colleague.owner)
    assert row.version == 2


def test_work_is_given_to_the_own_team_only(row, mila):
    stranger = cast.person("far", team=cast.pool("South"))
    with pytest.raises(WorkRefused, match="Choose somebody"):
        assign(renewals=[row.pk], owner=stranger.owner.pk, by=mila)


def test_a_date_without_a_step_is_no_plan(row, mila):
    with pytest.raises(NotAll) as refused:
        move_next_step(renewals=[row.pk], next_step_on=ON, by=mila)
    assert [s.partition(" has ")[2] for s in refused.value.rows] == ["no next step yet: write one first."]
    save_work(renewal=row.pk, work=WORK, version=1, by=mila)
    assert move_next_step(renewals=[row.pk], next_step_on=date(2026, 12, 1), by=mila) == 1


def test_snoozing_needs_a_later_day_and_a_reason_and_ends_by_waking(row, mila):
    with pytest.raises(WorkRefused, match="after today"):
        snooze(renewals=[row.pk], until=ON, reason="x", by=mila, on=ON)
    with pytest.raises(WorkRefused, match="why"):
        snooze(renewals=[row.pk], until=date(2027, 1, 4), reason=" ", by=mila, on=ON)
    snooze(renewals=[row.pk], until=date(2027, 1, 4), reason="Plant closes", by=mila, on=ON)
    row.refresh_from_db()
    assert (row.snoozed_until, row.snoozed_reason) == (date(2027, 1, 4), "Plant closes")
    wake(renewals=[row.pk], by=mila)
    row.refresh_from_db()
    assert row.snoozed_until is None


def test_a_note_stands_in_the_journal(row, mila):
    note = write_note(renewal=row.pk, text=" They are content ", by=mila, on=ON)
    assert (note.account, note.subject_kind, note.subject_id, note.text) == (
        row.account,
        "renewal",
        row.pk,
        "They are content",
    )
    with pytest.raises(WorkRefused):
        write_note(renewal=row.pk, text=" ", by=mila, on=ON)


def endless(mila, notice_months=0):
    of = cast.term(cast.account("A", mila), date(2020, 1, 1), None, notice_months=notice_months)
    return renewal(of, review=7, ends_on=None, decides_on=date(2026, 12, 31))


def renewed(row, by, **values):
    offer = Offer(months=12, annual_value=Decimal(12600), level_id=None)
    facts = {"offer": offer, "signed_on": ON, "note": "", "version": row.version}
    return decide_renewed(renewal=row.pk, by=by, on=ON, **(facts | values))


def test_renewed_signs_the_successor_and_closes_the_work(row, mila):
    open_task = task(row)
    decided = renewed(row, mila)
    open_task.refresh_from_db()
    row.play.refresh_from_db()
    assert (decided.outcome, decided.decided_on, decided.decided_by) == ("renewed", ON, mila)
    assert (row.play.closed_on, row.play.closed_reason) == (ON, "Renewed")
    assert (open_task.closed_on, open_task.closed_reason) == (ON, "Renewed")
    assert Term.objects.filter(predecessions__term=row.term, annual_value=12600).count() == 1
    with pytest.raises(WorkRefused, match="is decided"):
        renewed(decided, mila)


def test_no_signature_in_the_future(row, mila):
    with pytest.raises(WorkRefused, match="future"):
        renewed(row, mila, signed_on=date(2026, 11, 22))


def test_an_open_ended_contract_runs_on(mila):
    assert renewed(endless(mila), mila, offer=None).outcome == "renewed"
    assert Term.objects.count() == 1


def test_an_open_ended_contract_renewed_at_a_new_price_ends_on_its_anniversary(mila):
    row = endless(mila)
    decided = renewed(row, mila)
    assert list(Term.objects.order_by("number").values_list("starts_on", "ends_on")) == [
        (date(2020, 1, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 12, 31)),
    ]
    reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    assert list(Term.objects.values_list("ends_on", flat=True)) == [None]


def test_a_continued_term_is_followed_after_its_continuation(mila):
    of = cast.term(cast.account("A", mila), date(2025, 1, 1), date(2025, 12, 31), tacit_months=12)
    row = renewal(of, review=1, ends_on=date(2026, 12, 31), decides_on=date(2026, 12, 31))
    renewed(row, mila)
    assert Term.objects.get(number=2).starts_on == date(2027, 1, 1)


def test_a_term_with_an_end_needs_the_next_one(row, mila):
    with pytest.raises(WorkRefused, match="how many months"):
        renewed(row, mila, offer=None)


def lost(row, by, reason="price", note="A rival is cheaper"):
    return decide_lost(renewal=row.pk, reason=reason, note=note, version=row.version, by=by, on=ON)


def test_lost_needs_a_reason_and_a_note_and_tells_the_contract(row, mila):
    with pytest.raises(WorkRefused, match="reason"):
        lost(row, mila, reason="")
    with pytest.raises(WorkRefused, match="few words"):
        lost(row, mila, note=" ")
    decided = lost(row, mila)
    row.term.refresh_from_db()
    assert (decided.outcome, decided.reason, decided.outcome_note) == ("lost", "price", "A rival is cheaper")
    assert (row.term.notice_received_on, row.term.end_reason) == (ON, "price")


def test_losing_an_open_ended_contract_ends_it_after_its_notice_and_undo_lets_it_run_on(mila):
    row = endless(mila, notice_months=3)
    decided = lost(row, mila)
    row.term.refresh_from_db()
    assert row.term.ends_on == date(2027, 2, 21)
    reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    row.term.refresh_from_db()
    assert (row.term.ends_on, row.term.notice_received_on) == (None, None)


@pytest.mark.parametrize("decide", [renewed, lost])
def test_a_decision_can_be_taken_back(row, mila, decide):
    fallen = task(row)
    decided = decide(row, mila)
    again = reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    fallen.refresh_from_db()
    row.play.refresh_from_db()
    row.term.refresh_from_db()
    assert (again.outcome, again.decided_on, again.version) == ("", None, 3)
    assert (fallen.closed_on, row.play.closed_on, row.term.notice_received_on) == (None, None, None)
    assert Term.objects.count() == 1


def test_a_notice_from_before_the_decision_stays(mila):
    row = renewal(ending(cast.account("A", mila), notice_received_on=date(2026, 10, 1)))
    decided = lost(row, mila)
    reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    row.term.refresh_from_db()
    assert row.term.notice_received_on == date(2026, 10, 1)


def let_go(row, by, **values):
    said = {"reason": "discontinued", "note": "The series is out of production", "agreed_on": date(2026, 11, 2)}
    return decide_let_go(renewal=row.pk, version=row.version, by=by, on=ON, **(said | values))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": "price"}, "reason from the list"),
        ({"reason": ""}, "reason from the list"),
        ({"note": "  "}, "why it will not be renewed"),
        ({"agreed_on": date(2026, 11, 22)}, "future"),
    ],
)
def test_g10_letting_go_asks_for_a_reason_a_note_and_a_day(row, mila, wrong, sentence):
    with pytest.raises(WorkRefused, match=sentence):
        let_go(row, mila, **wrong)
    row.refresh_from_db()
    row.term.refresh_from_db()
    assert (row.outcome, row.term.notice_received_on, Outbox.objects.count()) == ("", None, 0)


def test_g10_what_is_let_go_on_purpose_ends_its_contract_and_its_work(row, mila):
    open_task = task(row)
    decided = let_go(row, mila)
    row.term.refresh_from_db()
    open_task.refresh_from_db()
    assert (decided.outcome, decided.reason, decided.agreed_on) == ("let_go", "discontinued", date(2026, 11, 2))
    assert (row.term.notice_received_on, row.term.end_reason) == (date(2026, 11, 2), "discontinued")
    assert (open_task.closed_on, open_task.closed_reason) == (ON, "Not renewed on purpose")
    again = reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    row.term.refresh_from_db()
    open_task.refresh_from_db()
    assert (again.outcome, again.agreed_on, row.term.notice_received_on, open_task.closed_on) == ("", None, None, None)


def test_a_contract_that_went_on_is_not_let_go_afterwards(mila):
    of = cast.term(cast.account("A", mila), date(2025, 12, 1), date(2026, 11, 30), tacit_months=12, notice_months=1)
    row = renewal(of)
    assert row.decides_on == date(2026, 10, 30)
    with pytest.raises(WorkRefused, match="last day to cancel was 2026-10-30"):
        let_go(row, mila)
    assert let_go(row, mila, agreed_on=date(2026, 10, 30)).outcome == "let_go"


@pytest.mark.parametrize(
    ("decide", "kind", "outcome", "reason"),
    [
        (renewed, "renewal.won", "renewed", ""),
        (lost, "renewal.lost", "lost", "price"),
        (let_go, "renewal.let_go", "let_go", "discontinued"),
    ],
)
def test_the_outbox_tells_each_outcome_once_and_its_undoing(row, mila, decide, kind, outcome, reason):
    decided = decide(row, mila)
    told = Outbox.objects.get()
    assert (told.kind, told.destination, told.subject_kind, told.subject_id) == (kind, "events", "renewal", row.pk)
    assert told.payload == {
        "renewal": row.pk,
        "review": 0,
        "term": row.term_id,
        "contract": row.term.contract_id,
        "account": row.account_id,
        "owner": row.owner_id,
        "outcome": outcome,
        "reason": reason,
        "annual_value_reporting": "12000.00",
        "decides_on": row.decides_on.isoformat(),
        "on": ON.isoformat(),
        "by": mila.pk,
    }
    again = reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    decide(again, mila)
    assert list(Outbox.objects.order_by("pk").values_list("kind", flat=True)) == [kind, "renewal.reopened", kind]


def test_an_owner_is_written_to_when_somebody_else_decides(row, mila):
    lost(row, cast.person("boss", "administrator"))
    assert Outbox.objects.get().destination == f"owner:{mila.owner.pk}"


def test_ct20_a_member_takes_a_pools_renewal_with_its_tasks_and_the_next_one_is_told(row, mila, colleague, team):
    desk = cast.pool("Small accounts desk", team)
    Membership.objects.create(team=desk, user=colleague)
    assign(renewals=[row.pk], owner=desk.owner.pk, by=mila)
    pooled, personal = task(row, owner=desk.owner), task(row, "Mine", owner=mila.owner)
    assert take(renewals=[row.pk], by=colleague) == 1
    for thing in (row, row.play, pooled, personal):
        thing.refresh_from_db()
    assert (row.owner, row.play.owner, pooled.owner) == (colleague.owner,) * 3
    assert (personal.owner, row.owner_chosen) == (mila.owner, True)
    with pytest.raises(WorkRefused, match="jonas has taken it already"):
        take(renewals=[row.pk], by=mila)


def test_ct20_who_is_not_in_the_pool_does_not_take_from_it(row, mila, colleague, team):
    assign(renewals=[row.pk], owner=cast.pool("Desk", team).owner.pk, by=mila)
    with pytest.raises(Renewal.DoesNotExist):
        take(renewals=[row.pk], by=colleague)
