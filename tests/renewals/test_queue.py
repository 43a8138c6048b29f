"""The queue: buckets, chips, sums, pages and past days, held against a brute-force reading of the same rows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from core.history import keep
from core.scope import guarded
from health.rules import Tier
from installed_base.actions.terms import move_term_end
from installed_base.models import AccountPeriod, TermSuccession
from renewals.models import Renewal
from renewals.queries.overview import fold, overview_of
from renewals.queries.queue import Criteria, every_row, facets, past_queue, queue_page, queue_rows
from renewals.queries.rows import SPANS, rows_of
from renewals.rules import bucket
from tests import cast
from tests.dashboards.scores import GREEN, RED, stood
from tests.renewals.book import ON, ending, renewal


@pytest.fixture
def mila(db):
    return cast.person("mila", team=cast.pool("North"))


def shown(user, size=50, on=ON, **criteria):
    return queue_page(queue_rows(user), Criteria(**criteria), user=user, on=on, size=size)


def names(queue):
    return [row.account for row in queue.rows]


@given(st.integers(-2000, 2000))
def test_the_spans_of_the_strip_are_those_of_the_rule(days):
    low, high = SPANS[bucket(ON + timedelta(days=days), ON)]
    assert (low is None or low <= days) and (high is None or days <= high)


@pytest.mark.parametrize(
    ("days", "key"),
    [(-1, "overdue"), (0, "t30"), (30, "t30"), (31, "t60"), (60, "t60"), (61, "t90"), (90, "t90"), (91, "later")],
)
def test_a_renewal_stands_in_the_bucket_of_its_days(mila, days, key):
    renewal(ending(cast.account("A", mila), days, annual=7000))
    queue = shown(mila)
    assert [(g.sums.key, g.sums.count, g.sums.value, g.continued) for g in queue.groups] == [(key, 1, 7000, False)]
    assert queue.rows[0].days == days
    assert names(shown(mila, bucket=key)) == ["A"]
    assert names(shown(mila, bucket="t60" if key != "t60" else "t90")) == []


def test_tacit_terms_count_from_the_last_day_to_cancel(mila):
    of = ending(cast.account("A", mila), 58, tacit_months=12, notice_months=1)
    renewal(of)
    row = shown(mila).rows[0]
    assert (row.ends_on, row.decides_on, row.days, row.bucket) == (
        date(2027, 1, 18),
        date(2026, 12, 18),
        27,
        "t30",
    )
    assert row.continues and not row.cancelled


def test_buckets_follow_one_another_and_the_dearest_leads_each(mila):
    for name, days, value in [("A", 20, 5), ("B", 80, 900), ("C", 25, 50), ("D", -3, 1), ("E", 50, None)]:
        renewal(ending(cast.account(name, mila), days, annual=value))
    assert names(shown(mila)) == ["D", "C", "A", "E", "B"]
    assert names(shown(mila, sort="account")) == ["D", "A", "C", "E", "B"]
    start = shown(mila).overview.start
    assert (start.account, start.value, start.decides_on) == ("B", 900, ON + timedelta(days=80))


@pytest.mark.parametrize(
    "sort", ["account", "-account", "ends", "days", "-days", "value", "-value", "step", "owner", "stage"]
)
def test_pages_by_cursor_show_every_row_once_in_one_order(mila, sort):
    for number in range(11):
        value = None if number == 4 else (number % 3) * 1000
        renewal(ending(cast.account(f"Account {number % 5}", mila), 10 * number - 15, annual=value))
    seen, cursor = [], ""
    for _ in range(6):
        page = shown(mila, size=2, sort=sort, cursor=cursor)
        seen += [r.pk for r in page.rows]
        cursor = page.older
        if not cursor:
            break
    assert cursor == ""
    assert seen == [r.pk for r in every_row(queue_rows(mila), Criteria(sort=sort), user=mila, on=ON)]
    assert sorted(seen) == sorted(Renewal.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("cursor", ["x", "W10", "bm90IGpzb24", "WzEsICJhIiwgInoiXQ", "ZZZZ"])
def test_a_cursor_that_nobody_gave_out_starts_at_the_top(mila, cursor):
    renewal(ending(cast.account("A", mila)))
    assert names(shown(mila, cursor=cursor)) == ["A"]


def test_the_head_of_a_bucket_that_goes_on_says_so(mila):
    for number in range(3):
        renewal(ending(cast.account(f"Account {number}", mila), 10))
    second = shown(mila, size=2, cursor=shown(mila, size=2).older)
    assert [(g.continued, g.sums.count, len(g.rows)) for g in second.groups] == [(True, 3, 1)]


def test_chips_narrow_list_and_strip_alike(mila):
    pool = cast.account("Pool", mila, city="Gent")
    renewal(ending(cast.account("Mine", mila)), next_step="Call", next_step_on=ON)
    renewal(ending(pool, 8, tacit_months=12), owner=cast.account().owner)
    renewal(ending(cast.account("Later", mila)), snoozed_until=date(2027, 1, 4), snoozed_reason="moves")
    renewal(ending(cast.account("Woken", mila), 40), snoozed_until=ON, snoozed_reason="moved")
    assert shown(mila).overview.chips == {
        "all": 3,
        "mine": 2,
        "red_large": 0,
        "no_step": 2,
        "cancel": 1,
        "snoozed": 1,
    }
    assert set(names(shown(mila))) == {"Mine", "Pool", "Woken"}
    assert set(names(shown(mila, chip="mine"))) == {"Mine", "Woken"}
    assert set(names(shown(mila, chip="no_step"))) == {"Pool", "Woken"}
    assert names(shown(mila, chip="cancel")) == ["Pool"]
    assert names(shown(mila, chip="snoozed")) == ["Later"]
    assert shown(mila, chip="mine").overview.open_count == 2


def test_what_the_contract_settled_is_gone_before_the_bell(mila):
    ended = ending(cast.account("Ended", mila), terminated_on=ON, end_reason="price")
    followed = ending(cast.account("Followed", mila))
    next_one = cast.term(
        followed.contract.account, date(2027, 1, 19), date(2028, 1, 18), contract=followed.contract, number=2
    )
    TermSuccession.objects.create(term=followed, successor=next_one, known_on=ON)
    leaving = ending(cast.account("Leaving", mila), notice_received_on=ON)
    for of in (ended, followed, leaving):
        renewal(of)
    queue = shown(mila)
    assert names(queue) == ["Leaving"]
    assert queue.rows[0].cancelled and not queue.rows[0].continues


def test_decided_since_the_start_of_the_quarter(mila):
    for outcome, on, value in [
        ("renewed", ON, 700),
        ("lost", date(2026, 10, 1), 60),
        ("renewed", date(2026, 9, 30), 5),
    ]:
        renewal(ending(cast.account(owner=mila), annual=value), decided_on=on, outcome=outcome, decided_by=mila)
    decided = shown(mila).overview.buckets["decided"]
    assert (decided.count, decided.value, decided.parts) == (2, 760, {"renewed": 700, "lost": 60})
    assert len(shown(mila, bucket="decided").rows) == 2
    assert shown(mila).rows == []


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("executive", 2),
        ("administrator", 2),
        ("team_lead", 1),
        ("cs_manager", 1),
        ("sales", 1),
        ("technician", 0),
        ("marketing", 0),
        ("operations", 0),
    ],
)
def test_each_role_sees_its_rows(mila, role, sees):
    team = mila.memberships.get().team
    renewal(ending(cast.account("Ours", mila)))
    renewal(ending(cast.account("Theirs", cast.person("far", team=cast.pool("South")))))
    reader = cast.person("reader", role, team)
    queue = shown(reader)
    assert len(queue.rows) == queue.overview.open_count == sees
    works = {"administrator": 2, "team_lead": 1}
    assert sum(r.changeable for r in queue.rows) == works.get(role, 0)


def test_an_executive_reads_and_changes_nothing(mila):
    renewal(ending(cast.account("A", mila)))
    assert [r.changeable for r in shown(mila).rows] == [True]
    assert [r.changeable for r in shown(cast.person("boss", "executive")).rows] == [False]


def test_overview_in_sql_and_folded_from_rows_agree(mila):
    for number in range(25):
        of = ending(cast.account(f"A{number % 7}", mila), 9 * number - 20, annual=number * 100 or None)
        asleep = date(2027, 1, 4) if number % 6 == 0 else None
        renewal(of, snoozed_until=asleep, snoozed_reason="x" if asleep else "", next_step="Call" if number % 2 else "")
    base = queue_rows(mila)
    for chip in ("all", "mine", "no_step", "cancel", "snoozed"):
        asked, _ = overview_of(base, on=ON, chip=chip, own={mila.owner.pk})
        assert asked == fold(rows_of(base, on=ON), chip=chip, own={mila.owner.pk})


def test_menus_offer_what_occurs(mila):
    renewal(ending(cast.account("A", mila, country="NL", segment="small")))
    renewal(ending(cast.account("B", mila, country="BE")))
    offered = facets(queue_rows(mila))
    assert offered["country"] == [("BE", "BE"), ("NL", "NL")]
    assert offered["segment"] == [("small", "Small")]
    assert offered["owner"] == [(str(mila.owner.pk), mila.shown_name)]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_queue_asks_the_same_few_questions_however_many_rows(mila, count, django_assert_num_queries):
    for number in range(count):
        renewal(ending(cast.account(f"A{number}", mila), number))
    reader = type(mila).objects.get(pk=mila.pk)
    shown(reader)  # reads the reach
    # Two of them read policies, which a request remembers.
    with guarded(), django_assert_num_queries(6):
        assert len(shown(reader).rows) == min(count, 50)
        facets(queue_rows(reader))


# As of a past day.


def past(user, on, **criteria):
    return past_queue(queue_rows(user), Criteria(**criteria), user=user, on=on)


def test_a_past_day_shows_what_was_open_then(mila):
    renewal(ending(cast.account("Open", mila), 58), opened_on=date(2026, 10, 20))
    renewal(
        ending(cast.account("Decided later", mila), 20), decided_on=date(2026, 11, 10), outcome="lost", decided_by=mila
    )
    renewal(ending(cast.account("Not yet", mila), 90), opened_on=date(2026, 11, 20))
    then = past(mila, date(2026, 11, 1))
    assert names(then) == ["Decided later", "Open"]
    assert [(r.days, r.bucket, r.decided_on, r.changeable) for r in then.rows] == [
        (40, "t60", None, False),
        (78, "t90", None, False),
    ]
    assert names(past(mila, date(2026, 11, 12))) == ["Open"]
    assert past(mila, date(2026, 11, 12)).overview.buckets["decided"].count == 1


def test_a_past_day_has_the_dates_and_the_owner_of_that_day(mila):
    jonas = cast.person("jonas", team=mila.memberships.get().team)
    at = cast.account("A", mila)
    row = renewal(ending(at, 58), opened_on=date(2026, 8, 1))
    move_term_end(terms=[row.term_id], ends_on=date(2027, 3, 31), by=mila, on=date(2026, 11, 15))
    at.owner = jonas.owner
    at.save()
    keep(AccountPeriod, [at.pk], on=date(2026, 11, 16))
    Renewal.objects.update(owner=jonas.owner, decides_on=date(2027, 3, 31), ends_on=date(2027, 3, 31))
    before, after = past(mila, date(2026, 11, 14)).rows[0], past(mila, date(2026, 11, 20)).rows[0]
    assert (before.ends_on, before.decides_on, before.owner_name) == (date(2027, 1, 18),) * 2 + (mila.shown_name,)
    assert (after.ends_on, after.owner_name) == (date(2027, 3, 31), jonas.shown_name)
    assert before.next_step == ""


def test_a_past_page_by_cursor(mila):
    for number in range(5):
        renewal(ending(cast.account(f"A{number}", mila), 10 + number), opened_on=date(2026, 9, 1))
    on = date(2026, 11, 1)
    first = past_queue(queue_rows(mila), Criteria(sort="days"), user=mila, on=on, size=3)
    second = past_queue(queue_rows(mila), Criteria(sort="days", cursor=first.older), user=mila, on=on, size=3)
    assert names(first) + names(second) == ["A0", "A1", "A2", "A3", "A4"]
    assert second.older == ""


def test_money_is_exact(mila):
    for _ in range(3):
        renewal(ending(cast.account("A", mila), 10), annual_value_reporting=Decimal("0.10"))
    assert shown(mila).overview.open_value == Decimal("0.30")


def test_bare_rows_are_refused_in_a_request(mila):
    renewal(ending(cast.account("A", mila)))
    with guarded(), pytest.raises(RuntimeError, match="visible_to"):
        rows_of(Renewal.objects.filter(Q()), on=ON)


def test_red_and_large_takes_both_and_health_sorts_worst_first(mila):
    values = {"Small red": (RED, 9_000), "Large red": (RED, 150_000), "Large green": (GREEN, 400_000)}
    for name, (readings, annual) in values.items():
        at = cast.account(name, mila)
        renewal(ending(at, 40, annual=annual))
        stood(at, ON - timedelta(days=400), GREEN)
        stood(at, ON, readings)
    renewal(ending(cast.account("Unknown", mila), 40, annual=500_000))
    queue = shown(mila, chip="red_large")
    assert names(queue) == ["Large red"]
    assert (queue.overview.chips["red_large"], queue.overview.open_count) == (1, 1)
    assert names(shown(mila, sort="health"))[2:] == ["Large green", "Unknown"]
    assert [row.account for row in every_row(queue_rows(mila), Criteria(chip="red_large"), user=mila, on=ON)] == names(
        queue
    )
    row = queue.rows[0]
    assert (row.tier, len(row.trend), row.trend[-1]) == (Tier.RED, 13, row.score)
    assert row.change == row.score - row.trend[0] < 0
    assert queue.overview.start.score == row.score
