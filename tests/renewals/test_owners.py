"""Who renews: the order per segment, those who left, and what follows a change (CT-20)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actions import publish_policy, touch
from core.models import Owner, User
from installed_base.models import Contract
from playbooks.models import Task
from renewals.actions.working import take
from renewals.models import Renewal
from renewals.rules.owners import OwnerOrder, OwnerPolicy, People, Source, owner_of
from tests import cast
from tests.renewals.book import run_day

D = date(2026, 11, 21)
CONTRACT, ACCOUNT, TEAM, DESK = 1, 2, 3, 4
PEOPLE = People(gone=frozenset(), pool_of={ACCOUNT: TEAM}, pools={"Desk": DESK})


@pytest.mark.parametrize(
    ("order", "contract", "gone", "expected"),
    [
        (OwnerOrder(), CONTRACT, set(), CONTRACT),
        (OwnerOrder(), None, set(), ACCOUNT),
        (OwnerOrder(), CONTRACT, {CONTRACT}, ACCOUNT),
        (OwnerOrder(), CONTRACT, {CONTRACT, ACCOUNT}, TEAM),
        (OwnerOrder(order=("account", "contract")), CONTRACT, set(), ACCOUNT),
        (OwnerOrder(order=("pool",), pool="Desk"), CONTRACT, set(), DESK),
        (OwnerOrder(order=("pool",), pool="No such team"), CONTRACT, set(), ACCOUNT),
        (OwnerOrder(order=("team",)), CONTRACT, set(), TEAM),
        (OwnerOrder(order=()), CONTRACT, {ACCOUNT}, TEAM),
    ],
)
def test_the_first_of_the_order_who_is_still_there(order, contract, gone, expected):
    people = People(frozenset(gone), PEOPLE.pool_of, PEOPLE.pools)
    assert owner_of(contract, ACCOUNT, order, people) == expected


@given(
    st.lists(st.sampled_from([*Source, "nonsense"]), max_size=4),
    st.sampled_from([None, CONTRACT]),
    st.sets(st.sampled_from([CONTRACT, ACCOUNT])),
    st.booleans(),
)
def test_the_owner_is_never_empty_and_never_gone_while_anybody_is_there(order, contract, gone, alone):
    people = People(gone, {} if alone else PEOPLE.pool_of, {})
    found = owner_of(contract, ACCOUNT, OwnerOrder(order=tuple(order)), people)
    assert found in (CONTRACT, ACCOUNT, TEAM)
    assert found not in gone or alone


def test_the_first_order_that_fits_the_segment_counts():
    small, rest = OwnerOrder("small", ("pool",), "Desk"), OwnerOrder(order=("account",))
    policy = OwnerPolicy((small, rest))
    assert (policy.of("small"), policy.of("enterprise")) == (small, rest)
    assert OwnerPolicy().of("small") == OwnerOrder()


@pytest.fixture
def desk(db):
    team = cast.pool("Desk")
    publish_policy(
        values=OwnerPolicy((OwnerOrder("small", ("pool",), "Desk"),)),
        valid_from=date(2026, 1, 1),
        by=cast.person("op"),
    )
    return team


def one_term(at):
    return cast.term(at, date(2026, 1, 1), date(2026, 12, 31), known_on=date(2026, 1, 2))


def test_small_accounts_lie_with_their_pool_the_others_with_their_own(desk):
    mila = cast.person("mila")
    small = one_term(cast.account(owner=mila, segment="small"))
    large = one_term(cast.account(owner=mila, segment="enterprise"))
    run_day(on=D)
    assert Renewal.objects.get(term=small).owner == desk.owner
    assert Renewal.objects.get(term=large).owner == mila.owner
    assert set(Task.objects.filter(play__renewal__term=small).values_list("owner", flat=True)) == {desk.owner.pk}


def test_what_was_taken_from_a_pool_stays_with_who_took_it(desk):
    mila = cast.person("mila", team=desk)
    at = cast.account(owner=mila, segment="small")
    term = one_term(at)
    run_day(on=D)
    take(renewals=[Renewal.objects.get().pk], by=mila)
    touch("term", [term.pk], since=D)
    run_day(through=date(2026, 12, 1))
    assert Renewal.objects.get().owner == mila.owner
    steps = Task.objects.exclude(step__startswith="step-in")
    assert set(steps.values_list("owner", flat=True)) == {mila.owner.pk}, "the later milestone too"


def test_a_customer_that_grows_goes_from_the_pool_to_its_owner(desk):
    at = cast.account(owner=cast.person("mila"), segment="small")
    one_term(at)
    run_day(on=D)
    type(at).objects.filter(pk=at.pk).update(segment="enterprise")
    touch("account", [at.pk], since=D)
    assert run_day(on=D).fired == {}
    assert Renewal.objects.get().owner.name == "mila"
    assert set(Task.objects.values_list("owner__name", flat=True)) == {"mila"}


@pytest.mark.django_db
def test_who_has_left_is_passed_over():
    left, mila = cast.person("left"), cast.person("mila")
    term = one_term(cast.account(owner=mila))
    Contract.objects.filter(pk=term.contract_id).update(owner=Owner.objects.of(left))
    User.objects.filter(pk=left.pk).update(is_active=False)
    run_day(on=D)
    assert Renewal.objects.get().owner == mila.owner
