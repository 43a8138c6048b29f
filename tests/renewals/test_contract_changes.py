"""Changing the contract under a renewal, through its page and through the API; the renewal follows at the next bell."""

from datetime import timedelta

import pytest

from core.calendar import inclusive_end
from core.clock import today
from installed_base.models import Term, TermSuccession
from renewals.models import Renewal
from tests import cast
from tests.api.conftest import writer
from tests.api.test_problems import problem
from tests.renewals.book import ending, renewal, run_day
from tests.renewals.pages import QUEUE, standing, text_of

DAY = timedelta(days=1)


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


@pytest.fixture
def anna(mila):
    return writer(mila)


def address(row):
    return f"{QUEUE}{row.pk}/contract/"


def post(page, row, act, **said):
    return page.post(address(row), {"act": act, "version": row.version} | said)


def beside(row, days=80, **values):
    """Another open renewal of the same customer."""
    return renewal(ending(row.account, days, on=today(), **values))


def following(row, starts_on=None):
    """A signed term of another contract of the same customer, from the day after the end on."""
    begins = starts_on or row.ends_on + DAY
    return cast.term(row.account, begins, inclusive_end(begins, 12), 24000)


def ends(*rows):
    return [Term.objects.get(pk=row.term_id).ends_on for row in rows]


def test_several_contracts_are_brought_to_one_last_day_and_their_renewals_follow(page, mila):
    row = standing(mila)
    other, far = beside(row), standing(mila, "Elsewhere")
    run_day(on=today())
    offered = text_of(page.get(address(row)))
    assert str(other.term.contract) in offered and str(far.term.contract) not in offered
    later = today() + timedelta(days=120)
    assert post(page, row, "move", ends_on=later, together=[other.pk]).url == f"{QUEUE}{row.pk}/"
    assert ends(row, other) == [later, later] and ends(far) != [later]
    run_day(on=today())
    assert set(Renewal.objects.filter(account=row.account).values_list("decides_on", flat=True)) == {later}
    assert "The last day to decide moved from" in text_of(page.get(f"{QUEUE}{row.pk}/"))


def test_an_early_end_closes_the_renewal_and_is_taken_back(page, mila):
    row = standing(mila)
    run_day(on=today())
    post(page, row, "end", terminated_on=today(), reason="insolvent", note="Out of business")
    run_day(on=today())
    row.refresh_from_db()
    assert (row.outcome, row.term.end_note) == ("closed", "Out of business")
    assert "Take the early end back" in text_of(page.get(f"{QUEUE}{row.pk}/"))
    page.post(f"{QUEUE}{row.pk}/reinstate/")
    run_day(on=today())
    row.refresh_from_db()
    assert (row.outcome, Term.objects.get(pk=row.term_id).terminated_on) == ("", None)


def test_two_contracts_go_into_one_and_each_is_renewed_once(page, mila):
    row = standing(mila)
    assert "no other signed contract" in text_of(page.get(address(row)))
    other, new = beside(row, 58), following(row)
    run_day(on=today())
    post(page, row, "replace", successor=new.pk, together=[other.pk], note="One for the plant")
    assert set(TermSuccession.objects.values_list("term", "successor")) == {
        (row.term_id, new.pk),
        (other.term_id, new.pk),
    }
    run_day(on=today())
    assert set(Renewal.objects.filter(account=row.account).values_list("outcome", flat=True)) == {"renewed"}


def refused(page, row, act, sentence, **said):
    before = list(Term.objects.order_by("pk").values())
    answer = post(page, row, act, **said)
    assert answer.status_code == 422 and sentence in text_of(answer)
    assert list(Term.objects.order_by("pk").values()) == before and not TermSuccession.objects.exists()


