"""Who is asked and who is left in peace; what an answer means (AD-11, AD-15, CT-12)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policies import from_json, to_json
from health.rules import loop
from health.rules.asking import Occasion, Person, Reason, occurrences, quiet_until, why_not
from health.rules.loop import AnswerFacts
from health.rules.survey import (
    ONBOARDING,
    RELATIONSHIP,
    TICKET,
    Band,
    Stand,
    SurveyPolicy,
    band_of,
    of_ten,
    stand_of,
)
from playbooks.rules import State

ON = date(2026, 11, 21)
POLICY = SurveyPolicy()
BEGINNING = date(1900, 1, 1)


def days_ago(days: int) -> date:
    return ON - timedelta(days=days)


def person(**values: object) -> Person:
    known = {"role": "operator", "language": "en", "address_digest": "x"}
    return Person(id=1, account_id=2, known_on=days_ago(900), **(known | values))  # type: ignore[arg-type]


def asked(who: Person, recorded: dict | None = None, on: date = ON) -> list[tuple[str, State]]:
    return [(o.rung.key, o.state) for o in occurrences(who, recorded or {}, POLICY, BEGINNING, on)]


@pytest.mark.parametrize(
    ("value", "scale_to", "band"),
    [
        # NPS: detractors 0 to 6, promoters 9 and 10.
        (0, 10, Band.LOW),
        (6, 10, Band.LOW),
        (7, 10, Band.MIDDLE),
        (8, 10, Band.MIDDLE),
        (9, 10, Band.HIGH),
        (10, 10, Band.HIGH),
        # A ticket on 1 to 5: 3 is 6 of ten, 4 is 8, 5 is 10.
        (3, 5, Band.LOW),
        (4, 5, Band.MIDDLE),
        (5, 5, Band.HIGH),
        (Decimal("6.99"), 10, Band.LOW),
        (3, 0, Band.MIDDLE),
    ],
)
def test_an_answer_is_compared_out_of_ten(value, scale_to, band):
    assert band_of(Decimal(value), Decimal(scale_to), POLICY) is band


@given(st.integers(0, 100), st.integers(1, 100))
def test_bands_follow_each_other_as_scores_rise(value, scale_to):
    order = [Band.LOW, Band.MIDDLE, Band.HIGH]
    here = band_of(Decimal(value), Decimal(scale_to), POLICY)
    above = band_of(Decimal(value + 1), Decimal(scale_to), POLICY)
    assert order.index(above) >= order.index(here)
    assert (here is Band.LOW) == (of_ten(Decimal(value), Decimal(scale_to)) < 7)


def test_the_scales_are_those_of_the_field():
    scales = {kind.key: (kind.scale_from, kind.scale_to, kind.question) for kind in POLICY.kinds}
    assert scales == {
        ONBOARDING: (1, 10, "satisfaction"),
        TICKET: (1, 5, "satisfaction"),
        RELATIONSHIP: (0, 10, "recommend"),
    }


def test_a_published_policy_is_read_back_as_it_was():
    assert from_json(SurveyPolicy, to_json(POLICY)) == POLICY


def test_an_unknown_survey_is_a_key_error():
    with pytest.raises(KeyError):
        POLICY.kind("tea")


@pytest.mark.parametrize(
    ("answered", "until", "stand"),
    [(True, days_ago(9), Stand.ANSWERED), (False, ON, Stand.OPEN), (False, days_ago(1), Stand.EXPIRED)],
)
def test_the_last_day_of_a_link_still_counts(answered, until, stand):
    assert stand_of(answered, until, ON) is stand


@pytest.mark.parametrize(
    ("spoken", "country", "language"),
    [("", "Netherlands", "nl"), ("", "NL", "nl"), ("", "France", "en"), ("nl", "France", "nl"), ("en", "NL", "en")],
)
def test_people_are_written_to_in_their_language(spoken, country, language):
    assert POLICY.language_of(spoken, country) == language


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"left_on": ON}, Reason.LEFT),
        ({"left_on": ON + timedelta(days=1)}, None),
        ({"address_digest": ""}, Reason.NO_ADDRESS),
        ({"stopped": True}, Reason.STOPPED),
        ({"twin": True}, Reason.RECENT),
        ({"asked": {TICKET: days_ago(89)}}, Reason.RECENT),
        ({"asked": {TICKET: days_ago(90)}}, None),
        # The relationship is asked about twice a year at most.
        ({"asked": {RELATIONSHIP: days_ago(179)}}, Reason.RECENT),
        ({"asked": {RELATIONSHIP: days_ago(180)}}, None),
    ],
)
def test_why_somebody_is_left_in_peace(values, reason):
    found = why_not(person(**values), POLICY.kind(RELATIONSHIP), POLICY, ON)
    assert (found and found.reason) == reason


@given(st.dictionaries(st.sampled_from([ONBOARDING, TICKET, RELATIONSHIP]), st.integers(0, 400)))
def test_peace_ends_on_the_day_it_says(days):
    asked_on = {kind: days_ago(n) for kind, n in days.items()}
    kind = POLICY.kind(RELATIONSHIP)
    until = quiet_until(asked_on, kind, POLICY)
    if until is None:
        assert not days
        return
    assert why_not(person(asked=asked_on), kind, POLICY, until) is None
    assert why_not(person(asked=asked_on), kind, POLICY, until - timedelta(days=1)) is not None


def live(days: int, machine: int = 7) -> Occasion:
    return Occasion(ONBOARDING, days_ago(days), asset_id=machine)


def solved(days: int, ticket: int = 9) -> Occasion:
    return Occasion(TICKET, days_ago(days), ticket_id=ticket)


def test_an_occasion_fires_once_on_its_day_and_not_before():
    assert asked(person(occasions=[live(41)])) == []
    assert asked(person(occasions=[live(42)])) == [("ONBOARDING.A7@2026-10-10", State.FIRED)]
    known = {("survey.ask.onboarding", "ONBOARDING.A7@2026-10-10"): "fired"}
    assert asked(person(occasions=[live(42)]), known) == []


def test_of_several_occasions_the_newest_asks():
    both = person(occasions=[live(43), solved(1)])
    assert asked(both) == [("ONBOARDING.A7@2026-10-09", State.SUPERSEDED), ("TICKET.T9@2026-11-20", State.FIRED)]


def test_what_falls_into_the_peace_is_passed_over_for_good():
    assert asked(person(occasions=[solved(1)], asked={TICKET: days_ago(20)})) == [
        ("TICKET.T9@2026-11-20", State.SUPERSEDED)
    ]


def test_what_lies_too_long_back_is_not_asked():
    assert asked(person(occasions=[live(42 + 30)])) == [("ONBOARDING.A7@2026-09-10", State.FIRED)]
    assert asked(person(occasions=[live(42 + 31)])) == []


def test_who_has_no_address_is_not_on_the_ladder():
    for values in ({"address_digest": ""}, {"stopped": True}, {"left_on": days_ago(3)}):
        assert asked(person(occasions=[solved(1)], **values)) == []


def test_roles_of_a_survey_narrow_it():
    kinds = tuple(replace(kind, roles=("engineering",)) for kind in POLICY.kinds)
    policy = replace(POLICY, kinds=kinds)
    who = person(occasions=[solved(1)])
    assert occurrences(who, {}, policy, BEGINNING, ON) == []
    assert len(occurrences(replace(who, role="engineering"), {}, policy, BEGINNING, ON)) == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 80)), max_size=5, unique_by=lambda t: t[1]))
def test_at_most_one_question_a_day(facts):
    occasions = [live(n, n + 1) if is_live else solved(n, n + 1) for is_live, n in facts]
    states = [state for _key, state in asked(person(occasions=occasions))]
    assert states.count(State.FIRED) <= 1
    assert set(states) <= {State.FIRED, State.SUPERSEDED}


def low(value: int, days: int = 0, scale_to: int = 10) -> AnswerFacts:
    return AnswerFacts(1, 2, days_ago(days), 3, "NL", days_ago(days), Decimal(value), Decimal(scale_to))


@pytest.mark.parametrize(("value", "days", "fires"), [(6, 0, 1), (7, 0, 0), (0, 14, 1), (0, 15, 0)])
def test_a_low_answer_asks_for_a_call_while_it_is_fresh(value, days, fires):
    found = loop.occurrences(low(value, days), {}, POLICY, BEGINNING, ON)
    assert [o.state for o in found] == [State.FIRED] * fires
    recorded = {(o.rung.rule, o.rung.key): o.state.value for o in found}
    assert loop.occurrences(low(value, days), recorded, POLICY, BEGINNING, ON) == []
