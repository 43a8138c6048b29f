"""Referrals: who is asked, what they gave, what came of it, and the loop that is closed (RF-01..06)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import compute_many
from core.models import Organisation, Outbox, Owner, Role
from core.scope import System
from expansion.actions import referring
from expansion.models import Referral
from expansion.queries.referrals import advocates
from expansion.rules.referral import (
    AdvocateFacts,
    ReferralFacts,
    ReferralPolicy,
    WhyNot,
    referral_news,
    why_no_advocate,
)
from expansion.tasks import REFERRALS
from health.models import Spell
from installed_base.models import Account
from playbooks import day
from playbooks.models import Play, Task
from sales.actions import close, create_opportunity
from sales.models import DealKind, Opportunity
from sales.queries.newness import kind_of_deal
from tests import cast

ON = date(2026, 11, 2)
POLICY = ReferralPolicy()


def facts(**values) -> AdvocateFacts:
    known: dict[str, Any] = {"tier": "green", "answer": Decimal(9), "asked_on": None, "in_rescue": False}
    return AdvocateFacts(**(known | values))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, None),
        ({"answer": Decimal(10)}, None),
        ({"answer": Decimal(8)}, WhyNot.NOT_HAPPY),
        ({"answer": None}, WhyNot.NOT_HAPPY),
        ({"tier": "yellow"}, WhyNot.NOT_GREEN),
        ({"tier": "unknown"}, WhyNot.NOT_GREEN),
        ({"in_rescue": True}, WhyNot.RESCUE),
        ({"asked_on": date(2026, 5, 3)}, WhyNot.ASKED),
        ({"asked_on": date(2026, 5, 2)}, None),
    ],
)
def test_an_advocate_is_green_happy_and_not_asked_lately(values, why):
    assert why_no_advocate(facts(**values), POLICY, ON) == why


@given(
    st.one_of(st.none(), st.integers(0, 20)),
    st.one_of(st.none(), st.integers(0, 60)),
    st.sets(st.integers(0, 80), max_size=8),
)
def test_whatever_days_are_run_the_same_things_are_told(thanked, won, days):
    referral = ReferralFacts(
        1, 1, ON, 1, "NL", ON,
        None if thanked is None else ON + timedelta(days=thanked), None if won is None else ON + timedelta(days=won),
    )  # fmt: skip
    told: dict = {}
    for n in sorted(days | {80}):
        for o in referral_news(referral, told, POLICY, date(1900, 1, 1), ON + timedelta(days=n)):
            told[(o.rung.rule, o.rung.key)] = o.state.value
    late = thanked is None or thanked > POLICY.thank_days
    assert len(told) == late + (won is not None)


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


def happy(mila, name="Van Houten", value=9, tier="green", **contact):
    at = cast.account(name, mila)
    person = cast.contact(at, **contact)
    Spell.objects.create(account=at, tier=tier, began_on=ON - timedelta(days=90))
    cast.answer(at, ON - timedelta(days=20), value, person, question="recommend")
    return at, person


def asked(at, person, mila, on=ON, **values):
    said = {"kind": "introduction", "intro": "I work with Voss."} | values
    return referring.ask_referral(account=at, contact=person, by=mila, on=on, **said)


def steps(**state):
    return sorted(Task.objects.open().filter(subject_kind="referral", **state).values_list("step", flat=True))


def test_the_happiest_are_suggested_first(mila):
    at, _person = happy(mila)
    happy(mila, "Yellow", tier="yellow")
    happy(mila, "Eight", 8)
    champion, _second = happy(mila, "Ten", 10, champion_since=ON)
    rescued, _third = happy(mila, "Rescued")
    Play.objects.create(
        playbook="rescue", account=rescued, subject_kind="account", subject_id=rescued.pk, owner=rescued.owner,
        opened_on=ON,
    )  # fmt: skip
    fell, person = happy(mila, "Fell")
    cast.answer(fell, ON - timedelta(days=2), 4, person, question="recommend")
    left, _gone = happy(mila, "Left", left_on=ON)
    assert [a.account for a in advocates(mila, ON)] == [champion, at]
    assert left.pk
    assert advocates(cast.person("zoe", team=cast.pool("Theirs")), ON) == []


def test_who_was_asked_rests_and_who_is_rescued_is_helped(mila):
    at, person = happy(mila)
    asked(at, person, mila)
    assert advocates(mila, ON) == []
    with pytest.raises(ValidationError, match=r"asked in the past 6 months"):
        asked(at, person, mila, ON + timedelta(days=30))
    other, somebody = happy(mila, "Rescued")
    Play.objects.create(
        playbook="rescue", account=other, subject_kind="account", subject_id=other.pk, owner=other.owner, opened_on=ON
    )
    with pytest.raises(ValidationError, match="help first, ask later"):
        asked(other, somebody, mila)
    with pytest.raises(ValidationError, match="does not belong"):
        asked(other, person, mila)
    assert Referral.objects.count() == 1


def test_an_introduction_is_written_approved_and_approved_anew(mila):
    at, person = happy(mila)
    row = asked(at, person, mila, intro="")
    assert steps() == ["write-intro"]
    with pytest.raises(ValidationError, match="no introduction to say OK to"):
        referring.approve_intro(referral=row, by=mila, on=ON)
    referring.write_intro(referral=row, talking_points="98 % uptime", intro="I work with Voss.", by=mila, on=ON)
    referring.approve_intro(referral=row, by=mila, on=ON)
    assert (steps(), row.approved_on) == ([], ON)
    referring.write_intro(referral=row, talking_points="", intro="Call them.", by=mila, on=ON)
    assert row.approved_on is None


def test_no_is_an_answer_with_a_reason(mila):
    row = asked(*happy(mila), mila, intro="")
    with pytest.raises(ValidationError, match="Say why"):
        referring.decline(referral=row, reason=" ", by=mila, on=ON)
    referring.decline(referral=row, reason="Their board forbids it", by=mila, on=ON)
    assert (row.state, steps(), Play.objects.get(playbook="referral").closed_on) == ("declined", [], ON)
    with pytest.raises(ValidationError, match="They said no"):
        referring.give(referral=row, company="Acme", by=mila, on=ON)


def given_one(mila, on=ON, company="Acme"):
    row = asked(*happy(mila), mila, on - timedelta(days=9))
    referring.give(referral=row, company=company, person="Their plant manager", by=mila, on=on)
    return row


def test_what_is_given_asks_for_thanks(mila):
    row = asked(*happy(mila), mila)
    with pytest.raises(ValidationError, match="which company"):
        referring.give(referral=row, by=mila, on=ON)
    referring.give(referral=row, company="Acme", by=mila, on=ON)
    assert (steps(), row.state) == (["thank"], "given")
    assert Task.objects.get(step="thank").due_on == ON + timedelta(days=3)
    referring.thank(referral=row, by=mila, on=ON)
    assert (steps(), Play.objects.get(playbook="referral").closed_reason) == ([], "They were thanked")


def test_a_referral_becomes_an_opportunity_at_a_new_account(mila):
    row = given_one(mila)
    deal = referring.pursue(referral=row, by=mila, on=ON, value=Decimal(50000))
    assert (deal.kind, deal.account.name, deal.value_reporting, row.state) == ("new_logo", "Acme", 50000, "opportunity")
    assert (deal.account.owner, deal.account.periods.count()) == (Owner.objects.of(mila), 1)
    with pytest.raises(ValidationError, match="once"):
        referring.pursue(referral=row, by=mila, on=ON)
    assert (Opportunity.objects.count(), Account.objects.filter(name="Acme").count()) == (1, 1)


@pytest.mark.parametrize(("paid", "kind"), [(None, "new_logo"), (500, "win_back"), (20, "")])
def test_the_kind_of_deal_follows_what_they_paid(mila, paid, kind):
    at = cast.account("Acme", mila)
    if paid:
        cast.posted(at, ON - timedelta(days=paid), 100)
    assert kind_of_deal(at.pk, ON) == kind
    row = given_one(mila)
    if kind:
        assert referring.pursue(referral=row, prospect=at, by=mila, on=ON).kind == kind
    else:
        with pytest.raises(ValidationError, match="customer already"):
            referring.pursue(referral=row, prospect=at, by=mila, on=ON)
        assert not Opportunity.objects.exists()


def words(kind):
    return list(Outbox.objects.filter(kind=kind).values_list("destination", flat=True))


def test_a_deal_opens_the_loop_once_and_telling_closes_it(mila):
    row = given_one(mila)
    referring.thank(referral=row, by=mila, on=ON)
    with pytest.raises(ValidationError, match="not become a deal"):
        referring.tell_won(referral=row, by=mila, on=ON)
    deal = referring.pursue(referral=row, by=mila, on=ON, value=Decimal(50000))
    won_on = ON + timedelta(days=30)
    close(opportunity=deal, won=True, by=mila, on=won_on)
    for n in (30, 31, 40):
        day.run([REFERRALS], on=ON + timedelta(days=n))
    play = Play.objects.get(playbook="referral")
    assert (steps(), play.closed_on, words("referral.won")) == (
        ["recognise", "tell"], None, [f"owner:{row.owner_id}"],
    )  # fmt: skip
    row = Referral.objects.select_related("opportunity", "account").get()
    referring.tell_won(referral=row, by=mila, on=won_on)
    referring.recognise(referral=row, how="gift", by=mila, on=won_on)
    play.refresh_from_db()
    assert (steps(), play.closed_on, words("referral.late")) == ([], won_on, [])


def test_late_thanks_are_told_once(mila):
    row = given_one(mila)
    for n in (3, 4, 5, 9):
        day.run([REFERRALS], on=ON + timedelta(days=n))
    assert words("referral.late") == [f"owner:{row.owner_id}"]


def test_a_case_study_names_nobody_and_leads_to_no_deal(mila):
    row = asked(*happy(mila), mila, kind="case_study")
    referring.give(referral=row, by=mila, on=ON)
    assert (row.company, row.given_on) == ("", ON)
    with pytest.raises(ValidationError, match="introduction that was given"):
        referring.pursue(referral=row, by=mila, on=ON)


def test_a_referral_that_came_by_itself_was_never_asked_for(mila):
    at, person = happy(mila)
    row = referring.record_referral(account=at, contact=person, company="Acme", by=mila, on=ON)
    assert (row.asked_on, row.state, steps()) == (None, "given", ["thank"])
    assert [a.account for a in advocates(mila, ON)] == [at]


KEYS = ("referral_rate", "referrals_given", "referral_conversion", "referral_win_rate", "referral_revenue_share")


def test_the_five_figures(mila):
    on = date(2027, 1, 15)
    at, person = happy(mila)
    for customer in (at, cast.account("Quiet", mila)):
        cast.asset(customer, date(2020, 1, 1))
    first = given_one_of(at, person, mila, date(2026, 11, 2), "Acme")
    second = given_one_of(at, person, mila, date(2026, 12, 31), "Bolt")
    given_one_of(at, person, mila, date(2027, 1, 2), "Late")
    old = given_one_of(at, person, mila, date(2025, 12, 1), "Old")
    for row, won, value in ((first, True, 30), (second, False, 5), (old, True, None)):
        deal = referring.pursue(referral=row, by=mila, on=on - timedelta(days=9), value=value and Decimal(value))
        # One was won before anybody asked for its value, as imported deals may be.
        close(opportunity=deal, won=won, by=mila, on=on, reason="Price", demands_value=False)
    plain = create_opportunity(
        account=at, kind=DealKind.UPGRADE, name="X", owner=at.owner, by=mila, on=on, value=Decimal(70)
    )
    close(opportunity=plain, won=True, by=mila, on=on)
    found = compute_many(KEYS, on=on, actor=System("test"))
    assert {key: found[key].value for key in KEYS} == {
        "referral_rate": Decimal("0.5"),
        "referrals_given": 2,
        "referral_conversion": Decimal(2) / 3,
        "referral_win_rate": Decimal(2) / 3,
        "referral_revenue_share": Decimal("0.3"),
    }
    assert found["referral_revenue_share"].unknown == 1
    before = compute_many(KEYS, on=on - timedelta(days=1), actor=System("test"))
    assert before["referral_win_rate"].value is None
    assert before["referral_conversion"].value == Decimal(2) / 3


def given_one_of(at, person, mila, on, company):
    return referring.record_referral(account=at, contact=person, company=company, by=mila, on=on)


def test_technicians_and_others_see_none(mila):
    given_one(mila)
    for user in (cast.person("ruud", Role.TECHNICIAN), cast.person("zoe", team=cast.pool("Theirs"))):
        assert not Referral.objects.visible_to(user).exists()