def test_what_cannot_be_is_refused_on_the_page_and_nothing_is_written(page, mila):
    row = standing(mila)
    refused(page, row, "move", "cannot end before it starts", ends_on="2001-01-01")
    refused(page, row, "move", "Enter a valid date", ends_on="soon")
    refused(page, row, "move", "changed this renewal meanwhile", ends_on="2029-01-01", version=9)
    far = standing(mila, "Elsewhere")
    beside(row)
    refused(page, row, "move", "is not one of the available choices", ends_on="2029-01-01", together=[far.pk])
    refused(page, row, "end", "This field is required", terminated_on=today(), reason="", note="x")
    refused(page, row, "end", "This field is required", terminated_on=today(), reason="price", note=" ")
    refused(page, row, "end", "ends by itself before", terminated_on="2099-01-01", reason="price", note="x")
    refused(page, row, "end", "had not started by then", terminated_on="2001-01-01", reason="price", note="x")
    refused(page, row, "replace", "not one of the available choices", successor=far.term_id, note="x")
    later = cast.term(
        row.account, row.ends_on + DAY, row.ends_on + 200 * DAY, contract=row.term.contract, number=2, signed_on=None
    )
    refused(page, row, "move", "cannot overlap", ends_on=later.starts_on)


def test_who_may_not_change_the_renewal_changes_no_contract(client, mila, team):
    row = standing(mila)
    for person in (
        cast.person("carl", team=team),
        cast.person("vera", "executive"),
        cast.person("far", team=cast.pool("S")),
    ):
        client.force_login(person)
        assert client.get(address(row)).status_code == 404
        assert post(client, row, "move", ends_on="2029-01-01").status_code == 404
        assert client.post(f"{QUEUE}{row.pk}/reinstate/").status_code == 404
    assert ends(row) == [row.ends_on]


def test_a_decided_renewal_leaves_its_contract_alone(page, anna, mila):
    row = standing(mila)
    Renewal.objects.filter(pk=row.pk).update(decided_on=today(), outcome="renewed")
    assert "This renewal is decided." in text_of(page.get(address(row), follow=True))
    said = problem(anna.post(f"renewals/{row.pk}/move-end/", {"ends_on": "2029-01-01"}), 409)
    assert said["detail"] == "This renewal is decided."
    assert problem(anna.post(f"renewals/{row.pk}/reinstate/"), 409)["detail"] == "This contract was not ended early."
    assert ends(row) == [row.ends_on]


def test_the_api_does_the_same(anna, mila):
    row = standing(mila)
    other = beside(row)
    later = (today() + timedelta(days=150)).isoformat()
    answer = anna.post(f"renewals/{row.pk}/move-end/", {"ends_on": later, "together_with": [other.pk]})
    assert answer.status_code == 200 and [str(day) for day in ends(row, other)] == [later, later]
    early = {"terminated_on": today().isoformat(), "reason": "sold_on", "note": "The line was sold"}
    assert anna.post(f"renewals/{other.pk}/end-early/", early).status_code == 200
    assert anna.post(f"renewals/{other.pk}/reinstate/").status_code == 200
    assert Term.objects.get(pk=other.term_id).terminated_on is None
    new = following(row, today() + timedelta(days=100))
    replaced = anna.post(f"renewals/{row.pk}/replace/", {"term_id": new.pk, "note": "Early", "together_with": []})
    assert replaced.status_code == 200 and TermSuccession.objects.get().term_id == row.term_id
    assert Term.objects.get(pk=row.term_id).end_reason == "replaced"


def test_the_api_refuses_in_words(anna, mila):
    row, far = standing(mila), standing(mila, "Elsewhere")
    told = problem(anna.post(f"renewals/{row.pk}/move-end/", {"ends_on": "2001-01-01"}), 409)
    assert "cannot end before it starts" in told["detail"]
    both = {"ends_on": "2029-01-01", "together_with": [far.pk]}
    assert "different accounts" in problem(anna.post(f"renewals/{row.pk}/move-end/", both), 409)["detail"]
    foreign = {"term_id": far.term_id, "note": "x"}
    assert "another account" in problem(anna.post(f"renewals/{row.pk}/replace/", foreign), 409)["detail"]
    assert ends(row, far) == [row.ends_on, far.ends_on] and not TermSuccession.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_questions_however_many_stand_beside_it(
    page, mila, count, django_assert_max_num_queries
):
    row = standing(mila)
    for _ in range(count):
        beside(row)
        following(row)
    page.get(address(row))
    with django_assert_max_num_queries(9):
        page.get(address(row))
