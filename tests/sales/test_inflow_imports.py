"""Sources, leads, touches and spend from files: what lands, what a second file changes, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from core.models import ExchangeRate, Organisation, Outbox, Role, Touched
from sales.models import Lead, LeadSource, Spend, Touch
from tests import cast
from tests.installed_base.importing import Importing, told, top
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
SOURCES = """
source = "crm"
[lead_source]
name = "name"
channel = "channel"
partner = { column = "dealer", source = "erp" }
is_active = "active"
"""
LEADS = """
source = "crm"
[lead]
key = "id"
company = "company"
lead_source = { column = "source", create = true }
account = "customer"
created_on = "created"
country = "country"
employees = "employees"
state = "state"
closed_on = "closed"
dropped_because = "why"
opportunity = "deal"
"""
LEAD_HEADER = "id,company,source,customer,created,country,employees,state,closed,why,deal\n"
TOUCHES = """
source = "crm"
[touch]
key = "id"
lead = "lead"
on = "day"
kind = "kind"
what = "what"
who = "who"
"""
SPENT = """
source = "books"
currency = "EUR"
[spend]
month = "month"
kind = "kind"
lead_source = "source"
amount = "amount"
currency = "currency"
"""
SPEND_HEADER = "month,kind,source,amount,currency\n"


@pytest.fixture
def importing(tmp_path):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return Importing(tmp_path)


def test_a_source_is_known_by_its_name_and_may_be_a_dealer(importing):
    dealer = cast.account("Südtechnik", source="erp", external_id="D1")
    text = "name,channel,dealer,active\nHannover,fair,,yes\nSüdtechnik,,D1,yes\n"
    assert top(importing("lead_sources", SOURCES, text)) == (2, 2, 0, 0, 0)
    fair, partner = LeadSource.objects.order_by("name")
    assert (fair.channel, fair.partner, fair.is_active) == ("fair", None, True)
    assert (partner.channel, partner.partner) == ("partner", dealer)
    assert top(importing("lead_sources", SOURCES, text)) == (2, 0, 0, 2, 0)
    closed = text.replace("Hannover,fair,,yes", "Hannover,fair,,no")
    assert top(importing("lead_sources", SOURCES, closed)) == (2, 0, 1, 1, 0)
    assert LeadSource.objects.filter(is_active=True).get() == partner


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",fair,,", "name", "is empty"),
        ("Hannover,circus,,", "channel", "is none of"),
        ("Hannover,fair,D1,", "dealer", "is said of a source that is no partner"),
        ("Hannover,,D9,", "dealer", "is not known as account"),
    ],
)
def test_a_source_that_cannot_be_is_refused(importing, row, column, words):
    cast.account("Südtechnik", source="erp", external_id="D1")
    ((line, place, _value, reason),) = told(importing("lead_sources", SOURCES, f"name,channel,dealer,active\n{row}\n"))
    assert (line, place) == (2, column) and words in reason
    assert not LeadSource.objects.exists()


def test_a_lead_lands_with_its_source_and_tells_the_owner_of_its_account(importing):
    owner = cast.person("mila")
    at = cast.account("Bolt", owner=owner, source="crm", external_id="B")
    rows = "1,Bolt,Hannover,B,2026-03-01,Germany,80,,,,\n2,Van Dam,,,2026-04-01,,,,,,\n"
    assert top(importing("leads", LEADS, LEAD_HEADER + rows)) == (2, 2, 0, 0, 0)
    one, two = Lead.objects.order_by("external_id")
    assert (one.account, one.lead_source.name, one.employees, one.state) == (at, "Hannover", 80, "new")
    assert (two.account, two.lead_source, two.employees, two.owner.name) == (None, None, None, "Unassigned")
    assert one.lead_source.channel == "other"
    touched = Touched.objects.get(kind="lead", subject_id=one.pk)
    assert (touched.account_id, touched.since) == (at.pk, date(2026, 3, 1))
    assert Outbox.objects.get(kind="import.digest").payload["changed"] == {"leads": 1}


def test_a_later_file_closes_a_lead_and_the_same_again_does_not(importing):
    made = deal(None, ("identified", date(2026, 5, 1)), owner=cast.person("tom"), source="crm", external_id="O1")
    importing("leads", LEADS, LEAD_HEADER + "1,Bolt,,,2026-03-01,,,,,,\n2,Van Dam,,,2026-03-01,,,,,,\n")
    later = (
        "1,Bolt,,,2026-03-01,,,converted,2026-05-01,,O1\n2,Van Dam,,,2026-03-01,,,dropped,2026-05-02,no_need,\n"
        "3,Third,,,2026-03-01,,,dropped,2026-05-02,,\n"
    )
    assert top(importing("leads", LEADS, LEAD_HEADER + later)) == (3, 1, 2, 0, 0)
    assert top(importing("leads", LEADS, LEAD_HEADER + later)) == (3, 0, 0, 3, 0)
    found = list(
        Lead.objects.order_by("external_id").values_list("state", "closed_on", "dropped_because", "opportunity")
    )
    assert found == [
        ("converted", date(2026, 5, 1), "", made.pk),
        ("dropped", date(2026, 5, 2), "no_need", None),
        ("dropped", date(2026, 5, 2), "other", None),
    ]


def test_a_file_that_says_nothing_of_the_state_leaves_it(importing):
    importing("leads", LEADS, LEAD_HEADER + "1,Bolt,,,2026-03-01,,,dropped,2026-05-02,no_need,\n")
    mapping = 'source = "crm"\n[lead]\nkey = "id"\ncompany = "company"\ncreated_on = "created"\nphone = "phone"\n'
    assert top(importing("leads", mapping, "id,company,created,phone\n1,Bolt,2026-03-01,0123\n")) == (1, 0, 1, 0, 0)
    row = Lead.objects.get()
    assert (row.state, row.phone) == ("dropped", "0123")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("1,,,,2026-03-01,,,,,,", "company", "is empty"),
        ("1,Bolt,,,,,,,,,", "created", "is empty"),
        ("1,Bolt,,,2026-12-01,,,,,,", "created", "lies in the future"),
        ("1,Bolt,,,2026-03-01,,,dropped,2026-12-01,,", "closed", "lies in the future"),
        ("1,Bolt,,,2026-03-01,,,dropped,2026-02-01,,", "closed", "lies before the lead was created"),
        ("1,Bolt,,,2026-03-01,,,dropped,,,", "closed", "and the state do not agree"),
        ("1,Bolt,,,2026-03-01,,,,2026-04-01,,", "closed", "and the state do not agree"),
        ("1,Bolt,,,2026-03-01,,,asleep,,,", "state", "is none of"),
        ("1,Bolt,,,2026-03-01,,,,,no_need,", "why", "is said of a lead that is not dropped"),
        ("1,Bolt,,,2026-03-01,,,,,,O9", "deal", "is not known as opportunity"),
        ("1,Bolt,,,2026-03-01,,-4,,,,", "employees", ""),
        ("1,Bolt,,X,2026-03-01,,,,,,", "customer", "is not known as account"),
    ],
)
def test_a_lead_that_cannot_be_is_refused_with_its_place(importing, row, column, words):
    ((line, place, _value, reason),) = told(importing("leads", LEADS, LEAD_HEADER + row + "\n"))
    assert (line, place) == (2, column) and words in reason
    assert not Lead.objects.exists()


def test_a_state_that_is_over_asks_for_its_day(importing):
    mapping = 'source = "crm"\n[lead]\nkey = "id"\ncompany = "company"\ncreated_on = "created"\nstate = "state"\n'
    outcome = importing("leads", mapping, "id,company,created,state\n1,Bolt,2026-03-01,dropped\n2,Van,2026-03-01,new\n")
    ((line, place, _value, reason),) = told(outcome)
    assert (line, place) == (2, "closed_on") and "do not agree" in reason
    assert Lead.objects.get().company == "Van"


def test_touches_hang_on_their_leads(importing):
    anna = cast.person("anna")
    importing("leads", LEADS, LEAD_HEADER + "1,Bolt,,,2025-03-01,,,,,,\n")
    header = "id,lead,day,kind,what,who\n"
    text = header + "a,1,2025-03-01,content,Paper,\nb,1,2025-09-04,event,At the stand,anna\nc,1,2026-09-01,,,\n"
    assert top(importing("touches", TOUCHES, text)) == (3, 3, 0, 0, 0)
    first, second, third = Touch.objects.order_by("on")
    assert (first.kind, second.kind, second.by, third.kind) == ("content", "event", anna, "other")
    bad = header + "d,9,2025-03-01,call,,\ne,1,2026-12-01,call,,\nf,1,2026-01-01,dance,,\n"
    assert [(line, column) for line, column, _v, _r in told(importing("touches", TOUCHES, bad))] == [
        (2, "lead"),
        (3, "day"),
        (4, "kind"),
    ]


def test_spend_lands_by_month_in_both_currencies(importing):
    LeadSource.objects.create(name="Hannover", channel="fair")
    ExchangeRate.objects.create(currency="USD", on=date(2026, 1, 1), rate=Decimal("0.9"))
    rows = "2026-03,,Hannover,1000.50,\n2026-04-17,,,200,USD\nMarch 2026,sales,,5000,\n2026-05,,,1,CHF\n"
    assert top(importing("spend", SPENT, SPEND_HEADER + rows)) == (4, 4, 0, 0, 0)
    found = list(
        Spend.objects.order_by("kind", "month").values_list("month", "kind", "lead_source__name", "amount_reporting")
    )
    assert found == [
        (date(2026, 3, 1), "marketing", "Hannover", Decimal("1000.50")),
        (date(2026, 4, 1), "marketing", None, 180),
        (date(2026, 5, 1), "marketing", None, None),
        (date(2026, 3, 1), "sales", None, 5000),
    ]
    assert Touched.objects.get(kind="spend", subject_id=Spend.objects.first().pk).since <= date(2026, 3, 1)
    again = SPEND_HEADER + rows.replace("1000.50", "900")
    assert top(importing("spend", SPENT, again)) == (4, 0, 1, 3, 0)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("2026-03,,,-5,", "amount", "negative"),
        ("2026-12,,,5,", "month", "lies in the future"),
        ("3-4-2026,,,5,", "month", ""),
        ("2026-13,,,5,", "month", ""),
        ("2026-03,gifts,,5,", "kind", "is none of"),
        ("2026-03,,Unheard,5,", "source", "is not known as lead_source"),
        ("2026-03,,,,", "amount", "is empty"),
    ],
)
def test_spend_that_cannot_be_is_refused_with_its_place(importing, row, column, words):
    ((line, place, _value, reason),) = told(importing("spend", SPENT, SPEND_HEADER + row + "\n"))
    assert (line, place) == (2, column) and words in reason
    assert not Spend.objects.exists()


def test_who_does_not_write_spend_changes_none_from_a_file_either(importing):
    importing("spend", SPENT, SPEND_HEADER + "2026-03,,,100,\n")
    importing("spend", SPENT, SPEND_HEADER + "2026-03,,,900,\n", by=cast.person("tom", Role.SALES))
    assert Spend.objects.get().amount == 100
