"""What people write down about a start: refused with a sentence, or written, touched, and taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.models import Role, Touched
from health.actions.check_in import check_in
from health.queries.starts import standings
from health.rules.red_flags import Course
from installed_base.actions.golive import DayRefused, record_go_live, record_on_specification
from installed_base.actions.promises import (
    PromiseRefused,
    drop_promise,
    give_promise,
    measure_promise,
    meet_promise,
    reopen_promise,
)
from installed_base.actions.results import ResultRefused, agree_result, realise_result
from installed_base.actions.training import (
    TrainingRefused,
    mark_trained,
    plan_training,
    remove_training,
    unmark_trained,
)
from installed_base.models import Asset, AssetEvent, Promise, RoiRecord, Training
from installed_base.rules.returns import Inputs
from playbooks.models import Task
from tests import cast
from tests.adoption.base import LIVE, live, on, promise, run, training

pytestmark = pytest.mark.django_db


def touched(kind):
    return set(Touched.objects.filter(kind=kind).values_list("subject_id", flat=True))


def test_a_go_live_is_written_with_who_said_so_and_can_be_taken_back(mila, clock):
    row = live(cast.account(owner=mila), None)
    Touched.objects.all().delete()
    record_go_live(asset=row.pk, went_live_on=on(10), by=mila, on=clock)
    event = AssetEvent.objects.get(kind="went_live")
    assert (event.on, event.by, touched("asset")) == (on(10), mila, {row.pk})
    record_go_live(asset=row.pk, went_live_on=on(12), by=mila, on=clock)
    assert AssetEvent.objects.get(kind="went_live").on == on(12)
    record_on_specification(asset=row.pk, on_specification_on=on(14), by=mila, on=clock)
    row.refresh_from_db()
    assert (row.went_live_on, row.on_specification_on) == (on(12), on(14))
    record_on_specification(asset=row.pk, on_specification_on=None, by=mila, on=clock)
    record_go_live(asset=row.pk, went_live_on=None, by=mila, on=clock)
    assert AssetEvent.objects.count() == 0
    assert Asset.objects.get().went_live_on is None


@pytest.mark.parametrize(
    ("verb", "day", "sentence"),
    [
        (record_go_live, 17, "That day has not come yet; choose today or earlier."),
        (record_go_live, -11, "That lies before the machine was installed."),
        (record_go_live, 6, "It ran on specification before that day; put that right first."),
        (record_on_specification, -1, "A machine runs on specification once it has gone live; that day comes first."),
    ],
)
def test_days_that_cannot_be_are_refused(mila, clock, verb, day, sentence):
    row = live(cast.account(owner=mila), on_specification_on=on(5))
    name = "went_live_on" if verb is record_go_live else "on_specification_on"
    with pytest.raises(DayRefused, match=sentence[:30]):
        verb(asset=row.pk, by=mila, on=clock, **{name: on(day)})


def test_nobody_writes_about_machines_of_others(machine, clock):
    stranger, technician = cast.person("bob", team=cast.pool("South")), cast.person("ruud", Role.TECHNICIAN)
    Asset.objects.filter(pk=machine.pk).update(technician=technician)
    for who in (stranger, technician):
        with pytest.raises(Asset.DoesNotExist):
            record_go_live(asset=machine.pk, went_live_on=on(1), by=who, on=clock)
        with pytest.raises(Promise.DoesNotExist):
            meet_promise(promise=promise(machine.account).pk, met_on=clock, by=who, on=clock)


def test_a_promise_is_measured_kept_below_again_and_let_go(machine, mila, clock):
    row = give_promise(
        account=machine.account, asset=machine, kind="output", text=" 900 boxes ", promised=Decimal(900),
        promised_on=on(-60), due_on=on(28), by=mila, on=clock,
    )  # fmt: skip
    assert (row.text, row.met_on) == ("900 boxes", None)
    kept = measure_promise(promise=row.pk, value=Decimal(905), measured_on=on(10), by=mila, on=clock)
    assert (kept.met_on, kept.met_by) == (on(10), mila)
    below = measure_promise(promise=row.pk, value=Decimal(880), measured_on=on(12), by=mila, on=clock)
    assert below.met_on is None
    assert standings([machine.pk], clock)[machine.pk].course is Course.BEHIND
    with pytest.raises(PromiseRefused, match="later measurement"):
        measure_promise(promise=row.pk, value=Decimal(1), measured_on=on(11), by=mila, on=clock)
    with pytest.raises(PromiseRefused, match="Say why"):
        drop_promise(promise=row.pk, reason=" ", by=mila, on=clock)
    drop_promise(promise=row.pk, reason="The line was changed", by=mila, on=clock)
    assert standings([machine.pk], clock)[machine.pk].course is Course.ON_TRACK
    with pytest.raises(PromiseRefused, match="let go"):
        meet_promise(promise=row.pk, met_on=clock, by=mila, on=clock)
    reopen_promise(promise=row.pk, by=mila, on=clock)
    meet_promise(promise=row.pk, met_on=clock, by=mila, on=clock)
    assert Promise.objects.get().met_on == clock
    assert touched("promise") == {row.pk}


def test_at_most_is_kept_from_below(machine, mila, clock):
    row = promise(machine.account, direction="at_most", promised=2)
    assert measure_promise(promise=row.pk, value=Decimal("1.8"), measured_on=clock, by=mila, on=clock).met_on == clock
    assert measure_promise(promise=row.pk, value=Decimal("2.1"), measured_on=clock, by=mila, on=clock).met_on is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"promised_on": on(17)}, "choose today or earlier"),
        ({"promised_on": on(0), "due_on": on(-1)}, "due before it was promised"),
    ],
)
def test_promises_that_cannot_be_are_refused(machine, mila, clock, values, sentence):
    with pytest.raises(PromiseRefused, match=sentence):
        give_promise(account=machine.account, kind="date", text="Live", by=mila, on=clock, **values)
    with pytest.raises(PromiseRefused, match="does not stand"):
        give_promise(
            account=cast.account(owner=mila), asset=machine, kind="date", text="x", promised_on=clock, by=mila, on=clock
        )


def test_training_counts_people_and_a_part_of_them(machine, mila, clock):
    anja = cast.contact(machine.account, name="Anja")
    plan_training(asset=machine, contact=anja, people=5, kind="operation", by=mila, on=clock)
    with pytest.raises(TrainingRefused, match="on the list for this already"):
        plan_training(asset=machine, contact=anja, kind="operation", by=mila, on=clock)
    with pytest.raises(TrainingRefused, match="does not belong"):
        plan_training(asset=machine, contact=cast.contact(cast.account()), kind="operation", by=mila, on=clock)
    several = plan_training(asset=machine, people=6, kind="operation", by=mila, on=clock)
    mark_trained(training=several.pk, trained_on=clock, people=4, by=mila, on=clock)
    trained = standings([machine.pk], clock)[machine.pk].start.trained
    assert (trained.trained, trained.people) == (4, 7)
    assert sorted(Training.objects.filter(contact=None).values_list("people", flat=True)) == [2, 4]
    with pytest.raises(TrainingRefused, match="before"):
        mark_trained(training=several.pk, trained_on=clock, by=mila, on=clock)
    with pytest.raises(TrainingRefused, match="stays on record"):
        remove_training(training=several.pk, by=mila, on=clock)
    unmark_trained(training=several.pk, by=mila, on=clock)
    remove_training(training=several.pk, by=mila, on=clock)
    trained = standings([machine.pk], clock)[machine.pk].start.trained
    assert (trained.trained, trained.people) == (0, 3)
    anja.left_on = clock
    anja.save()
    assert standings([machine.pk], clock)[machine.pk].start.trained.people == 2


def test_a_result_is_agreed_with_its_worth_and_realised(machine, mila, clock):
    inputs = Inputs(hours_before=Decimal(100), hours_after=Decimal(60), cost_hour=Decimal(30))
    row = agree_result(account=machine.account, asset=machine, goal="Fewer", agreed_on=on(2), inputs=inputs, by=mila,
                       on=clock)  # fmt: skip
    assert row.worth_reporting == Decimal("57600.00")
    with pytest.raises(ResultRefused, match="before the goal"):
        realise_result(result=row.pk, realised=None, realised_on=on(1), by=mila, on=clock)
    realise_result(result=row.pk, realised=Decimal(3), realised_on=on(9), by=mila, on=clock)
    assert standings([machine.pk], clock)[machine.pk].value.days == 9
    realise_result(result=row.pk, realised=None, realised_on=None, by=mila, on=clock)
    assert RoiRecord.objects.get().realised_by is None
    with pytest.raises(ResultRefused, match="cannot be"):
        agree_result(account=machine.account, goal="x", agreed_on=clock, by=mila, on=clock,
                     inputs=Inputs(scrap_before=Decimal(101)))  # fmt: skip


def test_a_check_in_is_a_contact_and_does_the_task_that_was_due(machine, mila, clock):
    run(on=on(-1))
    run(on=clock, through=clock)
    due = Task.objects.get(step__startswith="check-in", done_on=None)
    moment = check_in(asset=machine, kind="call", happened_on=clock, note="Runs", by=mila, on=clock)
    due.refresh_from_db()
    assert (due.done_on, due.done_by) == (clock, mila)
    assert (moment.subject_kind, moment.subject_id) == ("asset", machine.pk)
    assert standings([machine.pk], clock)[machine.pk].next_check_in_on == on(21)


def test_the_board_of_a_past_day_knows_nothing_of_later(machine, mila, clock):
    """Every fact that comes later leaves the standing of an earlier day as it was."""
    before = standings([machine.pk], on(6))
    cast.ticket(machine.account, on(7), asset=machine, kind="breakdown")
    cast.moment(machine.account, on(8))
    cast.reading(machine, on(9), 0)
    promise(machine.account, asset=machine, promised_on=on(7), measured=1, measured_on=on(8))
    training(machine, known_on=on(7))
    cast.roi(machine.account, on(7), on(9), asset=machine)
    record_on_specification(asset=machine.pk, on_specification_on=on(7), by=mila, on=clock)
    assert standings([machine.pk], on(6)) == before
    assert standings([machine.pk], clock)[machine.pk].course is Course.STUCK
    assert standings([machine.pk], LIVE - timedelta(days=1))[machine.pk].day is None


def test_a_ticket_that_was_solved_since_was_open_then(machine, clock):
    cast.ticket(machine.account, on(2), after_hours=120, asset=machine, kind="breakdown")
    assert [len(standings([machine.pk], on(n))[machine.pk].start.tickets) for n in (1, 2, 6, 7)] == [0, 1, 1, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_standings_ask_as_much_for_many_as_for_one(count, clock, django_assert_num_queries):
    rows = [live(cast.account()) for _ in range(count)]
    for row in rows:
        promise(row.account, asset=row)
        training(row)
        cast.reading(row, on(3))
        cast.ticket(row.account, on(3), asset=row)
    with django_assert_num_queries(7):
        assert len(standings([row.pk for row in rows], clock)) == count
