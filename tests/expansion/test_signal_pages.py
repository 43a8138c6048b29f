"""The list of signals and the forms that decide, as different people see them."""

from datetime import date, timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from expansion.models import Signal, SignalKind
from expansion.queries.signals import lines_by_account, waiting_signals
from sales.models import Opportunity
from tests import cast
from tests.expansion.base import signal

pytestmark = pytest.mark.django_db
OLD = date(2014, 1, 1)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def as_mila(client, mila):
    client.force_login(mila)
    return client


def filled(name, owner, signals=1, **values):
    account = cast.account(name, owner)
    for _ in range(signals):
        signal(cast.asset(account, OLD), on=today(), **values)
    return account


def queries_of(client, url):
    from django.db import connection

    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_one_line_per_account_with_its_counts_and_sum(mila):
    account = cast.account("Van Houten", mila)
    for kind, value in ((SignalKind.UPGRADE, 100), (SignalKind.UPGRADE, None), (SignalKind.END_OF_LIFE, 900)):
        signal(cast.asset(account, OLD), kind, on=today(), value=value)
    filled("Smaller", mila, value=50)
    first, second = lines_by_account(waiting_signals(mila, today()), mila).rows
    assert (first.account.name, first.signals, first.value, first.unknown) == ("Van Houten", 3, 1000, 1)
    assert first.in_words == "1 at the end of life, 2 upgrades"
    assert second.account.name == "Smaller"


def test_the_list_asks_the_same_number_of_questions_for_one_row_and_three(as_mila, mila):
    filled("A", mila)
    one = queries_of(as_mila, "/expansion/")
    filled("B", mila, 3)
    filled("C", mila)
    assert queries_of(as_mila, "/expansion/") == one


def test_accepting_needs_two_steps_and_makes_the_deal(as_mila, mila):
    account = filled("Van Houten", mila, 2, value=500)
    chosen = {"verb": "accept", "account": account.pk}
    form = as_mila.post("/expansion/decide/", chosen)
    assert b"Upgrade: Van Houten, 2 machines" in form.content
    assert not Opportunity.objects.exists()
    values = {"name": "Two upgrades", "kind": "upgrade", "value": "1500", "owner": account.owner_id, "confirm": 1}
    answer = as_mila.post("/expansion/decide/", chosen | values)
    assert answer.status_code == 302
    deal = Opportunity.objects.get()
    assert (deal.name, deal.value_reporting, deal.lines.count()) == ("Two upgrades", 1500, 2)


def test_a_wrong_form_keeps_what_was_typed_and_decides_nothing(as_mila, mila):
    account = filled("Van Houten", mila)
    answer = as_mila.post(
        "/expansion/decide/",
        {"verb": "accept", "account": account.pk, "confirm": 1, "name": "Kept words", "kind": "upgrade", "value": "-3"},
    )
    assert answer.status_code == 422
    assert b"Kept words" in answer.content
    assert Signal.objects.open().count() == 1


def test_several_accounts_become_a_deal_each(as_mila, mila):
    accounts = [filled(name, mila) for name in "AB"]
    chosen = {"verb": "accept", "account": [a.pk for a in accounts], "confirm": 1, "owner": accounts[0].owner_id}
    as_mila.post("/expansion/decide/", chosen)
    assert set(Opportunity.objects.values_list("account__name", flat=True)) == {"A", "B"}


def test_a_colleagues_signals_are_seen_but_not_decided(as_mila, mila, team):
    theirs = filled("Theirs", cast.person("jon", team=team))
    assert b"Theirs" in as_mila.get("/expansion/").content
    as_mila.post("/expansion/decide/", {"verb": "dismiss", "account": theirs.pk, "confirm": 1, "reason": "no_budget"})
    assert Signal.objects.open().count() == 1


def test_another_teams_signals_do_not_exist(as_mila):
    theirs = filled("Elsewhere", cast.person("zoe", team=cast.pool("South")))
    assert b"Elsewhere" not in as_mila.get("/expansion/").content
    assert as_mila.get(f"/expansion/accounts/{theirs.pk}/").status_code == 404


def test_technicians_see_no_signals(client, team):
    ruud = cast.person("ruud", Role.TECHNICIAN, team)
    account = cast.account("Van Houten")
    signal(cast.asset(account, OLD, technician=ruud), on=today())
    client.force_login(ruud)
    assert b"Van Houten" not in client.get("/expansion/").content


def test_dismissing_for_another_reason_asks_which(as_mila, mila):
    account = filled("Van Houten", mila)
    chosen = {"verb": "dismiss", "account": account.pk, "confirm": 1, "reason": "other"}
    assert as_mila.post("/expansion/decide/", chosen).status_code == 422
    as_mila.post("/expansion/decide/", chosen | {"note": "moves to Poland"})
    assert Signal.objects.get().reason == "other: moves to Poland"


def test_filters_of_the_list_hold_for_the_decision_too(as_mila, mila):
    account = cast.account("Van Houten", mila)
    up = signal(cast.asset(account, OLD), SignalKind.UPGRADE, on=today())
    end = signal(cast.asset(account, OLD), SignalKind.END_OF_LIFE, on=today())
    chosen = {"verb": "dismiss", "account": account.pk, "filters": "kind=upgrade", "confirm": 1, "reason": "no_budget"}
    as_mila.post("/expansion/decide/", chosen)
    assert Signal.objects.get(pk=up.pk).decision == "dismissed"
    assert Signal.objects.get(pk=end.pk).decision == ""


@pytest.mark.parametrize("data", [{}, {"verb": "explode"}])
def test_an_unknown_verb_is_a_bad_request(as_mila, data):
    assert as_mila.post("/expansion/decide/", data).status_code == 400


@pytest.mark.parametrize(
    "query", ["kind=nothing", "owner=abc", "cursor=%%%", "as_of=yesterday", "sort=x", "account=0x"]
)
def test_wrong_input_shows_the_list(as_mila, mila, query):
    filled("Van Houten", mila)
    assert b"Van Houten" in as_mila.get(f"/expansion/?{query}").content


def test_a_past_day_shows_what_waited_then_and_decides_nothing(as_mila, mila):
    account = filled("Van Houten", mila)
    before = today() - timedelta(days=3)
    Signal.objects.update(raised_on=before, decision="dismissed", reason="no_budget", decided_on=today())
    page = as_mila.get(f"/expansion/?as_of={before}")
    assert account.name.encode() in page.content
    assert b'name="account"' not in page.content
    assert account.name.encode() not in as_mila.get("/expansion/").content
