"""The day on real PostgreSQL: effects, what follows when facts change, gaps, poison, audit, and the real sets."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bowtie.day import Refused, run_day
from core.actions import publish_policy, touch
from core.history import keep
from core.models import Job, Outbox, Owner, Touched
from expansion.models import Signal
from expansion.tasks import AGE_LADDER
from health.rules import Tier
from installed_base.models import AccountPeriod, Asset, Contract, Term, TermSuccession
from playbooks import day as engine
from playbooks.keys import QBR
from playbooks.models import Firing, Note, Play, Release, Task
from playbooks.qbr.rules import QbrPolicy
from playbooks.queries import WorkingDays, working_days
from playbooks.rules import DayPolicy
from renewals.models import Renewal, Stage
from renewals.rules import Calendar, MilestonePolicy
from renewals.tasks import MILESTONES, milestones
from tests import cast
from tests.playbooks import files

pytestmark = pytest.mark.django_db
D = date(2026, 11, 21)
KNOWN = date(2026, 1, 2)


def one_term(ends_on: date | None = date(2026, 12, 31), at=None, **values) -> Term:
    at = at or cast.account()
    return cast.term(at, date(2026, 1, 1), ends_on, known_on=values.pop("known_on", KNOWN), **values)


def changed(row, **values) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)
    touch(row._meta.model_name, [row.pk], since=D)


def titles() -> list[str]:
    of_renewals = Task.objects.open().exclude(play__playbook=QBR)
    return list(of_renewals.order_by("due_on", "id").values_list("step", flat=True))


def test_the_turbines_give_the_figures_of_the_issue():
    files.load_turbines(known_on=D)
    first = run_day(on=D).as_json()
    assert first["fired"] == {"age.upgrade": 20_096, "age.replacement": 8_098, "age.end_of_life": 41_375}
    assert (first["superseded"], first["cannot_evaluate"], first["signals"]) == (90_848, 573, 69_569)
    second = run_day(on=D).as_json()
    assert (second["fired"], second["superseded"], second["signals"]) == ({}, 0, 0)
    year = run_day(through=D + timedelta(days=365)).as_json()
    assert (beside_qbrs(year["fired"]), year["days"]) == ({"age.replacement": 3_060, "age.end_of_life": 4_300}, 365)
    assert set(Firing.objects.filter(on__gt=D, subject_kind="asset").values_list("on", flat=True)) == {date(2027, 1, 1)}
    assert Signal.objects.count() == Firing.objects.filter(state="fired", subject_kind="asset").count()
    assert not Task.objects.exclude(play__playbook=QBR).exists(), "a chance is a signal, never a task"


def test_the_act_contracts_give_the_figures_of_the_issue():
    files.load_act(known_on=D)
    report = run_day(on=D, audit=True).as_json()
    assert report["fired"] == {"renewal.T-0": 1, "renewal.T-30": 83, "renewal.T-60": 18, "renewal.T-90": 18}
    assert (report["plays"], report["baseline"], report["gate_listed"], report["found_by_audit"]) == (120, 784, 31, 0)
    baseline = Firing.objects.filter(state="baseline")
    assert baseline.values("subject_id").distinct().count() == 784
    assert Renewal.objects.count() == Play.objects.count() == Release.objects.count() == 120
    assert not Outbox.objects.filter(kind="milestone.missed").exists(), "nothing is alerted"
    assert beside_qbrs(run_day(on=D).fired) == {}


def test_one_play_from_the_first_milestone_and_the_steps_of_each_once():
    one_term()
    run_day(on=date(2026, 10, 2))
    assert titles() == ["review-health", "call", "discuss"]
    run_day(through=date(2026, 12, 31))
    assert renewal_plays() == Renewal.objects.count() == 1
    of_terms = Release.objects.filter(firing__subject_kind="term")
    assert list(of_terms.order_by("id").values_list("milestone", "late_days")) == [
        ("T-90", 0),
        ("T-60", 0),
        ("T-30", 0),
        ("T-0", 0),
    ]
    assert len([title for title in titles() if not title.startswith("step-in")]) == 9


def test_every_fired_row_has_one_effect_and_its_messages():
    for i in range(5):
        one_term(date(2026, 12, 31) + timedelta(days=20 * i))
        cast.asset(cast.account(), date(2010 + i * 3, 5, 5), known_on=KNOWN)
    run_day(on=D)
    fired = Firing.objects.filter(state="fired")
    assert set(fired.filter(subject_kind="term").values_list("id", flat=True)) == set(
        Release.objects.values_list("firing_id", flat=True)
    )
    assert set(fired.filter(subject_kind="asset").values_list("id", flat=True)) == set(
        Signal.objects.values_list("firing_id", flat=True)
    )
    told = Outbox.objects.filter(kind="milestone.fired")
    assert {row.payload["firing"] for row in told} == set(Release.objects.values_list("firing_id", flat=True))
    digests = Outbox.objects.filter(kind="signals.raised")
    assert sum(sum(row.payload.values()) for row in digests) == Signal.objects.count()


def test_tasks_roll_to_a_working_day_milestones_do_not():
    one_term(date(2027, 1, 1))
    run_day(on=date(2026, 10, 3))
    task = Task.objects.get(step="review-health")
    assert (task.milestone_on, task.milestone_on.weekday()) == (date(2026, 10, 3), 5)
    assert task.due_on == date(2026, 10, 5)
    run_day(through=date(2027, 1, 1))
    celebrate = Task.objects.get(step="celebrate")
    assert (celebrate.milestone_on, celebrate.due_on) == (date(2027, 1, 1), date(2027, 1, 4))


KINGS_DAY = date(2027, 4, 27)


@pytest.mark.parametrize(
    ("country", "policy", "expected"),
    [
        ("Netherlands", DayPolicy(), date(2026, 12, 28)),
        ("Germany", DayPolicy(), date(2026, 12, 28)),
        ("DE", DayPolicy(tasks_on_working_days=False), date(2026, 12, 26)),
    ],
)
def test_g14_boxing_day_rolls_to_monday_unless_tasks_do_not_roll(country, policy, expected):
    days = WorkingDays(policy.tasks_on_working_days, "NL", policy.tasks_keep_their_holidays)
    assert days.on_or_after(date(2026, 12, 26), country) == expected


@pytest.mark.parametrize(
    ("country", "theirs", "day", "expected"),
    [
        ("Netherlands", True, KINGS_DAY, date(2027, 4, 28)),
        ("Germany", True, KINGS_DAY, date(2027, 4, 28)),
        ("Germany", True, date(2027, 10, 31), date(2027, 11, 1)),
        ("Poland", True, date(2027, 11, 11), date(2027, 11, 12)),
        ("PL", True, date(2027, 11, 11), date(2027, 11, 12)),
        ("Poland", False, date(2027, 11, 11), date(2027, 11, 11)),
        ("United States", True, date(2027, 11, 25), date(2027, 11, 26)),
        ("Atlantis", True, date(2027, 11, 11), date(2027, 11, 11)),
        ("", True, KINGS_DAY, date(2027, 4, 28)),
    ],
)
def test_g14_neither_our_holidays_nor_those_of_the_customer(country, theirs, day, expected):
    assert WorkingDays(True, "NL", theirs).on_or_after(day, country) == expected


def test_g14_a_released_task_keeps_the_holidays_of_its_customer():
    poland = cast.account(country="Poland")
    for at in (poland, cast.account()):
        one_term(date(2026, 11, 4) + timedelta(days=90), at=at)
    run_day(on=date(2026, 11, 4))
    due = dict(Task.objects.filter(step="review-health").values_list("account__country", "due_on"))
    assert due == {"Poland": date(2026, 11, 6), "": date(2026, 11, 6)}
    due = dict(Task.objects.filter(step="call").values_list("account__country", "due_on"))
    assert due == {"Poland": date(2026, 11, 9), "": date(2026, 11, 9)}
    publish_policy(
        values=DayPolicy(tasks_on_working_days=False), valid_from=date(2026, 11, 5), by=cast.person("op")
    )  # fmt: skip
    assert working_days(date(2026, 11, 5)).on_or_after(date(2026, 11, 7)) == date(2026, 11, 7)


def test_g14_a_moved_task_keeps_the_holidays_of_its_customer():
    term = one_term(date(2027, 2, 2), at=cast.account(country="Poland"))
    run_day(on=date(2026, 11, 4))
    changed(term, ends_on=date(2027, 2, 7))
    run_day(on=date(2026, 11, 4))
    review = Task.objects.get(step="review-health")
    assert (review.milestone_on, review.due_on) == (date(2026, 11, 9), date(2026, 11, 12)), "the 11th is a holiday"


def test_the_owner_is_the_contracts_else_the_accounts():
    owner = Owner.objects.of(cast.person("mila"))
    at = cast.account(owner=cast.person("tom"))
    mine, theirs = one_term(at=at), one_term(at=at)
    Contract.objects.filter(pk=mine.contract_id).update(owner=owner)
    run_day(on=D)
    assert Renewal.objects.get(term=mine).owner.name == "mila"
    assert Renewal.objects.get(term=theirs).owner.name == "tom"


def test_a_moved_end_takes_the_open_work_with_it():
    term = one_term()
    run_day(on=date(2026, 10, 5))
    changed(term, ends_on=date(2027, 1, 10))
    assert beside_qbrs(run_day(on=date(2026, 10, 6)).fired) == {}, "within the tolerance"
    renewal = Renewal.objects.get()
    assert (renewal.decides_on, renewal.play.anchor_on) == (date(2027, 1, 10), date(2027, 1, 10))
    assert Task.objects.get(step="call").milestone_on == date(2026, 10, 12)
    assert "2027-01-10" in Note.objects.get().text
    changed(term, ends_on=date(2027, 12, 31))
    assert beside_qbrs(run_day(through=date(2027, 10, 2)).fired) == {"renewal.T-90": 1}
    assert renewal_plays() == 1


def test_a_step_done_for_the_old_date_is_asked_again_for_the_new_one():
    term = one_term()
    run_day(on=date(2026, 10, 5))
    Task.objects.filter(step="call").update(done_on=date(2026, 10, 6))
    changed(term, ends_on=date(2027, 12, 31))
    run_day(through=date(2027, 10, 2))
    assert sorted(titles()) == ["call@2027-12-31", "discuss", "review-health"]


@pytest.mark.parametrize("ending", ["terminated", "succeeded"])
def test_ended_terms_leave_no_open_work(ending):
    term = one_term()
    run_day(on=date(2026, 11, 5))
    if ending == "terminated":
        changed(term, terminated_on=date(2026, 11, 10), end_reason="cancelled")
    else:
        nxt = cast.term(term.contract.account, date(2027, 1, 1), date(2027, 12, 31), known_on=date(2026, 11, 10))
        TermSuccession.objects.create(term=term, successor=nxt, known_on=date(2026, 11, 10))
        touch("term", [term.pk, nxt.pk], since=D)
    report = run_day(on=date(2026, 12, 2))
    assert (report.fired, report.states["withdrawn"]) == ({}, 1)
    renewal = Renewal.objects.get(term=term)
    assert renewal.outcome == {"terminated": "closed", "succeeded": "renewed"}[ending]
    assert renewal.play.closed_reason and titles() == []


def test_reinstated_work_comes_back_and_what_fired_stays_silent():
    term = one_term()
    run_day(on=date(2026, 10, 5))
    changed(term, terminated_on=date(2026, 10, 6), end_reason="data_error")
    run_day(on=date(2026, 11, 3))
    assert Renewal.objects.get().decided_on == date(2026, 10, 6)
    changed(term, terminated_on=None, end_reason="")
    assert beside_qbrs(run_day(on=date(2026, 11, 4)).fired) == {"renewal.T-60": 1, "renewal.overdue": 1}
    assert Renewal.objects.get().decided_on is None
    assert Release.objects.filter(firing__subject_kind="term").count() == 2


def test_open_work_follows_a_new_owner_but_not_what_was_given_away():
    old, new, other = (Owner.objects.of(cast.person(name)) for name in ("old", "new", "other"))
    at = cast.account(owner=old.user)
    kept, given = one_term(at=at), one_term(at=at)
    run_day(on=D)
    Renewal.objects.filter(term=given).update(owner=other)
    type(at).objects.filter(pk=at.pk).update(owner=new)
    keep(AccountPeriod, [at.pk], on=D)
    touch("account", [at.pk], since=D)
    assert beside_qbrs(run_day(on=D).fired) == {}
    assert Renewal.objects.get(term=kept).owner == new
    assert Renewal.objects.get(term=given).owner == other
    assert set(Task.objects.filter(play__renewal__term=kept).values_list("owner__name", flat=True)) == {"new"}


def test_a_tacit_contract_goes_on_and_comes_up_again():
    one_term(tacit_months=12, notice_months=1)
    run_day(on=date(2026, 11, 30))
    assert Renewal.objects.get().decides_on == date(2026, 11, 30)
    run_day(on=date(2026, 12, 1))
    assert Renewal.objects.get().outcome == "renewed"
    run_day(through=date(2027, 9, 1))
    assert list(Renewal.objects.order_by("review").values_list("review", "decides_on")) == [
        (0, date(2026, 11, 30)),
        (1, date(2027, 11, 30)),
    ]
    assert run_day(on=date(2027, 9, 1), audit=True).found_by_audit == 0


def test_open_ended_contracts_come_up_each_year():
    cast.term(cast.account(), date(2002, 3, 1), None, known_on=D)
    run_day(on=D)
    assert not Renewal.objects.exists()
    run_day(through=date(2028, 3, 1))
    assert list(Renewal.objects.order_by("review").values_list("review", "decides_on", "ends_on")) == [
        (25, date(2027, 3, 1), None),
        (26, date(2028, 3, 1), None),
    ]
    assert run_day(on=date(2028, 3, 1), audit=True).found_by_audit == 0


def test_the_gate_opens_early_for_a_red_account_and_fixes_first():
    term = one_term()
    red = milestones(lambda ids, on: dict.fromkeys(ids, Tier.RED))
    engine.run([red, AGE_LADDER], on=date(2026, 7, 4))
    renewal = Renewal.objects.get(term=term)
    assert (renewal.stage, renewal.late_days) == (Stage.FIX_FIRST, 0)
    assert titles() == ["fix-first"]
    engine.run([red, AGE_LADDER], on=date(2026, 10, 2), through=date(2026, 10, 2))
    assert renewal_plays() == 1
    assert "call" in titles()


def test_signals_close_by_themselves_and_come_back():
    machine = cast.asset(cast.account(), date(2018, 1, 1), known_on=KNOWN)
    run_day(on=D)
    changed(machine, taken_out_on=D, taken_out_reason="scrapped")
    run_day(on=D)
    assert Signal.objects.get().closed_on == D
    changed(machine, taken_out_on=None)
    assert beside_qbrs(run_day(on=D).fired) == {}
    assert Signal.objects.get().closed_on is None


def test_the_next_rung_closes_the_one_before():
    cast.asset(cast.account(), date(2017, 1, 1), known_on=KNOWN)
    run_day(on=D)
    run_day(through=date(2027, 1, 1))
    assert list(Signal.objects.order_by("id").values_list("kind", "closed_on")) == [
        ("upgrade", date(2027, 1, 1)),
        ("replacement", None),
    ]


def test_a_signal_carries_an_estimate_where_a_price_is_known():
    at = cast.account()
    robot = cast.product(list_price=90_000, currency="EUR")
    cast.asset(at, date(2014, 1, 1), product=robot, known_on=KNOWN)
    cast.asset(at, date(2014, 1, 1), product=robot, price_reporting=120_000, known_on=KNOWN)
    cast.asset(at, date(2014, 1, 1), known_on=KNOWN)
    run_day(on=D)
    assert list(Signal.objects.order_by("asset_id").values_list("value_reporting", flat=True)) == [
        90_000,
        120_000,
        None,
    ]


def test_a_new_policy_fires_only_what_falls_due_from_its_first_day():
    one_term(date(2027, 3, 1))
    run_day(on=D)
    publish_policy(
        values=MilestonePolicy(milestones=(120, 90, 60, 30, 0)), valid_from=date(2026, 11, 25), by=cast.person("op")
    )
    report = run_day(on=date(2026, 11, 25))
    assert (report.fired, report.states["baseline"]) == ({}, 1)
    run_day(through=date(2026, 12, 1))
    assert Firing.objects.get(state="fired").occurrence_key == "T1.M90@2027-03-01"


def test_what_is_known_later_waits_until_then():
    term = one_term(known_on=date(2026, 12, 1))
    touch("term", [term.pk], since=D)
    assert beside_qbrs(run_day(on=D).fired) == {}
    assert Touched.objects.count() == 1
    assert beside_qbrs(run_day(through=date(2026, 12, 1)).fired) == {"renewal.T-30": 1}
    assert not Touched.objects.exists()


def test_a_gap_is_replayed_day_by_day_and_a_long_one_asks():
    one_term()
    run_day(on=date(2026, 9, 1))
    with pytest.raises(Refused, match="--through 2026-12-31"):
        run_day(on=date(2026, 12, 31))
    run_day(on=date(2026, 10, 12))
    of_terms = Firing.objects.filter(subject_kind="term")
    assert of_terms.get().on == date(2026, 10, 2)
    run_day(through=date(2026, 12, 31))
    assert renewal_plays() == 1
    assert list(of_terms.order_by("due_on").values_list("state", flat=True)) == ["fired"] * 4


def test_clock_back_does_nothing():
    one_term()
    run_day(on=D)
    report = run_day(on=D - timedelta(days=300))
    assert (report.fired, report.on) == ({}, D)


def test_production_refuses_days_that_have_not_come(settings):
    settings.PRODUCTION = True
    with pytest.raises(Refused, match="in production"):
        run_day(on=date(2999, 1, 1))


def test_a_poison_row_is_cornered_and_the_others_fire(monkeypatch):
    terms = [one_term() for _ in range(9)]

    def effect(fired, moment):
        if any(row.facts.id == terms[4].pk for row in fired):
            raise ValueError("poison")
        return MILESTONES.effect(fired, moment)

    broken = type(MILESTONES)(**{**MILESTONES.__dict__, "effect": effect})
    report = engine.run([broken, AGE_LADDER], on=D)
    assert (report.fired, [p["id"] for p in report.poison]) == ({"renewal.T-60": 8}, [terms[4].pk])
    assert Touched.objects.get().subject_id == terms[4].pk, "it is tried again at the next bell"
    assert beside_qbrs(run_day(on=D).fired) == {"renewal.T-60": 1}
    assert not Touched.objects.exists()


def test_the_audit_finds_and_fires_what_slipped_through():
    run_day(on=D)
    one_term()
    report = run_day(on=D, audit=True)
    assert report.found_by_audit == 2
    assert Firing.objects.exclude(found_by_audit_at=None).count() == 2
    assert Outbox.objects.filter(kind="milestone.missed").count() == 1
    assert Job.objects.filter(kind=engine.KIND).order_by("-id")[0].found_by_audit == 2
    assert run_day(on=D, audit=True).found_by_audit == 0


def test_the_command_prints_json_or_words_and_says_no_in_a_sentence():
    one_term()
    cast.asset(cast.account(), None, known_on=KNOWN)
    out = StringIO()
    call_command("run_day", "--on", "2026-11-21", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["on"] == "2026-11-21"
    assert set(found) >= {"fired", "superseded", "baseline", "withdrawn", "signals", "plays", "tasks", "errors"}
    assert (found["plays"], found["tasks"], found["cannot_evaluate"], found["errors"]) == (1, 3, 1, 0)
    out = StringIO()
    call_command("run_day", "--on", "2026-11-21", stdout=out)
    assert "Nothing was due." in out.getvalue()
    with pytest.raises(CommandError, match="too far ahead"):
        call_command("run_day", "--on", "2027-11-21")
    with pytest.raises(CommandError, match="before"):
        call_command("run_day", "--on", "2026-11-21", "--through", "2026-11-20")


def test_a_year_of_days_asks_a_fixed_number_of_questions_each():
    # No QBR comes up in these weeks: planning one asks its own questions.
    never = QbrPolicy(rhythms=(), other_months=1200)
    publish_policy(values=never, valid_from=date(2020, 1, 1), by=cast.person("op"))
    for _ in range(3):
        one_term(date(2028, 6, 1))
        cast.asset(cast.account(), date(2017, 6, 1), known_on=KNOWN)
    run_day(on=D)
    run_day(through=D + timedelta(days=1))
    few, many = (asked_through(D + timedelta(days=days)) for days in (6, 36))
    assert many - few == 25 * 40
    assert Asset.objects.count() == 3


def beside_qbrs(fired):
    """What fired beside the QBRs that every customer has coming."""
    return {rule: count for rule, count in fired.items() if not rule.startswith("qbr.")}


def renewal_plays() -> int:
    return Play.objects.exclude(playbook=QBR).count()


def asked_through(last: date) -> int:
    """How many questions it takes to go on from the last day that was done to this one."""
    with CaptureQueriesContext(connection) as asked:
        run_day(through=last)
    return len(asked)


def test_each_segment_has_its_own_calendar_and_a_changed_one_is_taken_up():
    publish_policy(
        values=MilestonePolicy(calendars=(Calendar(segment="enterprise", milestones=(240, 120, 30, 0), gate=300),)),
        valid_from=date(2026, 1, 1),
        by=cast.person("op"),
    )
    big, small = cast.account(segment="enterprise"), cast.account(segment="small")
    first, second = one_term(at=big), one_term(at=small)
    run_day(on=date(2026, 4, 1))
    run_day(through=date(2026, 5, 5))
    assert list(Firing.objects.filter(subject_kind="term").values_list("subject_id", "rule", "on")) == [
        (first.pk, "renewal.T-240", date(2026, 5, 5))
    ]
    assert Renewal.objects.get(term=first).late_days == 0
    run_day(through=date(2026, 9, 10))
    assert not Firing.objects.filter(subject_kind="term", subject_id=second.pk).exists()
    changed(small, segment="enterprise")
    assert beside_qbrs(run_day(on=date(2026, 9, 11)).fired) == {"renewal.T-120": 1}
    assert Renewal.objects.get(term=second).late_days == 129
    assert run_day(through=date(2026, 12, 31), audit=True).found_by_audit == 0
    fired = Firing.objects.filter(state="fired", subject_kind="term")
    assert set(fired.values_list("rule", flat=True)) == {
        "renewal.T-240",
        "renewal.T-120",
        "renewal.T-30",
        "renewal.T-0",
    }
