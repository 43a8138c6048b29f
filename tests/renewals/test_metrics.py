"""The figures of stage 5: W-14, the days of grace, what continues by itself, and what a renewal costs more."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months, inclusive_end
from core.metrics import Filters, Result, compute, rows
from core.models import Role
from core.scope import System
from health.models import Spell
from installed_base.models import Level, Term, TermSuccession
from installed_base.rules import last_day_to_cancel
from renewals.metrics import fate
from tests.cast import KNOWN, account, asset, cover, moment, person, pool, posted, term
from tests.renewals.book import renewal

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
DAY = timedelta(days=1)
EVERYONE = System("tests")


def value(key: str, on: date = ON, **filters: Any) -> Result:
    return compute(key, on=on, actor=EVERYONE, filters=Filters(**filters))


def states(on: date = ON) -> list[str]:
    return [r["state"] for r in rows("renewal_rate", on=on, actor=EVERYONE)]


def ended(at: Any, ends_on: date, annual: int | None = 1000, **values: Any) -> Term:
    return term(at, ends_on - timedelta(days=364), ends_on, annual, **values)


def follow(old: Term, starts_on: date | None = None, annual: int | None = 1000, **values: Any) -> Term:
    """The next term of the same contract, signed ten days before the end unless another day is given."""
    assert old.ends_on
    starts = starts_on or old.ends_on + DAY
    signed = {"signed_on": old.ends_on - 10 * DAY} | values
    return term(
        old.contract.account,
        starts,
        starts + timedelta(days=364),
        annual,
        contract=old.contract,
        number=old.number + 1,
        **signed,
    )


def test_w_14_a_hundred_due_ninety_two_renewed_is_92_percent():
    at = account()
    for number in range(100):
        one = ended(at, date(2026, 3, 1) + number * DAY, annual=1000 if number < 92 else 3000)
        if number < 92:
            follow(one)
    found = value("renewal_rate")
    assert (found.value, found.numerator, found.denominator) == (Decimal("0.92"), 92, 100)
    assert (found.parts["renewed"], found.parts["lapsed"]) == (92, 8)
    by_value = value("renewal_rate_value")
    assert by_value.value == Decimal(92) / Decimal(92 + 24)


def test_the_window_is_twelve_months_of_last_days():
    at = account()
    for day in (date(2025, 11, 21), date(2025, 11, 22), ON, ON + DAY):
        ended(at, day, source="", signed_on=KNOWN)
    assert [r["due_on"] for r in rows("renewal_rate", on=ON, actor=EVERYONE)] == [date(2025, 11, 22), ON]


@pytest.mark.parametrize(
    ("later", "state"), [(1, fate.RENEWED), (60, fate.RENEWED), (61, fate.LAPSED), (-30, fate.RENEWED)]
)
def test_a_successor_renews_within_the_days_of_grace(later, state):
    one = ended(account(), date(2026, 6, 30))
    follow(one, one.ends_on + later * DAY)
    assert states() == [state]


def test_signed_after_the_end_is_late_and_counts():
    one = ended(account(), date(2026, 6, 30))
    follow(one, signed_on=date(2026, 7, 9))
    found = value("renewal_rate")
    assert (found.value, found.parts["late"], found.parts["renewed"]) == (1, 1, 1)


def test_what_is_signed_after_the_date_is_not_seen():
    one = ended(account(), date(2026, 6, 30))
    follow(one, signed_on=date(2026, 7, 9))
    assert states(date(2026, 7, 8)) == [fate.PENDING]
    assert states(date(2026, 7, 9)) == [fate.LATE]


def test_a_term_is_pending_for_sixty_days_and_leaves_the_figure():
    follow(ended(account(), date(2026, 3, 31)))
    ended(account(), date(2026, 6, 30))
    found = value("renewal_rate", date(2026, 8, 29))
    assert (found.value, found.denominator, found.parts["pending"]) == (1, 1, 1)
    assert value("renewal_rate", date(2026, 8, 30)).value == Decimal("0.5")


def test_a_recorded_loss_is_not_pending():
    ended(account(), ON - 5 * DAY, notice_received_on=ON - DAY, end_reason="price")
    assert states(ON - 2 * DAY) == [fate.PENDING]
    assert states() == [fate.LAPSED]


@pytest.mark.parametrize("reason", ["scrapped", "sold_on", "data_error"])
def test_what_is_no_loss_is_listed_and_not_counted(reason: str):
    ended(account(), date(2026, 12, 31), terminated_on=date(2026, 5, 1), end_reason=reason)
    found = value("renewal_rate")
    assert (found.value, found.parts["not_a_loss"], found.denominator) == (None, 1, 0)
    assert found.reason


def test_replaced_is_no_loss_only_where_what_replaces_it_is_linked():
    alone = ended(account(), date(2026, 12, 31), terminated_on=date(2026, 5, 1), end_reason="replaced")
    assert states() == [fate.LAPSED]
    other = term(account(), date(2026, 5, 1), None)
    TermSuccession.objects.create(term=alone, successor=other, known_on=KNOWN)
    assert states() == [fate.NOT_A_LOSS]


def test_one_successor_renews_several_terms_and_several_renew_one_once():
    at = account()
    first, second = ended(at, date(2026, 6, 30)), ended(at, date(2026, 6, 30))
    merged = term(at, date(2026, 7, 1), None, signed_on=date(2026, 6, 1))
    again = term(at, date(2026, 7, 1), None, signed_on=date(2026, 6, 1))
    for old, new in ((first, merged), (second, merged), (first, again)):
        TermSuccession.objects.create(term=old, successor=new, known_on=KNOWN)
    found = value("renewal_rate")
    assert (found.numerator, found.denominator) == (2, 2)


def test_a_source_that_gives_no_successors_is_unknown_and_not_zero():
    ended(account(), date(2026, 3, 31))
    found = value("renewal_rate")
    assert (found.value, found.unknown) == (None, 1)
    ended(account(), date(2026, 3, 31), source="", signed_on=KNOWN)
    found = value("renewal_rate")
    assert (found.value, found.unknown) == (0, 1)


def test_a_tacit_term_counts_once_at_the_end_of_its_latest_stretch():
    ended(account(), date(2024, 3, 31), tacit_months=12, notice_months=2)
    found = list(rows("renewal_rate", on=ON, actor=EVERYONE))
    assert [(r["state"], r["due_on"]) for r in found] == [(fate.TACIT, date(2026, 3, 31))]


def test_a_tacit_term_lapses_at_the_end_that_its_notice_reaches():
    one = ended(account(), date(2024, 3, 31), tacit_months=12, notice_months=2)
    Term.objects.filter(pk=one.pk).update(notice_received_on=date(2026, 1, 31))
    assert states() == [fate.LAPSED]
    Term.objects.filter(pk=one.pk).update(notice_received_on=date(2026, 2, 1))
    assert states() == [fate.TACIT]
    found = list(rows("renewal_rate", on=date(2027, 4, 1), actor=EVERYONE))
    assert [(r["state"], r["due_on"]) for r in found] == [(fate.LAPSED, date(2027, 3, 31))]


def test_a_tacit_term_that_was_renewed_by_signature_is_due_when_the_next_began():
    one = ended(account(), date(2024, 3, 31), tacit_months=12)
    follow(one, date(2026, 4, 1), signed_on=date(2026, 2, 1))
    found = list(rows("renewal_rate", on=ON, actor=EVERYONE))
    assert [(r["state"], r["due_on"]) for r in found] == [(fate.RENEWED, date(2026, 3, 31))]


def test_an_open_ended_term_is_due_when_it_is_ended():
    one = term(account(), date(2020, 1, 1), None)
    assert states() == []
    Term.objects.filter(pk=one.pk).update(terminated_on=date(2026, 5, 1), end_reason="price")
    assert states() == [fate.LAPSED]


@given(
    st.dates(date(2015, 1, 1), date(2024, 12, 31)),
    st.sampled_from([1, 3, 12, 24]),
    st.dates(date(2025, 1, 1), date(2026, 12, 31)),
)
def test_a_tacit_term_is_due_on_the_last_end_that_has_come(starts_on: date, months: int, on: date):
    """Against the calendar itself: ends are counted from the start, never from the end before."""
    Term.objects.all().delete()
    term(account(), starts_on, inclusive_end(starts_on, 12), tacit_months=months)
    ends = [e for n in range(400 // months) if (e := inclusive_end(starts_on, 12 + n * months)) <= on]
    found = [r["due_on"] for r in rows("renewal_rate", on=on, actor=EVERYONE)]
    expected = [ends[-1]] if ends and ends[-1] > add_months(on, -12) else []
    assert len(found) == len(expected)
    # Anchors late in the month are clamped from the end in SQL and from the start in the rule: within three days.
    assert all(abs((a - b).days) <= 3 for a, b in zip(found, expected, strict=True))


def test_the_rate_by_tier_is_that_of_ninety_days_before():
    at = account()
    one = ended(at, date(2026, 6, 30))
    Spell.objects.create(account=at, tier="red", began_on=date(2026, 1, 1), ended_on=date(2026, 4, 1))
    Spell.objects.create(account=at, tier="green", began_on=date(2026, 4, 1))
    ended(account(), date(2026, 6, 30))
    follow(one)
    found = value("renewal_rate").parts
    assert (found["renewed_green"], found["due_green"], found["due_red"]) == (1, 1, 0)
    assert (found["renewed_unknown"], found["due_unknown"]) == (0, 1)


def test_the_rate_by_owner_and_segment():
    mila = person("mila")
    follow(ended(account(owner=mila, segment="small"), date(2026, 6, 30)))
    ended(account(), date(2026, 6, 30))
    assert value("renewal_rate").value == Decimal("0.5")
    assert value("renewal_rate", segment="small").value == 1


def test_started_on_time_asks_for_a_contact_about_the_renewal_by_five_days_after():
    made = [renewal(ended(account(), date(2026, 12, 31))) for _ in range(3)]
    t_90 = date(2026, 10, 2)
    for one, day in zip(made, (t_90 + 5 * DAY, t_90 + 6 * DAY), strict=False):
        moment(one.account, day, subject_kind="renewal", subject_id=one.pk)
    moment(made[2].account, t_90)
    found = value("renewals_started_on_time")
    assert (found.numerator, found.denominator) == (1, 3)


def test_a_contract_known_too_late_is_listed_apart():
    renewal(ended(account(), date(2026, 12, 31), known_on=date(2026, 10, 2)))
    found = value("renewals_started_on_time")
    assert (found.value, found.parts["known_late"]) == (None, 1)


def test_time_to_renew_is_counted_from_t_90_and_may_be_below_zero():
    early, usual = (ended(account(), date(2026, 8, 31)) for _ in range(2))
    follow(early, signed_on=date(2026, 5, 23))
    follow(usual, signed_on=date(2026, 8, 1))
    ended(account(), date(2026, 8, 31), tacit_months=12)
    found = value("time_to_renew")
    assert (found.value, found.count, found.parts["early"]) == (25, 2, 1)


def test_time_to_renew_counts_from_the_last_day_to_cancel():
    one = ended(account(), date(2026, 8, 31), tacit_months=12, notice_months=2)
    follow(one, signed_on=date(2026, 6, 30))
    assert last_day_to_cancel(one.ends_on, 2, 0) == date(2026, 6, 30)
    assert value("time_to_renew").value == 90


def test_a_successor_without_a_signature_has_no_time():
    follow(ended(account(), date(2026, 8, 31)), signed_on=None)
    found = value("time_to_renew")
    assert (found.value, found.count, found.unknown) == (None, 0, 0)


def test_without_owner_or_plan():
    eva = person("eva")
    team = pool("North")
    planned = {"next_step": "Call", "next_step_on": ON}
    renewal(ended(account(owner=eva), ON + 10 * DAY), **planned)
    renewal(ended(account(owner=team), ON + 10 * DAY), **planned)
    renewal(ended(account(owner=eva), ON + 90 * DAY))
    renewal(ended(account(owner=eva), ON + 91 * DAY), opened_on=ON)
    found = value("renewals_without_plan")
    assert (found.value, found.parts["without_owner"], found.parts["without_plan"]) == (2, 1, 1)


def two_levels() -> list[Level]:
    return [Level.objects.create(key=key, name=key, rung=rung) for rung, key in enumerate(("basic", "full"), 1)]


def test_growth_says_price_and_scope():
    at = account()
    old = ended(at, date(2026, 6, 30), annual=3000)
    new = follow(old, annual=3700)
    kept, dropped, added = (asset(at, KNOWN) for _ in range(3))
    for line, machine, worth in ((old, kept, 2000), (old, dropped, 1000), (new, kept, 2100), (new, added, 1600)):
        cover(line, machine, annual_value_reporting=worth)
    found = value("contract_value_growth")
    assert found.value == Decimal(700) / 3000
    assert {k: int(v or 0) for k, v in found.parts.items()} == {
        "replaced": 3000, "successors": 3700, "price": 100, "scope": 600, "level": 0, "unexplained": 0,
    }  # fmt: skip


def test_growth_on_another_level_is_level():
    at = account()
    basic, full = two_levels()
    old = ended(at, date(2026, 6, 30), annual=1000, level=basic)
    new = follow(old, annual=1500, level=full)
    machine = asset(at, KNOWN)
    cover(old, machine, annual_value_reporting=900)
    cover(new, machine, annual_value_reporting=1400)
    parts = value("contract_value_growth").parts
    assert (parts["level"], parts["price"], parts["unexplained"]) == (500, 0, 0)


def test_growth_of_a_split_contract_counts_the_old_one_once():
    at = account()
    old = ended(at, date(2026, 6, 30), annual=1000)
    for annual in (600, 500):
        new = term(at, date(2026, 7, 1), None, annual, signed_on=date(2026, 6, 1))
        TermSuccession.objects.create(term=old, successor=new, known_on=KNOWN)
    found = value("contract_value_growth")
    assert (found.value, found.denominator) == (Decimal("0.1"), 1000)


def test_growth_without_a_known_value_is_unknown():
    follow(ended(account(), date(2026, 6, 30), annual=None))
    found = value("contract_value_growth")
    assert (found.value, found.unknown) == (None, 1)


def test_won_back_paid_long_ago_and_not_a_year_ago():
    back, always, new = account(), account(), account()
    for at, day in ((back, date(2023, 5, 1)), (always, date(2023, 5, 1)), (always, date(2025, 5, 1))):
        posted(at, day, 100)
    for at in (back, always, new):
        posted(at, date(2026, 5, 1), 250)
    found = value("won_back")
    assert (found.value, found.parts["revenue"]) == (1, 250)


def test_installed_base_grr_leaves_machines_out():
    at = account()
    for day, amount in ((date(2025, 5, 1), 100), (date(2026, 5, 1), 80)):
        posted(at, day, amount, "parts")
        posted(at, day, 5000, "machine")
    assert value("installed_base_grr").value == Decimal("0.8")


def test_service_margin_of_what_has_a_known_cost():
    at = account()
    posted(at, date(2026, 5, 1), 100, "parts", cost_reporting=60)
    year = {"period_from": date(2026, 1, 1), "period_to": date(2026, 12, 31)}
    posted(at, date(2026, 1, 1), 365, "service_contract", cost_reporting=73, **year)
    posted(at, date(2026, 5, 1), 999, "parts")
    posted(at, date(2026, 5, 1), 999, "machine", cost_reporting=1)
    found = value("service_margin")
    assert (found.denominator, found.numerator, found.unknown) == (100 + 325, 40 + 260, 1)


def test_who_sees_no_prices_sees_counts_alone():
    follow(ended(account(owner=pool("North")), date(2026, 6, 30)))
    reader = person("ops", Role.OPERATIONS)
    assert compute("renewal_rate", on=ON, actor=reader).value == 1
    assert compute("renewal_rate_value", on=ON, actor=reader).withheld


def test_another_team_is_not_in_the_figure():
    follow(ended(account(owner=pool("North")), date(2026, 6, 30)))
    assert compute("renewal_rate", on=ON, actor=person("tom", team=pool("South"))).count == 0
