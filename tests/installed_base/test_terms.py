"""What happens to terms: each verb keeps periods, touches, and leaves its reason in the trail."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Organisation, Touched
from installed_base.actions.terms import (
    Offer,
    TermRefused,
    move_term_end,
    receive_notice,
    reinstate_term,
    renew_contract,
    terminate_term,
    withdraw_notice,
    withdraw_successors,
)
from installed_base.models import Coverage, CoveragePeriod, LedgerEntry, Term, TermPeriod
from installed_base.rules import invoice_plan, share_out
from tests import cast

ON = date(2026, 11, 21)
START, END = date(2026, 1, 19), date(2027, 1, 18)


@pytest.fixture
def by(db):
    return cast.person("mila", "administrator")


@pytest.fixture
def old(by):
    return cast.term(cast.account("Van Houten", by), START, END, 12000, notice_months=1, tacit_months=12)


def periods(term):
    return list(
        TermPeriod.objects.filter(term=term).order_by("valid_from").values_list("valid_from", "valid_to", "ends_on")
    )


def test_a_moved_end_takes_its_coverage_lines_along_and_keeps_what_stood_before(old, by):
    line = cast.cover(old, cast.asset(old.contract.account))
    shorter = cast.cover(old, cast.asset(old.contract.account), ends_on=date(2026, 6, 30))
    move_term_end(terms=[old.pk], ends_on=date(2027, 6, 30), by=by, on=ON)
    line.refresh_from_db()
    shorter.refresh_from_db()
    assert (line.ends_on, shorter.ends_on) == (date(2027, 6, 30), date(2026, 6, 30))
    assert periods(old) == [(date(1900, 1, 1), ON, END), (ON, None, date(2027, 6, 30))]
    assert CoveragePeriod.objects.filter(coverage=line).count() == 2
    touched = Touched.objects.get(kind="term", subject_id=old.pk)
    assert (touched.account_id, touched.since) == (old.contract.account_id, ON)


def test_many_terms_move_in_one_go_or_none_does(by):
    at = cast.account("A", by)
    terms = [cast.term(at, START, END), cast.term(at, date(2026, 12, 1), END)]
    with pytest.raises(TermRefused, match="cannot end before it starts"):
        move_term_end(terms=[t.pk for t in terms], ends_on=date(2026, 11, 30), by=by, on=ON)
    assert set(Term.objects.values_list("ends_on", flat=True)) == {END}
    move_term_end(terms=[t.pk for t in terms], ends_on=date(2027, 3, 31), by=by, on=ON)
    assert set(Term.objects.values_list("ends_on", flat=True)) == {date(2027, 3, 31)}


def test_an_early_end_needs_a_reason_and_a_note_and_can_be_taken_back(old, by):
    with pytest.raises(TermRefused, match="reason"):
        terminate_term(terms=[old.pk], terminated_on=ON, reason="boredom", note="x", by=by, on=ON)
    with pytest.raises(TermRefused, match="few words"):
        terminate_term(terms=[old.pk], terminated_on=ON, reason="price", note="  ", by=by, on=ON)
    terminate_term(terms=[old.pk], terminated_on=ON, reason="price", note="Too dear", by=by, on=ON)
    assert not Term.objects.in_force(ON).filter(pk=old.pk).exists()
    old.refresh_from_db()
    assert (old.terminated_by, old.end_reason, old.end_note) == (by, "price", "Too dear")
    with pytest.raises(TermRefused, match="ended before"):
        terminate_term(terms=[old.pk], terminated_on=ON, reason="price", note="again", by=by, on=ON)
    reinstate_term(terms=[old.pk], by=by, on=ON)
    assert Term.objects.in_force(ON).filter(pk=old.pk).exists()


def test_a_notice_keeps_its_first_day_and_can_be_withdrawn(old, by):
    receive_notice(terms=[old.pk], received_on=date(2026, 11, 1), reason="price", note="letter", by=by, on=ON)
    receive_notice(terms=[old.pk], received_on=ON, reason="competitor", note="phone", by=by, on=ON)
    old.refresh_from_db()
    assert (old.notice_received_on, old.end_reason) == (date(2026, 11, 1), "competitor")
    withdraw_notice(terms=[old.pk], by=by, on=ON)
    old.refresh_from_db()
    assert (old.notice_received_on, old.end_reason) == (None, "")
    assert Touched.objects.get(kind="term", subject_id=old.pk).since == date(2026, 11, 1)


def test_the_trail_says_who_and_why(old, by):
    receive_notice(terms=[old.pk], received_on=ON, reason="price", note="letter", by=by, on=ON)
    event = old.audit_events.order_by("-pgh_id").first()
    assert event.pgh_context.metadata == {"user": by.pk, "why": "installed_base.receive_notice"}


def test_renewal_signs_the_term_that_follows_with_its_machines_and_schedule(old, by):
    at = old.contract.account
    kept = cast.cover(old, cast.asset(at), annual_value=Decimal(8000))
    other = cast.cover(old, cast.asset(at), annual_value=Decimal(4000))
    cast.cover(old, cast.asset(at, taken_out_on=date(2026, 10, 1)))
    cast.cover(old, cast.asset(at), ends_on=date(2026, 6, 30))
    offer = Offer(months=24, annual_value=Decimal("12360.00"), level_id=None, planned=True)
    new = renew_contract(term=old.pk, offer=offer, signed_on=ON, by=by, on=ON)
    assert (new.number, new.starts_on, new.ends_on) == (2, date(2027, 1, 19), date(2029, 1, 18))
    assert (new.annual_value, new.total_value, new.annual_value_reporting) == (12360, 24720, 12360)
    assert (new.notice_months, new.tacit_months, new.signed_on) == (1, 12, ON)
    assert [s.successor for s in old.successions.all()] == [new]
    lines = Coverage.objects.filter(term=new).order_by("pk").values_list("asset", "annual_value", "starts_on")
    assert list(lines) == [
        (kept.asset_id, Decimal("8240.00"), new.starts_on),
        (other.asset_id, Decimal("4120.00"), new.starts_on),
    ]
    plan = LedgerEntry.objects.filter(term=new).order_by("on")
    assert [(p.state, p.on, p.period_to, p.amount) for p in plan] == [
        ("planned", date(2027, 1, 19), date(2028, 1, 18), Decimal(12360)),
        ("planned", date(2028, 1, 19), date(2029, 1, 18), Decimal(12360)),
    ]
    assert TermPeriod.objects.filter(term=new).count() == 1
    assert set(Touched.objects.filter(kind="term").values_list("subject_id", flat=True)) == {old.pk, new.pk}


def test_no_double_renewal(old, by):
    offer = Offer(months=12, annual_value=Decimal(12000), level_id=None)
    renew_contract(term=old.pk, offer=offer, signed_on=ON, by=by, on=ON)
    with pytest.raises(TermRefused, match="renewed before"):
        renew_contract(term=old.pk, offer=offer, signed_on=ON, by=by, on=ON)


def test_an_open_ended_term_is_not_followed(by):
    endless = cast.term(cast.account("A", by), START, None)
    with pytest.raises(TermRefused, match="no end"):
        renew_contract(term=endless.pk, offer=Offer(12, Decimal(1), None), signed_on=ON, by=by, on=ON)


def test_foreign_money_without_a_rate_is_unknown_not_zero(by):
    Organisation.objects.create(pk=1)
    old = cast.term(cast.account("A", by), START, END, 12000, currency="USD")
    new = renew_contract(term=old.pk, offer=Offer(12, Decimal(500), None), signed_on=ON, by=by, on=ON)
    assert (new.annual_value, new.annual_value_reporting) == (500, None)


def test_a_signature_is_taken_back_while_nothing_stands_on_it(old, by):
    offer = Offer(months=12, annual_value=Decimal(12000), level_id=None, planned=True)
    new = renew_contract(term=old.pk, offer=offer, signed_on=ON, by=by, on=ON)
    with pytest.raises(TermRefused, match="started already"):
        withdraw_successors(term=old.pk, by=by, on=new.starts_on)
    invoice = cast.posted(old.contract.account, ON, 5, term=new)
    with pytest.raises(TermRefused, match="stand on"):
        withdraw_successors(term=old.pk, by=by, on=ON)
    invoice.delete()
    withdraw_successors(term=old.pk, by=by, on=ON)
    assert list(Term.objects.all()) == [old]
    assert not LedgerEntry.objects.exists()


cents = st.decimals(min_value=0, max_value=10**6, places=2)


@given(st.lists(cents, min_size=1, max_size=8), cents)
def test_lines_that_added_up_still_do(lines, after):
    before = sum(lines)
    shared = share_out(lines, before, after)
    assert sum(shared) == (after if before else 0)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 1500))
def test_the_invoices_of_a_term_touch_without_gap_or_overlap(starts_on, days):
    ends_on = date.fromordinal(starts_on.toordinal() + days)
    plan = invoice_plan(starts_on, ends_on, Decimal(3650))
    assert (plan[0].starts_on, plan[-1].ends_on) == (starts_on, ends_on)
    for before, after in pairwise(plan):
        assert (after.starts_on - before.ends_on).days == 1
