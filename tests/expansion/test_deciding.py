"""Signals become a deal, a reason, or a later day; never two of them."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.models import Owner
from expansion.actions.deciding import accept_signals, dismiss_signals, snooze_signals
from expansion.models import Signal, SignalKind
from expansion.reasons import in_words, kept
from playbooks.models import Play, Task
from sales.models import DealKind, Opportunity, OpportunityPeriod
from tests import cast
from tests.expansion.base import signal

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


@pytest.fixture
def mila():
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def account(mila):
    return cast.account("Van Houten", mila)


def accept(signals, by, **values):
    defaults = {"kind": DealKind.REPLACEMENT, "name": "New line", "owner": Owner.objects.of(by), "by": by, "on": ON}
    return accept_signals(signals=[s.pk for s in signals], **(defaults | values))


def test_accepting_opens_one_deal_with_a_line_per_machine_and_one_play(mila, account):
    old, older = cast.asset(account, date(2016, 1, 1)), cast.asset(account, date(2013, 1, 1))
    found = [
        signal(old, SignalKind.REPLACEMENT, on=date(2026, 1, 1), value=80000),
        signal(older, SignalKind.END_OF_LIFE, on=date(2025, 1, 1), value=None),
    ]
    deal = accept(found, mila)
    assert Opportunity.objects.count() == Play.objects.count() == 1
    assert deal.value_reporting == 80000
    assert deal.probability == Decimal("0.05")
    assert {line.asset_id: line.value_reporting for line in deal.lines.all()} == {old.pk: 80000, older.pk: None}
    assert {(s.decision, s.decided_on, s.decided_by, s.opportunity) for s in Signal.objects.all()} == {
        ("accepted", ON, mila, deal)
    }
    play = Play.objects.get()
    assert (play.playbook, play.subject_kind, play.subject_id) == ("replacement", "opportunity", deal.pk)
    assert play.anchor_on == date(2025, 1, 1)
    assert OpportunityPeriod.objects.filter(opportunity=deal, valid_to=None).count() == 1


def test_a_replacement_begins_with_the_steps_whose_day_has_come(mila, account):
    machine = cast.asset(account, date(2016, 1, 1))
    accept([signal(machine, SignalKind.REPLACEMENT, on=date(2026, 1, 1))], mila)
    due = dict(Task.objects.values_list("step", "due_on"))
    # M-24 and M-18 of an end of life on 1 January 2028 lie behind; M-12 and M-6 come with their day.
    assert set(due) == {"talk", "compare"}
    assert all(day >= ON and day.weekday() < 5 for day in due.values())


def test_a_replacement_without_a_date_has_all_its_steps_at_once(mila, account):
    accept([signal(cast.asset(account, None), SignalKind.SUCCESSOR, on=ON)], mila)
    assert Play.objects.get().anchor_on is None
    assert set(Task.objects.values_list("step", flat=True)) == {"talk", "compare", "plan-budget", "quote", "close"}


def test_an_upgrade_follows_the_playbook_of_upgrades(mila, account):
    accept([signal(cast.asset(account, date(2021, 1, 1)), on=ON)], mila, kind=DealKind.UPGRADE)
    assert Play.objects.get().playbook == "upgrade"
    assert set(Task.objects.values_list("step", flat=True)) == {"outreach", "prove", "propose", "close"}


def test_what_was_decided_meanwhile_is_not_accepted_again(mila, account):
    found = signal(cast.asset(account, date(2016, 1, 1)), on=ON)
    accept([found], mila)
    with pytest.raises(ValidationError, match="decided meanwhile"):
        accept([found], mila)
    assert Opportunity.objects.count() == 1


def test_a_deal_belongs_to_one_account(mila, account):
    other = cast.account("Other", mila)
    found = [signal(cast.asset(a, date(2016, 1, 1)), on=ON) for a in (account, other)]
    with pytest.raises(ValidationError, match="several accounts"):
        accept(found, mila)
    assert Signal.objects.open().count() == 2
    assert not Opportunity.objects.exists()


def test_nothing_chosen_is_refused(mila):
    with pytest.raises(ValidationError):
        accept([], mila)


def test_dismissing_keeps_the_reason_and_leaves_decided_ones_alone(mila, account):
    first, second = (signal(cast.asset(account, date(2016, 1, 1)), on=ON) for _ in range(2))
    accept([first], mila)
    count = dismiss_signals(signals=[first.pk, second.pk], reason="no_budget", by=mila, on=ON)
    assert count == 1
    second.refresh_from_db()
    assert (second.decision, second.reason, second.decided_by) == ("dismissed", "no_budget", mila)
    assert Signal.objects.get(pk=first.pk).decision == "accepted"


@pytest.mark.parametrize("reason", ["", "   "])
def test_dismissing_and_snoozing_ask_for_a_reason(mila, account, reason):
    found = signal(cast.asset(account, date(2016, 1, 1)), on=ON)
    with pytest.raises(ValidationError):
        dismiss_signals(signals=[found.pk], reason=reason, by=mila, on=ON)
    with pytest.raises(ValidationError):
        snooze_signals(signals=[found.pk], until=date(2027, 1, 1), reason=reason, by=mila, on=ON)
    assert Signal.objects.waiting(ON).count() == 1


def test_a_snoozed_signal_waits_again_on_its_day(mila, account):
    found = signal(cast.asset(account, date(2016, 1, 1)), on=ON)
    snooze_signals(signals=[found.pk], until=date(2027, 1, 4), reason="after the budget", by=mila, on=ON)
    assert not Signal.objects.waiting(date(2027, 1, 3)).exists()
    assert Signal.objects.waiting(date(2027, 1, 4)).exists()
    with pytest.raises(ValidationError):
        snooze_signals(signals=[found.pk], until=ON, reason="today", by=mila, on=ON)


def test_reasons_are_kept_as_keys_and_shown_in_words():
    assert kept("other", " moves to Poland ") == "other: moves to Poland"
    assert in_words("no_budget") == "No budget"
    assert in_words("other: moves to Poland") == "Another reason: moves to Poland"
    assert in_words("from the old system") == "from the old system"
