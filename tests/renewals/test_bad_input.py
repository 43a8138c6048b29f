"""Wrong input is refused with a sentence at both doors, the page and the API, and nothing is written."""

from datetime import timedelta
from html import unescape

import pytest

from core.clock import today
from core.models import Outbox
from installed_base.models import LedgerEntry, Term, TermSuccession
from renewals.actions.quoting import accept_quote, draft_quote, send_quote
from renewals.models import Quote, Renewal
from tests import cast
from tests.api.conftest import writer
from tests.api.test_problems import problem
from tests.renewals.pages import QUEUE, standing, text_of

KEPT = (Term, TermSuccession, Quote, LedgerEntry, Renewal, Outbox)


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


@pytest.fixture
def anna(mila):
    return writer(mila)


@pytest.fixture
def row(mila):
    found = standing(mila)
    cast.cover(found.term, cast.asset(found.account), annual_value=12000)
    return found


def everything():
    return [list(kind._base_manager.order_by("pk").values()) for kind in KEPT]


@pytest.fixture
def nothing_is_written(row):
    """Whatever stands when the test begins to ask stands at its end as well."""
    stood = []

    def watch():
        stood.append(everything())

    yield watch
    assert stood and everything() == stood[0]


def signing(row, page, **values):
    """What the page of the next term sends, with the terms it showed."""
    shown = page.get(f"{QUEUE}{row.pk}/renewed/").content.decode()
    seal = unescape(shown.partition('name="shown" value="')[2].partition('"')[0])
    said = {"months": 12, "annual_value": "12000", "signed_on": today(), "version": row.version, "shown": seal}
    return said | {"sign": 1} | values


def test_a_quote_below_zero(page, anna, row, nothing_is_written):
    nothing_is_written()
    line = row.term.coverages.get()
    for wrong in ({"annual": "-1"}, {"uplift": "-101"}, {f"price-{line.pk}": "-3"}):
        said = {
            "months": 12,
            "level": "",
            "basis": "percentage",
            "uplift": "3",
            "valid_until": "",
            "read": "",
            "save": 1,
        }
        answer = page.post(f"{QUEUE}{row.pk}/quote/", said | wrong)
        assert answer.status_code == 422 and "greater than or equal to" in text_of(answer)
    for wrong in ({"annual": "-1"}, {"uplift": "-1.5"}, {"lines": [{"coverage_id": line.pk, "annual": "-3"}]}):
        told = problem(anna.post("renewal-quotes/", {"renewal_id": row.pk} | wrong), 400, next(iter(wrong)))
        assert "greater than or equal to" in str(told)


def test_a_successor_that_overlaps(page, anna, row, nothing_is_written):
    """The contract has a term on those days already, of which nobody said that it follows."""
    begins = row.ends_on + timedelta(days=100)
    cast.term(row.account, begins, begins + timedelta(days=364), contract=row.term.contract, number=2)
    nothing_is_written()
    answer = page.post(f"{QUEUE}{row.pk}/renewed/", signing(row, page))
    assert answer.status_code == 422 and "Two terms of one contract cannot overlap." in text_of(answer)
    told = problem(anna.post(f"renewals/{row.pk}/decision/", {"outcome": "renewed", "months": 12}), 409)
    assert "Two terms of one contract cannot overlap." in told["detail"]


def test_a_term_that_ends_before_it_starts(page, anna, row, nothing_is_written):
    nothing_is_written()
    for months in (0, -12):
        for answer in (
            page.post(f"{QUEUE}{row.pk}/renewed/", signing(row, page, months=months)),
            page.post(f"{QUEUE}{row.pk}/quote/", {"months": months, "basis": "percentage", "uplift": "3", "save": 1}),
        ):
            assert answer.status_code == 422 and "greater than or equal to 1" in text_of(answer)
        decision = {"outcome": "renewed", "months": months}
        assert "greater than or equal to 1" in str(
            problem(anna.post(f"renewals/{row.pk}/decision/", decision), 400, "months")
        )
        problem(anna.post("renewal-quotes/", {"renewal_id": row.pk, "months": months}), 400, "months")
    moved = page.post(f"{QUEUE}{row.pk}/contract/", {"act": "move", "ends_on": "2001-01-01", "version": row.version})
    assert moved.status_code == 422 and "cannot end before it starts" in text_of(moved)
    told = problem(anna.post(f"renewals/{row.pk}/move-end/", {"ends_on": "2001-01-01"}), 409)
    assert "cannot end before it starts" in told["detail"]


def test_a_second_signature(page, anna, mila, row, nothing_is_written):
    quote = draft_quote(renewal=row.pk, by=mila, on=today())
    send_quote(quote=quote.pk, by=mila, on=today())
    accept_quote(quote=quote.pk, by=mila, on=today())
    row.refresh_from_db()
    again = signing(row, page)
    assert page.post(f"{QUEUE}{row.pk}/renewed/", again).status_code == 302
    assert TermSuccession.objects.count() == 1
    nothing_is_written()
    answer = page.post(f"{QUEUE}{row.pk}/renewed/", again, follow=True)
    assert "This renewal is decided." in text_of(answer)
    told = problem(anna.post(f"renewals/{row.pk}/decision/", {"outcome": "renewed"}), 409)
    assert told["detail"] == "This renewal is decided."
    draft = problem(anna.post("renewal-quotes/", {"renewal_id": row.pk}), 409)
    assert "This renewal is decided" in draft["detail"]


@pytest.mark.parametrize(("outcome", "place"), [("lost", "lost"), ("let_go", "let-go")])
def test_an_outcome_without_a_reason_or_a_note(page, anna, row, nothing_is_written, outcome, place):
    nothing_is_written()
    agreed = {"agreed_on": today().isoformat()} if outcome == "let_go" else {}
    for wrong, name in (
        ({"reason": "", "note": "x"}, "reason"),
        ({"reason": "because", "note": "x"}, "reason"),
        ({"reason": "other", "note": " "}, "note"),
    ):
        answer = page.post(f"{QUEUE}{row.pk}/{place}/", wrong | agreed | {"version": row.version})
        assert answer.status_code == 422 and 'class="field-error"' in answer.content.decode()
        problem(anna.post(f"renewals/{row.pk}/decision/", {"outcome": outcome} | wrong | agreed), 400, name)
