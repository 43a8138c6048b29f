"""Cards of their own, judgements by hand, and what makes a policy unfit to be published."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actions import publish_policy
from core.models import Policy
from core.policies import PolicyRefused, from_json, to_json
from health.queries.readings import readings_of
from health.rules import Dimension, HealthPolicy, OwnCard, Reading, Tier, quick, score
from health.rules.ladder import ladder
from health.rules.measure import curve
from health.rules.stand_in import standing_in
from installed_base.models import AccountPeriod, ProductLine
from tests import cast
from tests.health.base import ON, days_ago

FULL = HealthPolicy()
WELL = {
    "machines_running": "1", "utilisation": "0.8", "survey": "9", "open_critical": "0", "voices": "3", "champion": "1",
    "last_contact": "10", "paid_on_time": "0.5", "orders_growth": "0.5", "has_contract": "0", "roi_goals": "0",
}  # fmt: skip


def read(**more: Any) -> dict[str, Reading]:
    return {key: Reading(Decimal(value), ON, 1) for key, value in (WELL | more).items()}


def sides(health: Any) -> list[str]:
    return [d.key for d in health.dimensions]


def test_an_account_in_ramp_up_is_not_judged_on_what_it_pays_and_brings():
    standard, young = score(read(), FULL, ON), score(read(ramp_up="12"), FULL, ON)
    assert (standard.card, young.card) == ("", "ramp_up")
    assert sides(young) == ["adoption", "satisfaction", "relationship"]
    assert (standard.tier, young.tier) == (Tier.YELLOW, Tier.GREEN)
    assert standard.inputs != young.inputs


def test_the_first_card_that_fits_judges():
    only = (Dimension("commercial", Decimal(1)),)
    cards = (
        OwnCard("big lines", only, segment="enterprise", line="Lines"),
        OwnCard("big", only, segment="enterprise", without=("orders_growth",)),
    )
    policy = replace(FULL, cards=cards)
    assert policy.problems() == ()
    mine = read(**{"segment:enterprise": "1", "line:Lines": "0.4"})
    assert score(mine, policy, ON).card == "big"
    assert score(mine | {"line:Lines": Reading(Decimal("0.5"))}, policy, ON).card == "big lines"
    keys = [m.key for d in score(mine, policy, ON).dimensions for m in d.measures]
    assert keys == ["paid_on_time", "has_contract"]
    assert from_json(HealthPolicy, to_json(policy)) == policy


def test_a_judgement_counts_while_it_is_given_and_is_unknown_when_it_expired():
    day = {"judgement": Reading(Decimal(0), ON, 1)}
    without = score(read(), FULL, ON)
    counted, expired = score(read() | day, FULL, ON), score(read() | day, FULL, ON + timedelta(days=1))
    assert [m.state for d in without.dimensions for m in d.measures if m.key == "judgement"] == []
    assert counted.score < without.score
    relation = [[d.score for d in h.dimensions if d.key == "relationship"] for h in (without, expired)]
    assert relation[0] == relation[1]
    assert expired.coverage < without.coverage
    assert [m.state for d in expired.dimensions for m in d.measures if m.key == "judgement"] == ["stale"]


def test_nobody_climbs_by_judging_better():
    low = score(read(survey="0", last_contact="170", judgement="0"), FULL, ON)
    assert "judgement" not in [rung.measure for rung in ladder(low, FULL)]


def test_a_score_says_what_stood_in_for_telemetry():
    silent = {k: v for k, v in read(parts_rhythm="40").items() if k not in ("machines_running", "utilisation")}
    assert standing_in(score(silent, FULL, ON), FULL) == ("parts_rhythm",)
    assert standing_in(score(read(parts_rhythm="40"), FULL, ON), FULL) == ()


def test_what_the_product_comes_with_can_be_published():
    assert (FULL.problems(), quick().problems()) == ((), ())


def changed(of: str, **values: Any) -> HealthPolicy:
    return replace(FULL, measures=tuple(replace(m, **values) if m.key == of else m for m in FULL.measures))


BAD = [
    (replace(FULL, dimensions=FULL.dimensions[:-1]), "weights", "weights_sum"),
    (replace(FULL, dimensions=(*FULL.dimensions, Dimension("luck", Decimal("0.1")))), "weights", "unknown_dimension"),
    (replace(FULL, dimensions=(*FULL.dimensions, FULL.dimensions[0])), "weights", "twice"),
    (changed("survey", weight=Decimal("0.4")), "measures.satisfaction", "weights_sum"),
    (changed("survey", weight=Decimal(-1)), "measures.survey", "weight_range"),
    (changed("survey", key="mood"), "measures.mood", "unknown_measure"),
    (changed("survey", dimension="luck"), "measures.survey", "unknown_dimension"),
    (changed("survey", source="ticket"), "measures.survey", "other_measure"),
    (changed("survey", curve=curve((0, 0), (5, 60), (7, 30), (9, 100))), "measures.survey.curve", "curve_falls"),
    (changed("last_contact", curve=curve((0, 0), (90, 100))), "measures.last_contact.curve", "curve_rises"),
    (changed("survey", curve=curve((0, 0), (0, 100))), "measures.survey.curve", "curve_order"),
    (changed("survey", curve=curve((0, 0), (9, 101))), "measures.survey.curve", "curve_points"),
    (changed("survey", curve=curve((0, 0))), "measures.survey.curve", "curve_short"),
    (changed("survey", no_data="points:101"), "measures.survey", "no_data"),
    (changed("survey", window_days=0), "measures.survey", "window"),
    (changed("parts_rhythm", instead_of=("survey",)), "measures.parts_rhythm", "stand_in"),
    (replace(FULL, green=Decimal(60)), "green", "cuts"),
    (replace(FULL, green=Decimal(101)), "green", "cuts"),
    (replace(FULL, min_coverage=Decimal(0)), "min_coverage", "coverage"),
    (replace(FULL, days_to_rise=0), "days_to_rise", "days"),
    (replace(FULL, cards=(OwnCard("all", FULL.dimensions),)), "cards.all", "card_for_nobody"),
    (replace(FULL, cards=(OwnCard("x", FULL.dimensions, stage="old"),)), "cards.x", "unknown_stage"),
    (replace(FULL, cards=(OwnCard("x", FULL.dimensions[1:], segment="a"),)), "cards.x", "weights_sum"),
    (replace(FULL, cards=(OwnCard("x", FULL.dimensions, ("luck",), "a"),)), "cards.x", "unknown_measure"),
    (
        replace(FULL, cards=(OwnCard("x", FULL.dimensions, ("roi_goals", "output_against_before"), "a"),)),
        "cards.x",
        "dimension_empty",
    ),
]


@pytest.mark.parametrize(("policy", "place", "code"), BAD, ids=[f"{place} {code}" for _, place, code in BAD])
def test_what_contradicts_itself_is_named_with_its_place(policy: HealthPolicy, place: str, code: str):
    assert (place, code) in [(p.place, p.code) for p in policy.problems()]


@pytest.mark.django_db
def test_it_is_refused_when_it_is_published():
    with pytest.raises(PolicyRefused, match=r"measures\.survey\.curve: curve_falls"):
        publish_policy(values=BAD[8][0], valid_from=ON, by=cast.person("thijs"))
    assert not Policy.objects.exists()


@given(st.lists(st.integers(1, 60), min_size=5, max_size=5))
def test_weights_are_right_exactly_when_they_sum_to_100(shares: list[int]):
    sides = tuple(Dimension(d.key, Decimal(n) / 100) for d, n in zip(FULL.dimensions, shares, strict=True))
    codes = {p.code for p in replace(FULL, dimensions=sides).problems()}
    assert codes == (set() if sum(shares) == 100 else {"weights_sum"})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100)), min_size=2, max_size=6))
def test_a_curve_is_right_exactly_when_it_goes_one_way(corners: list[tuple[int, int]]):
    found = changed("survey", curve=curve(*corners)).problems()
    values, points = [x for x, _ in corners], [y for _, y in corners]
    right = values == sorted(set(values)) and points == sorted(points)
    assert (found == ()) is right


@pytest.mark.django_db
def test_which_card_an_account_has_is_that_of_the_day():
    line = ProductLine.objects.create(name="Lines")
    at = cast.account(segment="enterprise")
    AccountPeriod.objects.filter(account=at).update(segment="small", valid_to=days_ago(10))
    AccountPeriod.objects.create(account=at, owner=at.owner, segment="enterprise", valid_from=days_ago(10))
    cast.asset(at, days_ago(100), product=cast.product(line=line))
    cast.asset(at, days_ago(20))
    only = (Dimension("commercial", Decimal(1)),)
    policy = replace(
        FULL,
        cards=(
            OwnCard("lines", only, segment="enterprise", line="Lines", least=Decimal("0.6")),
            OwnCard("big", only, segment="enterprise"),
            OwnCard("lines too", only, line="Lines"),
            OwnCard("young", only, stage="ramp_up"),
        ),
    )

    def card(on: date) -> tuple[str, date | None]:
        known = readings_of([at.pk], policy, on)[at.pk]
        return policy.card_of(known.kept).key, known.changes_on

    assert card(days_ago(95)) == ("lines too", days_ago(20))
    assert card(days_ago(15)) == ("lines too", days_ago(10))
    assert card(days_ago(10))[0] == card(ON)[0] == "big"
    alone = replace(policy, cards=policy.cards[3:])
    assert alone.card_of(readings_of([at.pk], alone, days_ago(10))[at.pk].kept).key == ""
    young = readings_of([at.pk], alone, days_ago(12))[at.pk]
    assert (alone.card_of(young.kept).key, young.changes_on) == ("young", days_ago(10))
