"""Stored figures: the same as live ones, never lost, stale when a fact comes late, and nobody's but those who may."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.actions import touch
from core.history import keep
from core.metrics import (
    EVERYTHING,
    WHOLE,
    Filters,
    Slice,
    catalogue,
    compute,
    compute_many,
    figures,
    history,
    mark_stale,
    month_ends,
    stored,
    take_snapshots,
    take_today,
    taking,
)
from core.metrics.catalogue import Stage
from core.metrics.slices import members_on, owners_of_teams
from core.models import Job, Membership, Owner, Role, Snapshot, Team
from core.scope import System
from installed_base.models import Account, AccountPeriod, AssetPeriod
from sales.metrics import METRICS as SALES
from tests.cast import account, asset, person
from tests.house.test_receipts import Base

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
YESTERDAY = ON - timedelta(days=1)
KEYS = [m.key for m in catalogue()]
SYSTEM = System("tests")
# Of a run with two month ends: three days of everything alone, and yesterday and the month ends by family.
PASSES = 3 + 3 * len({m.family.key for m in catalogue()})


def a_base(seed: int) -> Base:
    """A random base whose accounts changed hands, moved, were merged, and lie in several countries."""
    base = Base(seed)
    below = Team.objects.create(name="North-west", parent=Team.objects.get(name="North"))
    Membership.objects.create(team=below, user=base.people[1])
    owners = [Owner.objects.of(p) for p in base.people] + [Owner.objects.of(below)]
    for number, one in enumerate(base.accounts):
        Account.objects.filter(pk=one.pk).update(country=("NL", "DE", "")[number % 3], owner=owners[number % 3])
    keep(AccountPeriod, [a.pk for a in base.accounts[:5]], on=ON - timedelta(days=20))
    gone, kept = base.accounts[6], base.accounts[7]
    Account.objects.filter(pk=gone.pk).update(merged_into=kept)
    machine = asset(kept, ON - timedelta(days=900))
    type(machine).objects.filter(pk=machine.pk).update(account=base.accounts[0])
    keep(AssetPeriod, [machine.pk], on=ON - timedelta(days=20))
    return base


@pytest.mark.parametrize("seed", range(2))
def test_every_stored_figure_is_the_live_one(seed: int) -> None:
    a_base(seed)
    take_snapshots(on=ON, months=1)
    day = (YESTERDAY, *month_ends(ON, 1))[seed]
    members = members_on(day, owners_of_teams())
    assert {s.dimension for s in members} == {"owner", "team", "segment", "country", "product_line"}
    for one in (WHOLE, *members):
        live = compute_many(KEYS, on=day, actor=SYSTEM, filters=one.filters)
        found = stored(KEYS, [day], one)
        for key in KEYS:
            assert facts(found[day, key].result) == facts(live[key]), (day, one, key)
            assert found[day, key].is_fresh


def facts(result: Any) -> tuple[Any, ...]:
    return (
        result.value,
        result.numerator,
        result.denominator,
        result.count,
        result.unknown,
        result.unattributed,
        result.small,
        result.reason,
        dict(result.policy),
        dict(result.parts),
    )


def few(on: date = ON) -> Any:
    """One machine at one customer, and a day on which everything is stored."""
    at = account("Van Houten", country="NL", segment="small")
    asset(at, on - timedelta(days=4000))
    return at


def value(day: date, one: Slice = WHOLE, key: str = "assets_in_service") -> Any:
    return stored([key], [day], one)[day, key].result.value


def test_what_stands_is_not_taken_again() -> None:
    few()
    first, second = (take_snapshots(on=ON, months=2) for _ in range(2))
    assert (first.passes, first.kept) == (PASSES, 0)
    assert first.dates == {ON, YESTERDAY, date(2025, 11, 21), date(2025, 11, 20), *month_ends(ON, 2)}
    assert (second.passes, second.rows, second.kept) == (0, 0, PASSES)
    assert Job.objects.get(kind=taking.KIND).result["rows"] == first.rows == Snapshot.objects.count()


def test_a_killed_run_loses_nothing_and_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    few()
    real, calls = taking._write, []

    def killed(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 8:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(taking, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        take_snapshots(on=ON, months=2)
    job = Job.objects.get()
    assert (job.state, job.progress) == (Job.State.FAILED, {"done": 7, "of": PASSES})
    written = {(s.pk, s.taken_at) for s in Snapshot.objects.all()}
    monkeypatch.setattr(taking, "_write", real)
    resumed = take_snapshots(on=ON, months=2)
    assert (resumed.passes, resumed.kept) == (PASSES - 7, 7)
    assert written <= {(s.pk, s.taken_at) for s in Snapshot.objects.all()}
    assert take_snapshots(on=ON, months=2).passes == 0


def test_a_late_fact_marks_the_dates_it_reaches_and_no_other() -> None:
    few()
    take_snapshots(on=ON, months=3)
    july, august, october = date(2026, 7, 31), date(2026, 8, 31), date(2026, 10, 31)
    mark_stale({"asset": date(2026, 9, 15)})
    stale = Snapshot.objects.exclude(stale_since=None)
    assert set(stale.values_list("as_of", flat=True)) == {date(2026, 9, 30), october, YESTERDAY, ON}
    assert set(stale.values_list("stale_since", flat=True)) == {date(2026, 9, 15)}
    assert july not in month_ends(ON, 3) and august in month_ends(ON, 3)
    mark_stale({"asset": date(2026, 9, 20)})
    assert set(stale.values_list("stale_since", flat=True)) == {date(2026, 9, 15)}


def test_a_kind_of_fact_marks_only_what_rests_on_it() -> None:
    few()
    take_snapshots(on=ON, months=1)
    mark_stale({"renewal": date(2026, 1, 1), "opportunity": date(2026, 1, 1)})
    stale = Snapshot.objects.exclude(stale_since=None)
    assert set(stale.values_list("metric", flat=True)) == {
        "contracts_up_for_renewal",
        "cross_sell_identification",
        "leak_stalled_deals",
        "leak_unanswered_tips",
        "leak_untouched_signals",
        "products_per_customer",
        "referral_conversion",
        "referral_revenue_share",
        "referral_win_rate",
        "referrals_given",
        "renewals_started_on_time",
        "renewals_without_plan",
        "tip_follow_up",
        "tip_win_value",
        "tips_given",
        "whitespace_filled",
        *(m.key for m in SALES if m.stage is not Stage.LEAD_GENERATION),
    }


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("lead", ("lead_quality", "lead_volume", "lead_conversion", "source_concentration", "cost_per_lead")),
        ("lead_source", ("lead_quality", "lead_volume", "lead_conversion", "source_concentration", "cost_per_lead")),
        ("spend", ("cost_per_lead", "clv_cac")),
        ("touch", ()),
    ],
)
def test_what_leads_and_spend_mark_stale(kind: str, keys: tuple[str, ...]) -> None:
    few()
    take_today(on=ON)
    mark_stale({kind: date(2026, 1, 1)})
    stale = Snapshot.objects.exclude(stale_since=None)
    of_anything = {"leak_unanswered_tips", "leak_untouched_signals"}
    assert set(stale.values_list("metric", flat=True)) == {*keys} | of_anything


def test_a_figure_taken_again_keeps_what_was_stored_first() -> None:
    at, october = few(), date(2026, 10, 31)
    take_snapshots(on=ON, months=1)
    asset(at, date(2026, 10, 1), known_on=ON)
    mark_stale({"asset": date(2026, 10, 1)})
    later = ON + timedelta(days=1)
    take_snapshots(on=later, months=1)
    one = stored(["assets_in_service"], [october])[october, "assets_in_service"]
    assert (one.result.value, one.first_value, one.first_taken_on, one.is_fresh) == (2, 1, ON, True)
    asset(at, date(2026, 10, 2))
    mark_stale({"asset": date(2026, 10, 2)})
    take_snapshots(on=later, months=1)
    one = stored(["assets_in_service"], [october])[october, "assets_in_service"]
    assert (one.result.value, one.first_value, one.first_taken_on) == (3, 1, ON)


def test_today_is_taken_again_tomorrow_and_has_no_first_figure() -> None:
    at = few()
    take_today(on=ON)
    asset(at, ON)
    take_snapshots(on=ON + timedelta(days=1), months=1)
    one = stored(["assets_in_service"], [ON])[ON, "assets_in_service"]
    assert (one.result.value, one.first_taken_on, one.taken_on) == (2, None, ON + timedelta(days=1))


def test_only_what_was_touched_is_taken_again() -> None:
    few()
    take_today(on=ON)
    before = dict(Snapshot.objects.filter(as_of=ON, part="").values_list("metric", "taken_at"))
    mark_stale({"roi": ON})
    again = take_today(on=ON)
    after = dict(Snapshot.objects.filter(as_of=ON, part="").values_list("metric", "taken_at"))
    moved = {key for key in after if after[key] != before[key]}
    assert "time_to_first_value" in moved
    assert not moved & {"assets_in_service", "attach_rate"}
    assert (again.passes, again.dates) == (1, {ON})


def test_a_member_that_lost_everything_is_stored_as_nothing() -> None:
    at = few()
    take_snapshots(on=ON, months=1)
    dutch = Slice("country", "NL")
    assert value(YESTERDAY, dutch) == 1
    Account.objects.filter(pk=at.pk).update(country="DE")
    mark_stale({"account": YESTERDAY})
    take_snapshots(on=ON, months=1)
    assert (value(YESTERDAY, dutch), value(YESTERDAY, Slice("country", "DE"))) == (0, 1)
    assert take_snapshots(on=ON, months=1).passes == 0


def test_a_figure_is_stale_as_soon_as_a_fact_is_touched() -> None:
    at = few()
    take_today(on=ON)
    machine = asset(at, ON)
    assert read(SYSTEM).value == 1
    touch("opportunity", [7], since=ON)
    assert read(SYSTEM).value == 1
    touch("asset", [machine.pk], since=ON + timedelta(days=1))
    assert read(SYSTEM).value == 1
    touch("asset", [machine.pk], since=ON)
    assert (read(SYSTEM).value, read(SYSTEM).taken_at) == (2, None)


def read(actor: Any, filters: Filters = EVERYTHING, on: date = ON) -> Any:
    return figures({on: ["assets_in_service"]}, actor=actor, filters=filters)[on]["assets_in_service"]


def test_what_was_touched_before_the_figure_was_taken_is_in_it() -> None:
    at = few()
    touch("asset", [asset(at, ON).pk], since=ON)
    take_today(on=ON)
    assert read(SYSTEM).value == 2
    assert read(SYSTEM).taken_at is not None
    touch("asset", [1], since=ON)
    assert read(SYSTEM).taken_at is None


@pytest.mark.parametrize("role", Role.values)
def test_nobody_reads_a_stored_figure_of_more_than_they_see(role: str) -> None:
    user = person("eva", role)
    few()
    mine = account(owner=user, country="NL")
    asset(mine, ON - timedelta(days=400))
    take_snapshots(on=ON, months=1)
    Snapshot.objects.update(value=99, numerator=99)
    sees_all = role in (Role.EXECUTIVE, Role.MARKETING, Role.OPERATIONS, Role.ADMINISTRATOR)
    for filters in (Filters(), Filters(country="NL"), Filters(owner=Owner.objects.of(user).pk)):
        live = compute("assets_in_service", on=YESTERDAY, actor=user, filters=filters)
        found = read(user, filters, YESTERDAY)
        assert (found.value, found.taken_at is not None) == ((99, True) if sees_all else (live.value, False))
    kept = history(["assets_in_service"], ON, actor=user, filters=Filters())["assets_in_service"]
    assert len(kept) == (1 if sees_all else 0)


def test_crossed_filters_are_computed_live() -> None:
    few()
    take_snapshots(on=ON, months=1)
    crossed = read(SYSTEM, Filters(country="NL", segment="small"), YESTERDAY)
    assert (crossed.value, crossed.taken_at) == (1, None)
    assert read(SYSTEM, Filters(country="NL"), YESTERDAY).taken_at is not None
    assert read(SYSTEM, Filters(country="NL", known_at=YESTERDAY), YESTERDAY).taken_at is None


def test_prices_are_withheld_from_stored_figures_too() -> None:
    base = a_base(0)
    take_today(on=ON)
    mark = person("mark", Role.MARKETING)
    found = figures({ON: KEYS}, actor=mark)[ON]
    assert found["contracted_value"].taken_at is not None
    for key, live in compute_many(KEYS, on=ON, actor=mark).items():
        assert facts(found[key]) == facts(live), key
        assert found[key].withheld == (live.metric.reads_money and not live.metric.family.shows_money(mark))
    assert base.accounts
