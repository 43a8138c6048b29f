"""A replacement releases its steps when they fall due, day by day, once (EX-45, W-13)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowtie.day import run_day
from core.calendar import add_months
from core.models import Owner
from expansion.actions.deciding import accept_signals
from expansion.models import SignalKind
from expansion.rules.replacing import ReplacementFacts, months_before, releases, rungs
from playbooks.library import REPLACEMENT, LibraryPolicy, playbook
from playbooks.models import Firing, Play, Release, Task
from playbooks.rules import State
from sales.models import DealKind, Opportunity
from tests import cast
from tests.expansion.base import signal

STEPS = {"M-24": ["talk"], "M-18": ["compare"], "M-12": ["plan-budget"], "M-6": ["quote"], "M-0": ["close"]}
ENDS = date(2028, 1, 1)
OPENED = date(2026, 11, 20)


def facts(**values: object) -> ReplacementFacts:
    told = {"known_on": date(2020, 1, 1), "anchor_on": ENDS, "country": "NL", "value": None} | values
    return ReplacementFacts(1, 1, 1, subject_kind="opportunity", subject_id=1, **told)  # type: ignore[arg-type]


def test_w_13_the_dates_count_back_from_twelve_years() -> None:
    assert {rung.milestone: rung.due_on for rung in rungs(facts(), STEPS)} == {
        "M-24": date(2026, 1, 1),
        "M-18": date(2026, 7, 1),
        "M-12": date(2027, 1, 1),
        "M-6": date(2027, 7, 1),
        "M-0": ENDS,
    }


def test_the_steps_are_those_of_the_library() -> None:
    book = playbook(REPLACEMENT)
    assert {step.milestone: [step.key] for step in book.steps} == STEPS
    assert book in LibraryPolicy().playbooks
    assert [months_before(m) for m in ("M-18", "open", "M-x", "T-90")] == [18, None, None, None]


@given(st.dates(date(2026, 1, 1), date(2028, 6, 1)), st.dates(date(2026, 1, 1), date(2028, 6, 1)))
def test_whichever_days_are_run_each_milestone_fires_once(first: date, second: date) -> None:
    recorded: dict[tuple[str, str], str] = {}
    fired: list[str] = []
    for on in sorted((first, second)):
        for found in releases(facts(), recorded, STEPS, date(1900, 1, 1), on):
            recorded[found.rung.rule, found.rung.key] = found.state.value
            fired += [found.rung.milestone] if found.state is State.FIRED else []
    last = max(first, second)
    assert fired == [m for m in STEPS if add_months(ENDS, -int(m[2:])) <= last]


def test_nothing_is_released_of_a_closed_play_nor_of_steps_that_are_tasks_already() -> None:
    assert releases(facts(running=False), {}, STEPS, date(1900, 1, 1), ENDS) == []
    given_ = facts(given=frozenset({"talk", "compare"}))
    assert [f.rung.milestone for f in releases(given_, {}, STEPS, date(1900, 1, 1), date(2027, 1, 1))] == ["M-12"]


@pytest.fixture
def deal(db: None) -> Opportunity:
    mila = cast.person("mila", team=cast.pool("North"))
    machine = cast.asset(cast.account("Van Houten", mila), date(2016, 1, 1), known_on=date(2025, 1, 1))
    chance = signal(machine, SignalKind.REPLACEMENT, on=date(2026, 1, 1), value=80_000)
    run_day(on=OPENED)
    return accept_signals(
        signals=[chance.pk], kind=DealKind.REPLACEMENT, name="New line", owner=Owner.objects.of(mila), by=mila,
        on=OPENED, value=None,
    )  # fmt: skip


def of_the_play(deal: Opportunity) -> dict[str, date]:
    tasks = Task.objects.filter(subject_kind="opportunity", subject_id=deal.pk)
    return dict(tasks.values_list("step", "due_on"))


def test_the_day_releases_each_milestone_when_it_is_due(deal: Opportunity) -> None:
    assert set(of_the_play(deal)) == {"talk", "compare"}
    run_day(through=date(2026, 12, 31))
    assert set(of_the_play(deal)) == {"talk", "compare"}
    run_day(through=date(2027, 1, 1))
    # Fourteen days after M-12, on a working day.
    assert of_the_play(deal)["plan-budget"] == date(2027, 1, 15)
    task = Task.objects.get(step="plan-budget")
    assert (task.owner, task.milestone_on, task.value_reporting) == (deal.owner, date(2027, 1, 1), Decimal(80_000))
    release = Release.objects.get(play=Play.objects.get(playbook=REPLACEMENT))
    assert (release.milestone, release.firing.subject_kind, release.late_days) == ("M-12", "play", 0)


def test_a_day_that_is_run_again_releases_nothing_twice(deal: Opportunity) -> None:
    run_day(through=date(2027, 1, 2))
    before = Task.objects.count(), Firing.objects.count()
    run_day(through=date(2027, 1, 2), audit=True)
    assert (Task.objects.count(), Firing.objects.count()) == before


def test_a_silence_is_made_good_for_every_milestone(deal: Opportunity) -> None:
    run_day(through=date(2027, 7, 2))
    assert set(of_the_play(deal)) == {"talk", "compare", "plan-budget", "quote"}
    assert of_the_play(deal)["quote"] == date(2027, 7, 15)


def test_a_lost_deal_takes_no_further_step(deal: Opportunity) -> None:
    Opportunity.objects.filter(pk=deal.pk).update(stage="lost", closed_on=OPENED + timedelta(days=1))
    run_day(through=date(2027, 1, 2))
    assert set(of_the_play(deal)) == {"talk", "compare"}
