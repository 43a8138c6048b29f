"""The renewal rate by tier, segment, product line and owner: each number is that of the receipt it opens."""

import re
from datetime import timedelta
from html import unescape

import pytest

from core.clock import today
from core.metrics import Filters, compute
from installed_base.models import ProductLine
from renewals.queries.fate import fates_of
from tests import cast
from tests.renewals.pages import QUEUE, text_of

RATE = f"{QUEUE}rate/"


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def due(owner, annual, *, renewed, segment="", line=None, ended=100):
    """A contract that ended so many days ago, with a machine of that product line."""
    at = cast.account(owner=owner, segment=segment)
    ends_on = today() - timedelta(days=ended)
    term = cast.term(at, ends_on - timedelta(days=364), ends_on, annual)
    if line is not None:
        cast.cover(term, cast.asset(at, product=cast.product(f"P-{line.pk}", line=line)))
    if renewed:
        signed = {"contract": term.contract, "number": 2, "signed_on": ends_on - timedelta(days=9)}
        cast.term(at, ends_on + timedelta(days=1), ends_on + timedelta(days=365), annual, **signed)


@pytest.fixture
def book(mila, team):
    robots, packing = (ProductLine.objects.create(name=n) for n in ("Robots", "Packing"))
    carl = cast.person("carl", team=team)
    due(mila, 3000, renewed=True, segment="enterprise", line=robots)
    due(mila, 1000, renewed=False, segment="enterprise", line=packing)
    due(carl, 2000, renewed=True, line=robots)
    due(team, 4000, renewed=True)
    due(cast.person("far", team=cast.pool("South")), 9000, renewed=False)
    return robots, packing


def parts(rows):
    return {row.name: (row.renewed, row.due, int(row.value_renewed), int(row.value_due)) for row in rows}


def test_the_cuts_of_ones_own_reach(mila, book):
    found = fates_of(mila, on=today())
    assert (found.whole.renewed, found.whole.due, found.whole.value_due) == (3, 4, 10000)
    assert parts(found.owner) == {
        "mila": (1, 2, 3000, 4000), "carl": (1, 1, 2000, 2000), "North": (1, 1, 4000, 4000),
    }  # fmt: skip
    assert list(parts(found.segment).values()) == [(1, 2, 3000, 4000)]
    assert parts(found.product_line) == {"Robots": (2, 2, 5000, 5000), "Packing": (0, 1, 0, 1000)}
    assert parts(found.tier) == {"unknown": (3, 4, 9000, 10000)}


def test_each_cut_is_what_the_metric_says_with_its_filter(mila, book):
    found = fates_of(mila, on=today())
    for name in ("segment", "product_line", "owner"):
        for part in getattr(found, name):
            key, value = part.asked.split("=")
            filters = Filters(**{key: value if key == "segment" else int(value)})
            alone = compute("renewal_rate", on=today(), actor=mila, filters=filters)
            worth = compute("renewal_rate_value", on=today(), actor=mila, filters=filters)
            assert (alone.numerator, alone.denominator, worth.value) == (part.renewed, part.due, part.value_rate)


def test_each_number_opens_its_receipt(page, book):
    answer = page.get(RATE)
    assert "3 of the 4 terms that were due in twelve months were renewed: 75% , by value 90% ." in text_of(answer)
    links = re.findall(r'href="(/metrics/renewal_rate/\?[^"]+)"><b>([\d.]+%)', answer.content.decode())
    assert len(links) == 6
    for link, rate in links:
        assert rate in text_of(page.get(unescape(link))), link


def test_a_past_day_and_an_empty_book(page, mila, team):
    assert "No contract term came to its end" in text_of(page.get(RATE))
    due(mila, 3000, renewed=True, ended=400)
    assert "Nothing was due yet" in text_of(page.get(RATE))
    then = f"{RATE}?as_of={today() - timedelta(days=200)}"
    assert "1 of 1 term" in text_of(page.get(then))
    assert f"as_of={today() - timedelta(days=200)}&amp;owner=" in page.get(then).content.decode()


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_prices_finds_no_page(client, team, book, role):
    client.force_login(cast.person("reader", role, team))
    assert client.get(RATE).status_code == 404


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_asks_the_same_questions_however_many_terms(page, mila, count, django_assert_num_queries):
    for _ in range(count):
        due(mila, 1000, renewed=True)
    page.get(RATE)
    with django_assert_num_queries(4):  # the opening; the menus, the owners, the sums
        page.get(RATE)
