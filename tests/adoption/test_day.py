"""A go-live through the day: one play a start, check-ins one at a time, late ones start where they are."""

from datetime import timedelta

import pytest

from core.actions import touch
from core.models import Outbox
from installed_base.models import Asset, Site
from playbooks.models import Firing, Play, Release, Task
from tests import cast
from tests.adoption.base import LIVE, live, on, run

pytestmark = pytest.mark.django_db


def steps(**found):
    return list(Task.objects.filter(**found).order_by("created_on", "step").values_list("step", flat=True))


def test_a_go_live_opens_one_play_with_the_steps_of_its_phase_and_tells_the_owner():
    owner = cast.person("mila")
    machine = live(cast.account("Van Houten", owner))
    run(on=LIVE)
    play = Play.objects.get()
    assert (play.playbook, play.subject_kind, play.subject_id, play.anchor_on) == (
        "onboarding", "asset", machine.pk, LIVE,
    )  # fmt: skip
    assert steps() == ["baseline", "blockers", "train"]
    assert Task.objects.get(step="blockers").due_on == on(28)
    told = Outbox.objects.get()
    assert (told.kind, told.destination) == ("onboarding.started", f"owner:{play.owner_id}")
    run(on=LIVE)
    assert (Play.objects.count(), Task.objects.count(), Outbox.objects.count()) == (1, 3, 1)


def test_check_ins_come_one_at_a_time_and_again_when_the_last_one_was_done():
    live(cast.account())
    run(on=LIVE)
    run(on=on(1))
    run(on=on(3))
    assert steps(step__startswith="check-in") == ["check-in"]
    Task.objects.filter(step="check-in").update(done_on=on(3))
    run(on=on(4))
    assert steps(step__startswith="check-in") == ["check-in", f"check-in@{on(4)}"]
    assert Release.objects.count() == Firing.objects.filter(state="fired").count()


def test_machines_that_go_live_together_at_one_site_are_one_start():
    at = cast.account()
    hall, other = (Site.objects.create(account=at, name=n, known_on=cast.KNOWN) for n in ("Hall", "Other"))
    together = [live(at, site=hall) for _ in range(10)]
    apart = live(at, site=other)
    later = live(at, LIVE + timedelta(days=1), site=hall)
    run(on=on(1))
    assert set(Play.objects.values_list("subject_id", flat=True)) == {together[0].pk, apart.pk, later.pk}
    Asset.objects.filter(pk=together[0].pk).update(taken_out_on=on(2))
    touch("asset", [m.pk for m in together], since=on(2))
    run(on=on(2))
    assert set(Play.objects.open().values_list("subject_id", flat=True)) == {together[1].pk, apart.pk, later.pk}
    assert Play.objects.get(subject_id=together[0].pk).closed_reason == "The machine is no longer in service"


def test_a_late_import_starts_where_it_stands_and_old_machines_start_nothing():
    at = cast.account()
    for days in (40, 100, 400, 4000):
        live(at, LIVE - timedelta(days=days), known_on=LIVE)
    run(on=LIVE)
    assert Play.objects.count() == 2
    assert sorted(Firing.objects.filter(state="fired").values_list("occurrence_key", flat=True)) == sorted(
        f"{name}@{LIVE - timedelta(days=days)}"
        for days, name in ((40, "LIVE.value"), (40, "CHECK.D28"), (100, "LIVE.steady"), (100, "CHECK.D84"))
    )
    assert Task.objects.count() == 9
    assert run(on=LIVE, audit=True).found_by_audit == 0


def test_the_audit_finds_nothing_that_the_days_did_not():
    at = cast.account()
    for days in (0, 3, 9):
        live(at, LIVE + timedelta(days=days))
    run(on=on(-1))
    run(on=on(100), through=on(100))
    assert run(on=on(100), audit=True).found_by_audit == 0
    keys = Firing.objects.filter(occurrence_key__startswith="LIVE", state="fired")
    assert keys.count() == 9


def test_a_corrected_go_live_moves_the_open_steps_and_one_taken_back_closes_them():
    machine = live(cast.account())
    run(on=LIVE)
    Asset.objects.filter(pk=machine.pk).update(went_live_on=on(7))
    touch("asset", [machine.pk], since=LIVE)
    run(on=on(7))
    assert Play.objects.get().anchor_on == on(7)
    assert Task.objects.get(step="blockers").due_on == on(35)
    Asset.objects.filter(pk=machine.pk).update(went_live_on=None)
    touch("asset", [machine.pk], since=LIVE)
    run(on=on(8))
    assert Play.objects.get().closed_reason == "The go-live was taken back"
    assert Task.objects.open().count() == 0
    Asset.objects.filter(pk=machine.pk).update(went_live_on=on(7))
    touch("asset", [machine.pk], since=LIVE)
    run(on=on(9))
    assert Play.objects.get().closed_on is None
    assert steps(closed_on=None, done_on=None) == ["baseline", "blockers", "train", "check-in"]


def test_two_years_on_the_start_is_over():
    live(cast.account(), LIVE - timedelta(days=540))
    run(on=LIVE - timedelta(days=540))
    Task.objects.all().delete()
    run(on=LIVE, through=LIVE)
    assert Play.objects.open().count() == 1
    assert "maintain" in steps()
    run(on=on(240), through=on(240))
    assert Play.objects.get().closed_reason == "The start of this machine lies behind it"


@pytest.mark.parametrize("count", [1, 3])
def test_the_questions_of_a_day_do_not_grow_with_its_machines(count, django_assert_num_queries):
    for _ in range(count):
        live(cast.account())
    run(on=on(-1))
    with django_assert_num_queries(33):
        run(on=LIVE)
