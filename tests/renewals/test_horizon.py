"""The horizon: every term once, in its quarter, at the probability that the book's own history gives it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.actions import publish_policy
from health.models import Spell
from installed_base.models import TermSuccession
from renewals.models import ForecastDay, RenewalForecast
from renewals.queries.horizon import Narrow, horizon_of, quarter_rows
from renewals.queries.rates import table_on
from renewals.rules.forecast import ForecastPolicy
from tests import cast
from tests.renewals.book import ending, renewal

ON = date(2026, 11, 21)
EVERYTHING = Narrow()


def ended(at, days_ago, renewed):
    """A term that ended so many days before ON, and the one that followed it, if any."""
    ends_on = ON - timedelta(days=days_ago)
    old = cast.term(at, ends_on - timedelta(days=364), ends_on)
    if renewed:
        starts = ends_on + timedelta(days=1)
        new = cast.term(at, starts, starts + timedelta(days=364 * 5), signed_on=ends_on - timedelta(days=9))
        TermSuccession.objects.create(term=old, successor=new, known_on=ON)
    return old


@pytest.fixture
def history(mila):
    """Of four decided terms three were renewed, two of them of green customers; the policy asks for no more."""
    admin = cast.person("admin", "administrator")
    publish_policy(values=ForecastPolicy(weight=4, enough=4), valid_from=date(2026, 1, 1), by=admin)
    for name, tier, renewed in (("G1", "green", 1), ("G2", "green", 1), ("R1", "red", 1), ("R2", "red", 0)):
        at = cast.account(name, mila)
        Spell.objects.create(account=at, tier=tier, began_on=date(2021, 1, 1))
        ended(at, 120, renewed)


def test_the_cells_are_what_became_of_the_terms(history):
    table = table_on(ON)
    cells = {(c.tier, c.band): (c.decided, c.won, c.raw, c.chance) for c in table.cells if c.decided}
    assert (table.decided, table.won, table.average) == (4, 3, Decimal("0.75"))
    assert cells == {
        ("green", 0): (2, 2, Decimal(1), Decimal("0.8333")),  # (2 + 4 * 0.75) / 6
        ("red", 0): (2, 1, Decimal("0.5"), Decimal("0.6667")),  # (1 + 4 * 0.75) / 6
    }


def test_years_as_a_customer_count_from_the_first_term(history, mila):
    at = cast.account("Old", mila)
    cast.term(at, date(2018, 1, 1), date(2018, 12, 31))
    ended(at, 120, renewed=False)
    cell = next(c for c in table_on(ON).cells if (c.tier, c.band) == ("unknown", 2))
    assert (cell.decided, cell.won) == (1, 0)


def test_what_was_due_before_the_window_or_is_pending_does_not_count(history, mila):
    ended(cast.account("Long ago", mila), 1200, renewed=False)
    ended(cast.account("Within grace", mila), 20, renewed=False)
    assert table_on(ON).decided == 4


def test_the_history_of_a_past_day_knows_no_more_than_it_did(history):
    table = table_on(ON - timedelta(days=119))
    assert table.decided == 3  # the one without a successor was still within the days of grace
    assert not table.known and table.chance("green", 0) is None


def up(mila, name, days, annual=1000, **values):
    return ending(cast.account(name, mila), days, on=ON, annual=annual, **values)


def by_quarter(mila, **asked):
    found = horizon_of(mila, Narrow(**asked), table_on(ON), on=ON)
    return {q.key: (q.sums.count, q.sums.value, q.sums.expected) for q in found.quarters if q.sums.count}


def test_each_term_stands_once_in_the_quarter_of_its_deciding_day(history, mila):
    up(mila, "A", 10)
    up(mila, "B", 58, annual=2000)
    up(mila, "C", 58, tacit_months=12, notice_months=3)  # too late to cancel: it goes on a year, T in October 2027
    cast.term(cast.account("D", mila), ON - timedelta(days=9), ON + timedelta(days=900), None)
    found = by_quarter(mila)
    assert found["2026-Q4"] == (1, 1000, Decimal("750.00"))
    assert found["2027-Q1"] == (1, 2000, Decimal("1500.00"))
    assert found["2027-Q4"] == (1, 1000, Decimal("750.00"))
    assert found["2029-Q2"] == (1, 0, 0)
    whole = horizon_of(mila, EVERYTHING, table_on(ON), on=ON)
    assert len(whole.quarters) == 12 and whole.quarters[0].key == "2026-Q4" and whole.quarters[-1].key == "2029-Q3"
    assert whole.all.unvalued == 1 and whole.all.lost == Decimal("1000.00")


def test_the_renewed_are_gone_the_cancelled_stand_without_a_chance(history, mila):
    old = up(mila, "Renewed", 10)
    new = cast.term(old.contract.account, old.ends_on + timedelta(days=1), ON + timedelta(days=5000), signed_on=ON)
    TermSuccession.objects.create(term=old, successor=new, known_on=ON)
    up(mila, "Cancelled", 20, annual=500, notice_received_on=ON - timedelta(days=3))
    found = horizon_of(mila, EVERYTHING, table_on(ON), on=ON)
    first = found.quarters[0].sums
    assert (first.count, first.value, first.expected, first.cancelled) == (1, 500, 0, 500)
    assert found.later.count == 3  # the terms that follow those of the history


def test_open_ended_contracts_stand_apart(history, mila):
    at = cast.account("Endless", mila)
    cast.term(at, date(2024, 1, 1), None, annual=700)
    found = horizon_of(mila, EVERYTHING, table_on(ON), on=ON)
    assert (found.endless.count, found.endless.value) == (1, 700) and by_quarter(mila) == {}


def test_the_menus_narrow_it(history, mila, team):
    red = up(mila, "Red", 10)
    Spell.objects.create(account=red.contract.account, tier="red", began_on=date(2026, 1, 1))
    up(mila, "Other", 10, annual=9)
    assert by_quarter(mila, health="red") == {"2026-Q4": (1, 1000, Decimal("666.70"))}
    assert by_quarter(mila, country="BE") == {}


def test_nobody_sees_what_lies_outside_their_scope(history, mila, team):
    up(cast.person("far", team=cast.pool("South")), "Elsewhere", 10)
    up(mila, "Here", 10, annual=5)
    assert by_quarter(mila) == {"2026-Q4": (1, 5, Decimal("3.75"))}
    assert by_quarter(cast.person("tech", "technician", team)) == {}


def test_commits_of_today_and_of_a_kept_day(history, mila, monkeypatch):
    monkeypatch.setattr("core.clock.today", lambda: ON)
    row = renewal(up(mila, "A", 10))
    RenewalForecast.objects.create(renewal=row, category="commit", annual_reporting=1100, said_on=ON)
    other = renewal(up(mila, "B", 12))
    RenewalForecast.objects.create(renewal=other, category="best_case", annual_reporting=900, said_on=ON)
    assert horizon_of(mila, EVERYTHING, table_on(ON), on=ON).quarters[0].sums.committed == 1100
    yesterday = ON - timedelta(days=1)
    assert horizon_of(mila, EVERYTHING, table_on(ON), on=yesterday).quarters[0].sums.committed == 0
    ForecastDay.objects.create(renewal=row, on=ON - timedelta(days=9), category="commit", annual_reporting=800)
    assert horizon_of(mila, EVERYTHING, table_on(ON), on=yesterday).quarters[0].sums.committed == 800
    ForecastDay.objects.create(renewal=row, on=ON - timedelta(days=2), category="at_risk", annual_reporting=800)
    assert horizon_of(mila, EVERYTHING, table_on(ON), on=yesterday).quarters[0].sums.committed == 0


def test_the_rows_add_up_to_their_quarter(history, mila):
    for number in range(5):
        up(mila, f"A{number}", 10 + number)
    row = renewal(up(mila, "Open", 30, annual=50))
    table, span = table_on(ON), (date(2026, 10, 1), date(2027, 1, 1))
    first = quarter_rows(mila, EVERYTHING, table, span, on=ON, size=4)
    rest = quarter_rows(mila, EVERYTHING, table, span, on=ON, size=4, cursor=first.older)
    rows = [*first.rows, *rest.rows]
    assert [len(first.rows), len(rest.rows)] == [4, 2]
    assert (len(rows), sum(r.expected for r in rows)) == (6, by_quarter(mila)["2026-Q4"][2])
    assert [r.renewal_id for r in rows if r.renewal_id] == [row.pk] and rows[-1].account == "Open"


@pytest.mark.parametrize("count", [1, 12])
def test_the_questions_are_the_same_however_many_terms(history, mila, count, django_assert_num_queries):
    for number in range(count):
        renewal(up(mila, f"A{number}", 10 + number))
    with django_assert_num_queries(5):  # what was kept, the policies, the rates
        table = table_on(ON)
    horizon_of(mila, EVERYTHING, table, on=ON)
    with django_assert_num_queries(1):
        horizon_of(mila, EVERYTHING, table, on=ON)
