"""The leak map: nine buckets that share no atom, and what the receipts of each say."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from core.history import keep
from core.metrics import Filters, Result, Status, compute, compute_many, rows
from core.scope import System
from dashboards.leaks.rules import KEYS, LEAKS, Claim, LeakPolicy, Place, Problem, assign, before, diagnose, totals
from expansion.models import Signal, SignalKind, Tip
from installed_base.models import Level, Term, TermSuccession
from playbooks.models import Firing
from sales.models import DealKind, Opportunity, OpportunityLine, OpportunityPeriod
from tests.cast import KNOWN, account, asset, at_hour, cover, person, posted, term

ON = date(2026, 11, 21)
EVERYONE = System("tests")


def leak(key: str, on: date = ON, **filters: Any) -> Result:
    return compute(f"leak_{key}", on=on, actor=EVERYONE, filters=Filters(**filters))


# The rule


CLAIMS = st.builds(
    Claim,
    key=st.sampled_from(KEYS),
    account=st.integers(1, 2),
    kind=st.sampled_from(["asset", "contract", "deal"]),
    id=st.integers(1, 3),
    amount=st.decimals(0, 1000, places=2),
)


@given(st.lists(CLAIMS), st.randoms())
def test_each_atom_stays_with_the_first_bucket_that_claims_it(claims: list[Claim], luck: Random) -> None:
    kept = assign(claims)
    buckets: dict[Any, set[str]] = {claim.atom: set() for claim in kept}
    for claim in kept:
        buckets[claim.atom].add(claim.key)
    assert set(buckets) == {claim.atom for claim in claims}
    for atom, keys in buckets.items():
        assert keys == {min((c.key for c in claims if c.atom == atom), key=KEYS.index)}
    luck.shuffle(claims)
    assert sorted(map(repr, assign(claims))) == sorted(map(repr, kept))


def test_the_two_totals_are_never_added() -> None:
    amounts = {key: Decimal(10**place) for place, key in enumerate(KEYS)}
    assert totals(amounts) == (Decimal(11111), Decimal(111100000))
    assert totals({}) == (Decimal(0), Decimal(0))
    assert [leak.letter for leak in LEAKS] == list("ABCDEFGHI")
    assert before("leak_late_renewals") == ("leak_lost_renewals", "leak_lowered_renewals")


@pytest.mark.parametrize(
    ("place", "earlier", "status", "problem", "holds"),
    [
        (Place.PIPELINE, Place.LEADS, Status.GOOD, Problem.SALES, True),
        (Place.PIPELINE, Place.LEADS, Status.RISK, Problem.LEADS, False),
        (Place.CONVERSION, Place.PIPELINE, Status.WATCH, Problem.OPERATIONS, True),
        (Place.RENEWAL, Place.CONVERSION, Status.GOOD, Problem.SUCCESS, True),
        (Place.RENEWAL, Place.CONVERSION, Status.RISK, Problem.OPERATIONS, False),
        (Place.EXPANSION, Place.RENEWAL, Status.GOOD, Problem.GROWTH, True),
        (Place.EXPANSION, Place.RENEWAL, Status.NONE, Problem.GROWTH, None),
    ],
)
def test_lk_01_to_04_whose_problem_a_leak_is(
    place: Place, earlier: Place, status: Status, problem: Problem, holds: bool | None
) -> None:
    found = diagnose(place, {earlier: status})
    assert (found.problem, found.before, found.holds) == (problem, earlier, holds)


# The buckets, each on a small base


@pytest.mark.django_db
def test_a_lost_contract_takes_its_machines_from_the_uncovered_ones() -> None:
    Level.objects.create(key="basic", name="Basic", rung=1, list_price=900, currency="EUR")
    at = account()
    lost, bare = asset(at, date(2020, 1, 1)), asset(at, date(2020, 1, 1))
    cover(term(at, date(2025, 3, 1), date(2026, 2, 28), 12000, end_reason="price"), lost)
    assert (leak("lost_renewals").value, leak("lost_renewals").count) == (12000, 1)
    found = list(rows("leak_uncovered", on=ON, actor=EVERYONE))
    assert [(r["subject_id"], r["numerator"]) for r in found] == [(bare.pk, 900)]


@pytest.mark.django_db
def test_without_a_price_of_the_lowest_level_uncovered_machines_are_unknown() -> None:
    asset(account(), date(2020, 1, 1))
    assert (leak("uncovered").value, leak("uncovered").unknown) == (None, 1)


@pytest.mark.django_db
def test_a_contract_renewed_for_less_and_one_renewed_late() -> None:
    at = account()
    old = term(at, date(2025, 3, 1), date(2026, 2, 28), 12000)
    term(at, date(2026, 3, 1), date(2027, 2, 28), 9000, contract=old.contract, number=2, signed_on=date(2026, 2, 1))
    gap = term(at, date(2025, 3, 1), date(2026, 2, 28), 3650)
    after = date(2026, 3, 21)
    term(at, after, date(2027, 3, 20), 3650, contract=gap.contract, number=2, signed_on=date(2026, 3, 15))
    assert leak("lowered_renewals").value == 3000
    late = list(rows("leak_late_renewals", on=ON, actor=EVERYONE))
    assert [(r["subject_id"], r["days"], r["numerator"]) for r in late] == [(gap.pk, 20, 200)]


@pytest.mark.django_db
def test_a_late_contract_that_also_fell_in_price_counts_as_lowered_alone() -> None:
    old = term(account(), date(2025, 3, 1), date(2026, 2, 28), 3650)
    term(
        old.contract.account, date(2026, 3, 21), date(2027, 3, 20), 3000,
        contract=old.contract, number=2, signed_on=date(2026, 3, 15),
    )  # fmt: skip
    assert (leak("lowered_renewals").value, leak("late_renewals").count) == (650, 0)


@pytest.mark.django_db
def test_parts_decline_counts_from_a_quarter_and_not_with_a_lost_contract() -> None:
    falls, slips, leaves = account(), account(), account()
    for at, now in ((falls, 75), (slips, 76), (leaves, 10)):
        posted(at, date(2025, 6, 1), 100, "parts")
        posted(at, date(2026, 6, 1), now, "parts")
        posted(at, date(2026, 6, 1), 500, "machine")
    term(leaves, date(2025, 3, 1), date(2026, 2, 28), end_reason="price")
    found = list(rows("leak_parts_decline", on=ON, actor=EVERYONE))
    assert [(r["subject_id"], r["numerator"]) for r in found] == [(falls.pk, 25)]


@pytest.mark.django_db
def test_a_late_onboarding_costs_its_contract_by_days() -> None:
    at = account()
    slow = asset(at, date(2026, 5, 1), promised_on=date(2026, 6, 1), went_live_on=date(2026, 6, 21))
    bound = asset(at, date(2026, 5, 1), promised_on=date(2026, 11, 11))
    prompt = asset(at, date(2026, 5, 1), promised_on=date(2026, 6, 1), went_live_on=date(2026, 6, 1))
    alone = asset(at, date(2026, 5, 1), promised_on=date(2026, 6, 1), went_live_on=date(2026, 6, 2))
    for machine in (slow, bound):
        cover(term(at, date(2026, 5, 1), date(2027, 4, 30)), machine, annual_value_reporting=Decimal(3650))
    found = {r["subject_id"]: (r["days"], r["numerator"]) for r in rows("leak_late_onboarding", on=ON, actor=EVERYONE)}
    assert found == {slow.pk: (20, 200), bound.pk: (10, 100), alone.pk: (1, None)}
    assert [r["subject_id"] for r in rows("leak_uncovered", on=ON, actor=EVERYONE)] == [prompt.pk]


def signal(at: Any, machine: Any, value: int | None, *, days: int = 31, kind: str = SignalKind.UPGRADE) -> Signal:
    raised = ON - timedelta(days=days)
    fired = Firing.objects.create(
        rule=kind, subject_kind="asset", subject_id=Firing.objects.count() + 1, occurrence_key="1", account=at,
        state="fired", due_on=raised, on=raised,
    )  # fmt: skip
    return Signal.objects.create(
        firing=fired, kind=kind, account=at, asset=machine, raised_on=raised, due_on=raised, value_reporting=value
    )


def covered(at: Any, **values: Any) -> Any:
    machine = asset(at, date(2020, 1, 1), **values)
    cover(term(at, date(2026, 1, 1), date(2027, 12, 31)), machine)
    return machine


def deal(at: Any, begun: date, value: int | None = 1000, **values: Any) -> Opportunity:
    defaults = {"kind": DealKind.UPGRADE, "name": "Deal", "owner": at.owner, "known_on": begun, "identified_on": begun}
    row = Opportunity.objects.create(account=at, value_reporting=value, **(defaults | values))
    keep(OpportunityPeriod, [row.pk], on=begun)
    return row


@pytest.mark.django_db
def test_signals_left_lying_count_once_a_machine_and_not_with_an_open_deal() -> None:
    at = account()
    first, second, bare = covered(at), covered(at), asset(at, date(2020, 1, 1))
    signal(at, first, 1000)
    most = signal(at, first, 2000)
    signal(at, first, 9000, days=29)
    signal(at, bare, 5000)
    signal(at, second, 4000)
    OpportunityLine.objects.create(opportunity=deal(at, ON - timedelta(days=5)), asset=second)
    found = list(rows("leak_untouched_signals", on=ON, actor=EVERYONE))
    assert [(r["subject_id"], r["numerator"]) for r in found] == [(most.pk, Decimal("700.00"))]


@pytest.mark.django_db
def test_a_tip_counts_from_its_49th_hour_and_gives_way_to_a_signal() -> None:
    at, giver = account(), person("ruud")
    worn, told, seen = (covered(at, price_reporting=Decimal(1000)) for _ in range(3))
    signal(at, seen, 10)
    shared = {"account": at, "note": "x", "given_by": giver}
    for machine, kind, days in ((worn, "worn_out", 3), (told, "worn_out", 1), (seen, "worn_out", 3)):
        when = ON - timedelta(days=days)
        Tip.objects.create(asset=machine, kind=kind, given_at=at_hour(when), known_on=when, **shared)
    Tip.objects.create(
        kind="heard", given_at=at_hour(ON - timedelta(days=9)), known_on=ON - timedelta(days=9), **shared
    )
    found = leak("unanswered_tips")
    assert (found.value, found.count, found.unknown) == (700, 1, 1)


@pytest.mark.django_db
def test_a_deal_stands_still_from_the_day_after_its_stage_should_have_ended() -> None:
    at = account()
    deal(at, ON - timedelta(days=60))
    still = deal(at, ON - timedelta(days=61), stage="proposal")
    deal(at, ON - timedelta(days=400), stage="won", closed_on=ON - timedelta(days=61))
    found = list(rows("leak_stalled_deals", on=ON, actor=EVERYONE))
    assert [(r["subject_id"], r["numerator"]) for r in found] == [(still.pk, 500)]


@pytest.mark.django_db
def test_a_past_day_is_as_it_stood() -> None:
    at = account()
    machine = covered(at)
    gone = signal(at, machine, 1000, days=100)
    Signal.objects.filter(pk=gone.pk).update(decision="dismissed", reason="x", decided_on=ON - timedelta(days=10))
    assert leak("untouched_signals").count == 0
    assert leak("untouched_signals", ON - timedelta(days=11)).value == 350


# All of them together, on bases made at random


def a_random_base(seed: int) -> None:
    luck = Random(seed)
    Level.objects.create(key="basic", name="Basic", rung=1, list_price=900, currency="EUR")
    giver = person("ruud")
    for _ in range(6):
        at = account(segment=luck.choice(["small", "large"]))
        for back in (500, 100):
            posted(at, ON - timedelta(days=back), luck.randint(1, 100), "parts")
        machines = [_machine(luck, at) for _ in range(luck.randint(1, 4))]
        for _ in range(luck.randint(0, 4)):
            _contract(luck, at, machines)
        for machine in [*machines, None]:
            for _ in range(luck.randint(0, 2)):
                signal(at, machine, luck.choice([None, luck.randint(1, 9999)]), days=luck.randint(1, 90))
            if luck.random() < 0.5:
                given = ON - timedelta(days=luck.randint(0, 9))
                Tip.objects.create(
                    account=at, asset=machine, kind=luck.choice(["worn_out", "heard"]), note="x", given_by=giver,
                    given_at=at_hour(given), known_on=given,
                )  # fmt: skip
        if luck.random() < 0.5:
            _only_a_tip(at, giver)
        made = deal(at, ON - timedelta(days=luck.randint(1, 200)), luck.choice([None, 500]))
        if luck.random() < 0.5:
            OpportunityLine.objects.create(opportunity=made, asset=luck.choice(machines))


def _only_a_tip(at: Any, giver: Any) -> None:
    """A covered machine about which a technician said something, and nobody answered."""
    machine, given = covered(at, price_reporting=Decimal(50)), ON - timedelta(days=5)
    Tip.objects.create(
        account=at, asset=machine, kind="worn_out", note="x", given_by=giver, given_at=at_hour(given), known_on=given
    )


def _machine(luck: Random, at: Any) -> Any:
    promised = luck.choice([None, ON - timedelta(days=luck.randint(0, 300))])
    live = luck.choice([None, promised and min(promised + timedelta(days=luck.randint(0, 30)), ON)])
    return asset(
        at, date(2020, 1, 1), promised_on=promised, went_live_on=live, price_reporting=luck.choice([None, Decimal(50)])
    )


def _contract(luck: Random, at: Any, machines: list[Any]) -> None:
    ends = ON - timedelta(days=luck.randint(-200, 400))
    old = term(
        at,
        ends - timedelta(days=364),
        ends,
        luck.choice([None, luck.randint(1000, 9000)]),
        end_reason=luck.choice(["", "price"]),
    )
    for machine in luck.sample(machines, luck.randint(0, len(machines))):
        cover(old, machine, annual_value_reporting=luck.choice([None, Decimal(luck.randint(100, 900))]))
    if luck.random() < 0.6:
        starts = ends + timedelta(days=luck.randint(1, 70))
        new = term(
            at, starts, starts + timedelta(days=364), luck.randint(1000, 9000), contract=old.contract, number=2,
            signed_on=starts - timedelta(days=luck.randint(0, 90)),
        )  # fmt: skip
        TermSuccession.objects.create(term=old, successor=new, known_on=KNOWN)


def _atom(key: str, row: dict[str, Any]) -> Claim:
    pk = row["subject_id"]
    if key in ("leak_lost_renewals", "leak_lowered_renewals", "leak_late_renewals"):
        return Claim(key, 0, "contract", _contract_of(pk))
    if key == "leak_untouched_signals":
        return _about(key, Signal.objects.get(pk=pk))
    if key == "leak_unanswered_tips":
        return _about(key, Tip.objects.get(pk=pk))
    kinds = {"leak_parts_decline": "account", "leak_stalled_deals": "deal"}
    return Claim(key, 0, kinds.get(key, "asset"), pk)


def _contract_of(pk: int) -> int:
    return Term.objects.get(pk=pk).contract_id


def _about(key: str, row: Any) -> Claim:
    return Claim(key, 0, "asset", row.asset_id) if row.asset_id else Claim(key, 0, "account", row.account_id)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_no_atom_stands_in_two_buckets_and_rows_add_up(seed: int) -> None:
    a_random_base(seed)
    claims = []
    for key, result in compute_many(KEYS, on=ON, actor=EVERYONE).items():
        found = list(rows(key, on=ON, actor=EVERYONE))
        assert sum((r["numerator"] or Decimal(0) for r in found), Decimal(0)) == (result.numerator or 0), key
        assert (sum(not r["unknown"] for r in found), sum(r["unknown"] for r in found)) == (
            result.count,
            result.unknown,
        )
        claims += [_atom(key, row) for row in found]
    assert assign(claims) == claims
    singles = [c.atom for c in claims if c.key in KEYS[3:]]
    assert len(set(singles)) == len(singles)


@pytest.mark.django_db
def test_the_random_bases_fill_each_of_the_nine_buckets_and_the_two_totals_are_their_sums() -> None:
    filled: set[str] = set()
    for seed in range(8):
        with transaction.atomic():
            a_random_base(seed)
            found = compute_many(KEYS, on=ON, actor=EVERYONE)
            filled |= {key for key, result in found.items() if result.count}
            sums = {key: Decimal(result.numerator or 0) for key, result in found.items()}
            measured = sum((sums[leak.key] for leak in LEAKS if leak.measured), Decimal(0))
            assert totals({key: result.value for key, result in found.items()}) == (
                measured, sum(sums.values(), Decimal(0)) - measured,
            )  # fmt: skip
            transaction.set_rollback(True)
    assert filled == set(KEYS) and len(KEYS) == 9


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_the_segments_add_up_to_the_whole(seed: int) -> None:
    a_random_base(seed)
    whole = compute_many(KEYS, on=ON, actor=EVERYONE)
    parts = [compute_many(KEYS, on=ON, actor=EVERYONE, filters=Filters(segment=s)) for s in ("small", "large")]
    for key in KEYS:
        assert sum((p[key].numerator or 0 for p in parts), Decimal(0)) == (whole[key].numerator or 0), key


def test_the_policy_knows_what_each_playbook_wins() -> None:
    policy = LeakPolicy()
    assert (policy.win_rate("replacement"), policy.win_rate("contract_upsell")) == (Decimal("0.70"), Decimal("0.45"))
