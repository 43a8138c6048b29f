"""Lists: pages, filters, dates, and how much they cost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.actions import publish_policy
from core.history import keep
from core.models import Owner, Role
from installed_base.models import AccountExternalId, AccountPeriod, Asset, AssetPeriod, Term
from installed_base.rules import in_force, in_service
from installed_base.rules.attention import AttentionPolicy
from renewals.rules import Bucket, bounds, bucket
from tests import cast
from tests.api.conftest import ON, caller
from tests.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with standing(ON):
        yield


@pytest.mark.parametrize("ordering", ["id", "-id", "name", "-name"])
def test_pages_hold_every_row_once_in_order(executive, pages, ordering):
    names = ["beta", "Alpha", "beta", "gamma", "ALPHA", "delta", "alpha"]
    made = [cast.account(name) for name in names]
    found = pages(executive, f"accounts/?page_size=2&ordering={ordering}")
    key = (lambda a: (a.name.lower(), a.pk)) if "name" in ordering else (lambda a: a.pk)
    expected = [a.pk for a in sorted(made, key=key, reverse=ordering.startswith("-"))]
    assert [pk for page in found for pk in page] == expected
    assert [len(page) for page in found] == [2, 2, 2, 1]


def test_a_full_last_page_has_no_next(executive, pages):
    for _ in range(4):
        cast.account()
    assert [len(p) for p in pages(executive, "accounts/?page_size=2")] == [2, 2]


def test_rows_that_come_and_go_do_not_shift_the_pages(executive):
    made = [cast.account() for _ in range(4)]
    first = executive.get("accounts/", page_size=2).data
    made[0].periods.all().delete()
    made[0].delete()
    rest = executive.get(first["next"].split("/api/v1/")[1]).data
    assert [row["id"] for row in rest["results"]] == [made[2].pk, made[3].pk]


def test_filters_of_accounts(executive):
    anna, team = cast.person("anna"), cast.pool("Benelux")
    group = cast.account("Holding", owner=team)
    mine = cast.account("Acme North", owner=anna, segment="small", country="NL", source="erp", external_id="77")
    part = cast.account("acme south", owner=team, group=group, country="DE")
    AccountExternalId.objects.create(account=part, source="crm", external_id="X9")
    assert executive.ids("accounts/", owner=Owner.objects.of(anna).pk) == [mine.pk]
    assert executive.ids("accounts/", group=group.pk) == [part.pk]
    assert executive.ids("accounts/", segment="small") == [mine.pk]
    assert executive.ids("accounts/", country="DE") == [part.pk]
    assert executive.ids("accounts/", external_id="77") == [mine.pk]
    assert executive.ids("accounts/", external_id="X9") == [part.pk]
    assert executive.ids("accounts/", name="ACME") == [mine.pk, part.pk]
    assert executive.ids("accounts/", name="ACME", country="NL") == [mine.pk]


def test_an_account_as_it_stood(executive):
    anna, ben = cast.person("anna"), cast.person("ben")
    moved = cast.account(owner=anna)
    moved.owner = Owner.objects.of(ben)
    moved.save()
    keep(AccountPeriod, [moved.pk], on=date(2026, 6, 1))
    past = {"as_of": "2026-05-31"}
    assert executive.rows("accounts/", **past)[0]["owner_name"] == "anna"
    assert executive.rows("accounts/", as_of="2026-06-01")[0]["owner_name"] == "ben"
    assert executive.ids("accounts/", owner=Owner.objects.of(anna).pk, **past) == [moved.pk]
    assert executive.ids("accounts/", owner=Owner.objects.of(anna).pk) == []
    assert executive.get(f"accounts/{moved.pk}/", **past).data["owner_name"] == "anna"


def test_a_machine_with_its_age_service_and_cover(executive):
    at = cast.account()
    old = cast.asset(at, date(2016, 11, 22), price=Decimal("125000.50"), currency="EUR")
    gone = cast.asset(at, date(2010, 1, 1), taken_out_on=date(2020, 1, 1))
    undated = cast.asset(at)
    cast.cover(cast.term(at, date(2026, 1, 1), date(2026, 12, 31)), old)
    rows = {row["id"]: row for row in executive.rows("assets/")}
    facts = {pk: (row["age_years"], row["in_service"], row["covered"]) for pk, row in rows.items()}
    assert facts == {old.pk: (9, True, True), gone.pk: (16, False, False), undated.pk: (None, True, False)}
    assert rows[old.pk]["price"] == "125000.50"
    assert executive.ids("assets/", covered="true") == [old.pk]
    assert executive.ids("assets/", covered="false") == [gone.pk, undated.pk]
    assert executive.ids("assets/", in_service="false") == [gone.pk]
    assert executive.ids("assets/", as_of="2019-12-31", in_service="true") == [old.pk, gone.pk, undated.pk]
    assert executive.ids("assets/", as_of="2025-12-31", covered="true") == []
    assert executive.ids("assets/", installed_after="2016-11-22", installed_before="2016-11-22") == [old.pk]


def test_a_machine_that_moved_stands_where_it_stood(executive):
    here, there = cast.account("Here"), cast.account("There")
    moved = cast.asset(here, date(2020, 1, 1))
    Asset.objects.filter(pk=moved.pk).update(account=there)
    keep(AssetPeriod, [moved.pk], on=date(2026, 1, 1))
    assert executive.rows("assets/")[0]["account_name"] == "There"
    assert executive.rows("assets/", as_of="2025-12-31")[0]["account_name"] == "Here"
    assert executive.ids("assets/", account=here.pk, as_of="2025-12-31") == [moved.pk]
    assert executive.ids("assets/", account=here.pk) == []


def test_contracts_with_their_terms(executive):
    at = cast.account(owner=cast.person("anna"))
    first = cast.term(at, date(2024, 1, 1), date(2025, 12, 31), annual=1000)
    cast.term(at, date(2026, 1, 1), date(2026, 12, 31), annual=1200, contract=first.contract, number=2)
    ended = cast.term(at, date(2020, 1, 1), date(2020, 12, 31)).contract
    running, over = executive.rows("contracts/")
    assert [(t["number"], t["in_force"], t["annual_value"]) for t in running["terms"]] == [
        (1, False, "1000.00"),
        (2, True, "1200.00"),
    ]
    assert (running["in_force"], over["in_force"], running["owner_name"]) == (True, False, "anna")
    assert executive.ids("contracts/", in_force="true") == [first.contract_id]
    assert executive.ids("contracts/", in_force="false") == [ended.pk]
    assert executive.ids("contracts/", ends_after="2026-01-01") == [first.contract_id]
    # Both bounds are asked of one and the same term: none ends between these days.
    assert executive.ids("contracts/", ends_after="2026-01-01", ends_before="2026-06-30") == []
    assert executive.ids("contracts/", ends_before="2020-12-31") == [ended.pk]
    assert executive.rows("contracts/", as_of="2025-12-31")[0]["terms"][0]["in_force"] is True


DAYS = st.none() | st.dates(date(2025, 1, 1), date(2026, 12, 31))


@given(
    signed=DAYS, ended=DAYS, stopped=DAYS, of_record=st.booleans(), on=st.dates(date(2025, 1, 1), date(2026, 12, 31))
)
def test_the_rule_of_a_row_and_the_query_of_a_filter_agree(signed, ended, stopped, of_record, on):
    begins = date(2025, 6, 1)
    if ended and ended < begins:
        ended = begins
    at = cast.account()
    term = cast.term(
        at,
        begins,
        ended,
        signed_on=signed,
        terminated_on=stopped,
        end_reason="other" if stopped else "",
        source="erp" if of_record else "",
    )
    ruled = in_force(
        on=on, signed_on=signed, starts_on=begins, ends_on=ended, terminated_on=stopped, of_record=of_record
    )
    assert ruled == Term.objects.in_force(on).filter(pk=term.pk).exists()


@given(evidence=DAYS, out=DAYS, standing=st.sampled_from(Asset.Standing.values), counts=st.none() | st.booleans())
def test_the_rule_of_service_and_the_query_agree(evidence, out, standing, counts):
    product = None if counts is None else cast.product(counts_as_machine=counts)
    machine = (
        cast.asset(cast.account(), first_evidence_on=evidence, taken_out_on=out, standing=standing, product=product)
        if evidence is None
        else None
    )
    if machine is None:
        machine = cast.asset(cast.account(), evidence, standing=standing, product=product)
        if out and out >= evidence:
            Asset.objects.filter(pk=machine.pk).update(taken_out_on=out)
        else:
            out = None
    ruled = in_service(
        on=ON, ours=standing == "ours", counts=counts is not False, first_evidence_on=evidence, taken_out_on=out
    )
    assert ruled == Asset.objects.in_service(ON).filter(pk=machine.pk).exists()


@given(days=st.integers(-400, 400))
def test_a_renewal_lies_within_the_bounds_of_its_bucket_alone(days):
    decides_on = ON + timedelta(days=days)
    holding = [b for b in Bucket if _within(decides_on, *bounds(b, ON))]
    assert holding == [bucket(decides_on, ON)]


def _within(day, first, last):
    return (first is None or day >= first) and (last is None or day <= last)


@pytest.mark.parametrize("address", ["accounts/", "assets/", "contracts/", "renewals/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(address):
    lead = caller(cast.person("lead", Role.TEAM_LEAD, team := cast.pool("Benelux")))

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert lead.get(address).status_code == 200
        return len(found)

    _base(team)
    queries()  # what a process reads once
    one = queries()
    for _ in range(2):
        _base(team)
    assert queries() == one <= 3


def _base(team):
    at = cast.account(owner=team)
    cast.cover(cast.term(at, date(2026, 1, 1), date(2026, 12, 31)), cast.asset(at, date(2020, 1, 1)))


def test_policies_are_read_once_and_again_when_one_was_published(executive):
    """By the stamp that comes with the token: a list of machines weighs them without asking for policies."""
    old = cast.asset(cast.account(), ON - timedelta(days=11 * 365), serial="X-1")

    def listed():
        with CaptureQueriesContext(connection) as asked:
            [row] = executive.get("assets/").data["results"]
        assert row["id"] == old.pk
        return row["attention_points"], sum('FROM "core_policy"' in query["sql"] for query in asked)

    listed()
    before, reads = listed()
    assert (before, reads) == (1, 0)
    publish_policy(values=AttentionPolicy(age_points=77), valid_from=ON, by=cast.person("thijs", Role.ADMINISTRATOR))
    assert listed() == (before + 77 - AttentionPolicy().age_points, 1)
    assert listed() == (before + 77 - AttentionPolicy().age_points, 0)
