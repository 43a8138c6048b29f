"""Trouble, competitors, events, successors and talks."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from expansion.rules.heard import (
    CompetitorFacts,
    CompetitorPolicy,
    EventFacts,
    EventPolicy,
    account_event,
    competitor,
)
from expansion.rules.renewing import (
    SuccessorFacts,
    SuccessorPolicy,
    TalkFacts,
    UpsellTalkPolicy,
    successor,
    upsell_talk,
)
from expansion.rules.trouble import BreakdownPolicy, RecurringPolicy, Trouble, TroubleFacts, breakdown, recurring
from tests.playbooks.oracle import months_later

KNOWN = date(2020, 1, 1)
ABOUT = (1, 1, 1, KNOWN)
D = date(2026, 11, 21)


def tickets(*days, problem="Infeed jam", **values):
    return TroubleFacts(*ABOUT, tickets=tuple(Trouble(i, d, problem, True) for i, d in enumerate(days)), **values)


def test_ex08_the_third_time_within_half_a_year_is_a_recurring_problem():
    [one] = recurring(tickets(date(2026, 1, 5), date(2026, 3, 1), date(2026, 6, 20)), RecurringPolicy())
    assert (one.due_on, one.over_on, one.gone) == (date(2026, 6, 20), date(2026, 7, 6), "quiet")
    assert one.seen == {"tickets": 3, "months": 6, "problem": "Infeed jam"}
    assert recurring(tickets(date(2026, 1, 5), date(2026, 3, 1), date(2026, 8, 1)), RecurringPolicy()) == []


def test_different_problems_are_not_one_and_spelling_does_not_matter():
    facts = tickets(D, D, D)
    facts.tickets = tuple(Trouble(i, D, name) for i, name in enumerate(("Jam", "jam ", "JAM", "Belt", "Belt")))
    assert len(recurring(facts, RecurringPolicy())) == 1


@given(st.lists(st.dates(KNOWN, date(2022, 1, 1)), max_size=9), st.dates(KNOWN, date(2022, 12, 31)))
def test_the_oracle_counts_the_tickets_of_half_a_year(days, on):
    counted = sum(d <= on <= months_later(d, 6) for d in days)
    found = [e for e in recurring(tickets(*sorted(days)), RecurringPolicy()) if e.stands(on)]
    assert len(found) == (counted >= 3)


def test_ex06_a_long_standstill_counts_the_upgrades_that_are_known_and_claims_nothing():
    facts = tickets(D, options=2, option_price=Decimal(9000))
    facts.tickets = (Trouble(8, D, "Servo", True, Decimal(30)), Trouble(9, D, "Servo", True, Decimal(3)))
    [one] = breakdown(facts, BreakdownPolicy())
    assert (one.key, one.over_on, one.value, one.seen["options"]) == ("BREAKDOWN.8", D + timedelta(120), 9000, 2)
    bare = TroubleFacts(*ABOUT, tickets=facts.tickets)
    assert [(e.value, e.worth, e.seen["options"]) for e in breakdown(bare, BreakdownPolicy())] == [(None, "", 0)]


def test_ex09_a_competitors_machine_is_news_once_until_it_leaves():
    seen = CompetitorFacts(*ABOUT, D, name="Rotex gripper")
    assert [e.key for e in competitor(seen, CompetitorPolicy())] == ["COMPETITOR"]
    seen.taken_out_on = D + timedelta(9)
    assert [(e.over_on, e.gone) for e in competitor(seen, CompetitorPolicy())] == [(D + timedelta(9), "machine_gone")]
    assert competitor(CompetitorFacts(*ABOUT, None), CompetitorPolicy()) == []


def test_ex12_an_event_is_news_for_half_a_year_or_until_it_is_taken_back():
    event = EventFacts(*ABOUT, "new_plant", D, "press")
    [one] = account_event(event, EventPolicy())
    assert (one.due_on, one.over_on, one.gone) == (D, D + timedelta(180), "long_ago")
    event.taken_back_on = D + timedelta(2)
    assert [(e.over_on, e.gone) for e in account_event(event, EventPolicy())] == [(D + timedelta(2), "taken_back")]


def test_a_successor_is_told_of_old_machines_alone():
    facts = SuccessorFacts(*ABOUT, date(2023, 3, 1), 9, "VR-12", date(2025, 1, 1), price=Decimal(226_000))
    [one] = successor(facts, SuccessorPolicy())
    assert (one.key, one.due_on, one.value) == ("SUCCESSOR.9", date(2028, 3, 1), 226_000)
    facts.installed_on = None
    assert successor(facts, SuccessorPolicy()) == []


def test_ap08_six_months_without_a_talk_at_a_top_customer_once_per_silence():
    talks = (date(2026, 1, 10), date(2026, 3, 1))
    [one] = upsell_talk(TalkFacts(*ABOUT, 3, talks), UpsellTalkPolicy())
    assert (one.key, one.due_on, one.over_on) == ("TALK.2026-03-01", date(2026, 9, 1), None)
    assert upsell_talk(TalkFacts(*ABOUT, 21, talks), UpsellTalkPolicy()) == []
    assert upsell_talk(TalkFacts(*ABOUT, None, talks), UpsellTalkPolicy()) == []
    [never] = upsell_talk(TalkFacts(*ABOUT, 1), UpsellTalkPolicy())
    assert (never.key, never.due_on) == ("TALK.never", date(2020, 7, 1))
