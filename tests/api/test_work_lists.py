"""Lists of what can be worked: their filters, and how much they cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Owner, Role
from playbooks.models import Note, Task
from sales.models import Opportunity
from tests import cast
from tests.api.base import VERBS, work_of
from tests.api.conftest import caller, writer
from tests.expansion.base import signal
from tests.renewals import book

pytestmark = pytest.mark.django_db
LISTS = ("tasks/", "notes/", "signals/", "opportunities/", "renewal-quotes/")


@pytest.fixture
def two():
    """The same work at two customers."""
    return work_of(cast.person("anna")), work_of(cast.person("ben"))


@pytest.mark.parametrize("address", LISTS)
def test_by_account_and_role(executive, two, address):
    for work in two:
        Note.objects.create(account=work.account, on=today(), text="They like it")
    accounts = [row["account_id"] for row in executive.rows(address)]
    assert accounts == [work.account.pk for work in two]
    assert [row["account_id"] for row in executive.rows(address, account=accounts[1])] == accounts[1:]
    assert caller(cast.person("nobody")).rows(address) == []


def test_filters_of_tasks(executive, two):
    first, second = (work.tasks for work in two)
    late = today() + timedelta(days=9)
    Task.objects.filter(pk=second.pk).update(due_on=late, done_on=today())
    Task.objects.filter(pk=first.pk).update(due_on=today())
    assert executive.ids("tasks/", open="true") == [first.pk]
    assert executive.ids("tasks/", open="false") == [second.pk]
    assert executive.ids("tasks/", owner=second.owner_id) == [second.pk]
    assert executive.ids("tasks/", due_after=late.isoformat()) == [second.pk]
    assert executive.ids("tasks/", due_before=today().isoformat()) == [first.pk]
    assert executive.ids("tasks/", ordering="-due_on") == [second.pk, first.pk]


def test_filters_of_signals_and_deals(executive, two):
    first, second = two
    later = signal(second.machine, "end_of_life", on=today(), closed_on=today(), closed_reason="Gone")
    assert executive.ids("signals/", open="false") == executive.ids("signals/", kind="end_of_life") == [later.pk]
    assert executive.ids("signals/", asset=first.machine.pk, open="true") == [first.signals.pk]
    Opportunity.objects.filter(pk=first.opportunities.pk).update(stage="won", closed_on=today())
    Opportunity.objects.filter(pk=second.opportunities.pk).update(expected_close_on=today())
    assert executive.ids("opportunities/", open="true") == [second.opportunities.pk]
    assert executive.ids("opportunities/", stage="won") == executive.ids("opportunities/", open="false")
    assert executive.ids("opportunities/", closes_after=today(), closes_before=today()) == [second.opportunities.pk]
    assert executive.ids("opportunities/", kind="new_logo") == []


def test_ones_own_task_is_found_wherever_it_is(two):
    guest = caller(cast.person("guest", Role.SALES))
    Task.objects.filter(pk=two[0].tasks.pk).update(owner=Owner.objects.of(guest.user))
    assert guest.ids("tasks/") == [two[0].tasks.pk]
    assert guest.ids("accounts/") == []


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATIONS])
def test_no_worth_for_who_sees_no_prices(two, role):
    who = caller(cast.person("mo", role))
    for address in ("tasks/", "signals/", "opportunities/", "renewal-quotes/"):
        for row in (*who.rows(address), who.get(f"{address}{who.ids(address)[0]}/").data):
            assert not row.keys() & {"value", "value_reporting", "currency", "new_annual", "uplift", "margin"}


@pytest.mark.parametrize("address", LISTS)
def test_the_number_of_queries_does_not_grow_with_the_rows(address):
    lead = caller(cast.person("lead", Role.TEAM_LEAD, team := cast.pool("Benelux")))

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert lead.rows(address)
        return len(found)

    def one_more():
        work = work_of(team)
        Note.objects.create(account=work.account, on=today(), text="They like it")

    one_more()
    queries()  # what a process reads once
    one = queries()
    one_more()
    one_more()
    assert queries() == one <= 2


@pytest.mark.parametrize("verb", [v for v in VERBS if v.path in ("", "done/", "dismiss/")], ids=str)
def test_a_write_costs_little_and_the_same_in_a_large_play(verb):
    """The row, its lock, who may, the action, the answer: some twenty statements, savepoints among them."""
    anna = writer(cast.person("anna", Role.CS_MANAGER))

    def statements(tasks):
        work = work_of(anna.user)
        for number in range(tasks):
            book.task(work.renewals, f"Step {number}")
        with CaptureQueriesContext(connection) as found:
            write = anna.send(verb.method, verb.address(work), verb.body, if_match="*", idempotency_key=f"k{tasks}")
        assert write.status_code == 200
        return len(found)

    statements(2)  # what a process reads once
    assert statements(1) == statements(20) <= 40
