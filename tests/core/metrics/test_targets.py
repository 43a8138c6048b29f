"""Targets that people said: which one counts, what is refused, and that every figure carries it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.metrics import Aim, Filters, Slice, Target, compute, compute_cut, figures, metric, read_targets, take_today
from core.metrics.aiming import EVERYTHING, Said, Scope, Teams, chosen_for, in_force, passes_down, scopes_of
from core.models import FigureAim, FigureTarget, Owner, Role
from core.scope import System
from core.targeting import Wanted, days_of, may_set_of, period_of, set_target, targets_seen_by
from tests import cast
from tests.cast import account, asset, cover, term

ON = date(2026, 11, 21)
SYSTEM = System("tests")
TEAM, OWNER, SEGMENT = Scope("team", "7"), Scope("owner", "3"), Scope("segment", "small")
TEAMS = Teams({7: 9, 9: None}, {3: [7], 4: [9], 5: [7]}, frozenset({5}))


def said(value: int | str = 1, scope: Scope = EVERYTHING, since: date = date(2026, 1, 1), **more: Any) -> Said:
    defaults: dict[str, Any] = {"aim": ">=", "watch_from": None}
    return Said(metric="m", scope=scope, value=Decimal(value), valid_from=since, **(defaults | more))


def chosen(*rows: Said, on: date = ON, adds_up: bool = False, **filters: Any) -> Decimal | None:
    found = chosen_for(rows, on, filters, TEAMS, adds_up=adds_up)
    return found.value if found else None


def test_the_narrowest_scope_wins() -> None:
    rows = (said(1), said(2, SEGMENT), said(3, TEAM), said(4, OWNER))
    assert chosen(*rows) == 1
    assert chosen(*rows, segment="small") == 2
    assert chosen(*rows, team=7) == 3
    assert chosen(*rows, owner=3) == 4
    assert chosen(*rows[:3], owner=3) == 3
    assert chosen(*rows, owner=4) == 1
    assert chosen(*rows, owner=3, segment="small") == 4


def test_a_team_above_counts_for_those_under_it() -> None:
    above = said(5, Scope("team", "9"))
    assert chosen(above, owner=3) == chosen(above, team=7) == chosen(above, owner=4) == 5
    assert chosen(above, said(3, TEAM), team=7) == 3
    assert scopes_of({"owner": 3}, TEAMS) == [Scope("owner", "3"), TEAM, Scope("team", "9"), EVERYTHING]


def test_a_sum_to_be_reached_does_not_pass_down() -> None:
    assert chosen(said(9, TEAM), owner=3, adds_up=True) is None
    assert chosen(said(9, TEAM), team=7, adds_up=True) == 9
    assert chosen(said(9, TEAM, aim="<"), owner=3, adds_up=True) == 9
    assert chosen(said(9), owner=3, segment="small", adds_up=True) is None


def test_the_latest_word_counts_from_its_own_day() -> None:
    rows = (said(1, number=1), said(2, since=ON, number=2), said(3, since=ON, number=3))
    assert chosen(*rows, on=ON - timedelta(days=1)) == 1
    assert chosen(*rows) == 3
    assert chosen(*rows, on=date(2025, 12, 31)) is None


def test_a_quarter_goes_before_a_year_and_a_year_before_all_time() -> None:
    year = said(2, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    quarter = said(3, starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 31))
    assert chosen(said(1), year, quarter) == 3
    assert chosen(said(1), year, quarter, on=date(2026, 9, 30)) == 2
    assert chosen(said(1), year, quarter, on=date(2027, 1, 1)) == 1


def test_what_is_taken_back_leaves_what_is_wider() -> None:
    back = Said("m", TEAM, "default", None, None, ON, number=9)
    assert chosen(said(1), said(3, TEAM), back, team=7) == 1
    assert chosen(said(1), said(3, TEAM), back, team=7, on=ON - timedelta(days=1)) == 3
    assert in_force([back], ON) == []


scopes = st.sampled_from([EVERYTHING, TEAM, OWNER, SEGMENT, Scope("team", "9")])
words = st.builds(
    lambda scope, since, aim, n: said(n, scope, date(2026, 1, 1) + timedelta(days=since), aim=aim, number=n),
    scopes,
    st.integers(0, 700),
    st.sampled_from([">", ">=", "<"]),
    st.integers(1, 10**6),
)  # fmt: skip


@given(st.lists(words, max_size=8), words)
def test_what_is_said_later_never_changes_a_day_before(before: list[Said], later: Said) -> None:
    day = later.valid_from - timedelta(days=1)
    asked: list[dict[str, Any]] = [{}, {"owner": 3}, {"team": 7}]
    for filters in asked:
        assert chosen(*before, on=day, **filters) == chosen(*before, later, on=day, **filters)


@given(st.lists(words, max_size=8))
def test_a_figure_has_the_target_of_a_scope_it_stands_in(rows: list[Said]) -> None:
    asked: list[dict[str, Any]] = [{}, {"owner": 3}, {"team": 7}, {"segment": "small"}]
    for filters in asked:
        for adds_up in (True, False):
            found = chosen_for(rows, ON, filters, TEAMS, adds_up=adds_up)
            if found is not None:
                assert found.scope in scopes_of(filters, TEAMS) and found.valid_from <= ON
                assert found.scope != EVERYTHING or not filters or passes_down(found, adds_up=adds_up)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", None, None),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028-Q4", date(2028, 10, 1), date(2028, 12, 31)),
    ],
)
def test_periods_are_years_and_quarters(text: str, first: date | None, last: date | None) -> None:
    assert days_of(text) == (first, last)
    assert period_of(first, last) == text


@pytest.mark.parametrize("text", ["2026-Q5", "Q4", "26", "0000", "2026-", "2026-q", "autumn", "2026-10"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no period"):
        days_of(text)


db = pytest.mark.django_db


def say(value: Any = "0.5", aim: str = ">=", *, since: date = ON, by: Any = SYSTEM, on: date = ON, **more: Any) -> Any:
    amount = None if value is None else Decimal(value)
    return set_target(
        wanted=Wanted(**({"metric": "attach_rate", "aim": aim, "value": amount} | more)), valid_from=since, by=by, on=on
    )


def refused(**values: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        say(**values)
    assert not FigureTarget.objects.exists()
    return caught.value.message_dict


@db
@pytest.mark.parametrize(
    ("values", "place", "part"),
    [
        ({"metric": "atach_rate"}, "metric", "Near it: attach_rate"),
        ({"aim": "soon"}, "aim", "There is no aim “soon”"),
        ({"value": None}, "value", "needs a value"),
        ({"aim": "rising"}, "value", "Only a side"),
        ({"value": "45"}, "value", "is a share: 45"),
        ({"value": "NaN"}, "value", "at most thirteen figures"),
        ({"value": "-1", "metric": "stalled_deals"}, "value", "is never below 0"),
        ({"watch_from": Decimal("0.6")}, "watch_from", "the edge lies below the target"),
        ({"watch_from": Decimal("0.4"), "aim": "<"}, "watch_from", "the edge lies above the target"),
        ({"since": ON - timedelta(days=1)}, "valid_from", "not rewritten"),
        ({"period": "2025"}, "period", "is over"),
        ({"dimension": "planet", "member": "X"}, "dimension", "There is no scope “planet”"),
        ({"dimension": "team"}, "member", "Say which one"),
        ({"dimension": "team", "member": "999999"}, "member", "There is no team “999999”"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_written(
    values: dict[str, Any], place: str, part: str
) -> None:
    assert part in " ".join(refused(**values)[place])


@db
def test_who_may_say_it() -> None:
    north, south = cast.pool("North"), cast.pool("South")
    lead, rep = cast.person("lead", Role.TEAM_LEAD, north), cast.person("rep", Role.SALES, north)
    with pytest.raises(ValidationError, match="Team leads, executives and administrators"):
        say(by=rep)
    with pytest.raises(ValidationError, match="their own teams and people"):
        say(by=lead)
    with pytest.raises(ValidationError, match="their own teams and people"):
        say(by=lead, dimension="team", member=str(south.pk))
    row = say(by=lead, dimension="owner", member=str(Owner.objects.of(rep).pk))
    assert (row.set_by, row.valid_from, row.unit) == (lead, ON, "ratio")
    assert row.audit_events.count() == 1
    assert may_set_of(cast.person("boss", Role.EXECUTIVE), "", "")


def machines() -> Any:
    north = cast.pool("North")
    eva = cast.person("eva", Role.CS_MANAGER, north)
    at = account("Bakery", eva, segment="small")
    for place in range(4):
        machine = asset(at, date(2020, 1, 1))
        if place < 3:
            cover(term(at, date(2026, 1, 1), date(2027, 1, 1)), machine)
    return north, eva


def target_of(on: date = ON, **filters: Any) -> Target:
    return compute("attach_rate", on=on, actor=SYSTEM, filters=Filters(**filters)).metric.target


@db
def test_a_figure_carries_the_target_of_its_day_and_scope() -> None:
    north, eva = machines()
    catalogues = metric("attach_rate").target
    say("0.80", since=ON)
    say("0.60", dimension="team", member=str(north.pk), since=ON)
    assert target_of() == Target(Aim.AT_LEAST, Decimal("0.80"))
    assert target_of(team=north.pk).value == target_of(owner=Owner.objects.of(eva).pk).value == Decimal("0.60")
    assert target_of(segment="small").value == Decimal("0.80")
    assert target_of(ON - timedelta(days=1)) == catalogues
    say(None, "none", since=ON)
    assert target_of().aim is Aim.NONE
    say(None, "default", since=ON)
    assert target_of() == catalogues
    assert metric("attach_rate").target == catalogues


@db
def test_stored_figures_and_cuts_carry_it_too() -> None:
    north, _eva = machines()
    say("0.80")
    take_today(on=ON, keys=["attach_rate"])
    stored = figures({ON: ["attach_rate"]}, actor=SYSTEM)[ON]["attach_rate"]
    assert (stored.taken_at is not None, stored.metric.target.value) == (True, Decimal("0.80"))
    one = Slice("team", str(north.pk))
    cut = compute_cut(["attach_rate"], [one], on=ON, actor=SYSTEM)[one]["attach_rate"]
    assert (cut.value, cut.metric.target.value) == (Decimal("0.75"), Decimal("0.80"))


@db
def test_reading_without_targets_is_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert read_targets().said == {}
    say("0.80")
    with django_assert_num_queries(1):
        read_targets()
    say("0.70", dimension="team", member=str(cast.pool("North").pk))
    with django_assert_num_queries(4):
        read_targets()


@db
def test_an_amount_is_for_who_sees_prices() -> None:
    say(100_000, metric="pipeline_value")
    say("0.80")
    keys = {
        role: sorted(targets_seen_by(cast.person(role, role)).values_list("metric", flat=True))
        for role in (Role.EXECUTIVE, Role.MARKETING, Role.TECHNICIAN)
    }
    assert keys == {
        Role.EXECUTIVE: ["attach_rate", "pipeline_value"],
        Role.MARKETING: ["attach_rate"],
        Role.TECHNICIAN: [],
    }
    told = compute("pipeline_value", on=ON, actor=cast.person("noor", Role.MARKETING))
    assert (told.withheld, told.metric.target.aim) == (True, Aim.NONE)


@db
def test_aims_of_the_model_are_those_of_figures() -> None:
    assert {a.value for a in Aim if a is not Aim.NONE} | {"none", "default"} == set(FigureAim.values)
