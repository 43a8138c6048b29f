"""What the import does to the base: upsert, rejection, history, scope, all or nothing."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from core.importing.problems import Refused
from core.models import ExchangeRate, ImportBatch, ImportProblem, Organisation, Outbox, Owner, Role, Touched, User
from installed_base.models import (
    Account,
    AccountExternalId,
    AccountPeriod,
    Asset,
    AssetEvent,
    AssetPeriod,
    Contract,
    Coverage,
    LedgerEntry,
    PartsOrder,
    Product,
    Site,
    Term,
    TermSuccession,
)
from tests import cast
from tests.installed_base.importing import ON, Importing, told, top

pytestmark = pytest.mark.django_db


@pytest.fixture
def importing(tmp_path):
    return Importing(tmp_path)


ACCOUNTS = """
source = "erp"
[account]
key = "id"
name = "name"
city = "city"
owner = { column = "owner", default = "Desk", create = true }
"""

MACHINES = """
source = "erp"
currency = "EUR"
[file]
locale = "nl"
[account]
create = true
key = "klant"
name = "klant"
[product]
create = true
key = "type"
name = "type"
[asset]
key = "nr"
serial = "nr"
installed_on = "geplaatst"
taken_out_on = "weg"
price = "prijs"
parent = "onder"
"""
HEADER = "nr;klant;type;geplaatst;weg;prijs;onder\n"

CONTRACTS = """
source = "erp"
currency = "EUR"
[file]
dates = ["iso"]
decimal = "."
[account]
create = true
key = "customer"
name = "customer"
[contract]
key = "number"
number = "number"
[term]
starts_on = "start"
ends_on = "end"
total_value = "value"
"""


def audit_rows() -> int:
    models = [m for m in apps.get_models() if m.__name__.endswith("Audit")]
    return sum(m._base_manager.count() for m in models)


# Upsert


def test_the_same_file_twice_changes_nothing(importing):
    text = "id,name,city,owner\n1,Acme,Delft,\n2,Bolt,Gouda,North\n"
    assert top(importing("accounts", ACCOUNTS, text)) == (2, 2, 0, 0, 0)
    audits, touched, outbox = audit_rows(), list(Touched.objects.values()), Outbox.objects.count()
    assert top(importing("accounts", ACCOUNTS, text)) == (2, 0, 0, 2, 0)
    assert (audit_rows(), list(Touched.objects.values()), Outbox.objects.count()) == (audits, touched, outbox)
    assert AccountPeriod.objects.count() == 2


def test_a_changed_row_is_updated_with_history_and_who_and_why(importing):
    importing("accounts", ACCOUNTS, "id,name,city,owner\n1,Acme,Delft,South\n2,Bolt,Gouda,North\n", on=date(2026, 1, 1))
    outcome = importing("accounts", ACCOUNTS, "id,name,city,owner\n1,Acme,Delft,West\n2,Bolt,Gouda,North\n")
    assert top(outcome) == (2, 0, 1, 1, 0)
    account = Account.objects.get(external_id="1")
    assert (account.owner.name, account.known_on) == ("West", date(2026, 1, 1))
    periods = account.periods.order_by("valid_from").values_list("owner__name", "valid_from", "valid_to")
    assert list(periods) == [("South", date(1900, 1, 1), ON), ("West", ON, None)]
    event = account.audit_events.order_by("pgh_id").last()
    assert event.pgh_context.metadata == {"system": "test", "why": "core.import_file accounts"}


def test_unmapped_fields_stay_as_they_are(importing):
    importing("accounts", ACCOUNTS, "id,name,city,owner\n1,Acme,Delft,South\n")
    Account.objects.update(segment="enterprise")
    importing("accounts", 'source = "erp"\n[account]\nkey = "id"\nname = "name"\n', "id,name\n1,Acme BV\n")
    account = Account.objects.get()
    assert (account.name, account.city, account.segment, account.owner.name) == (
        "Acme BV",
        "Delft",
        "enterprise",
        "South",
    )


def test_without_an_owner_in_the_mapping_a_pool_takes_the_account(importing):
    importing("accounts", 'source = "erp"\n[account]\nkey = "id"\nname = "name"\n', "id,name\n1,Acme\n")
    assert Account.objects.get().owner.name == "Unassigned"
    assert Account.objects.get().owner.is_pool


def test_one_touch_and_one_digest_per_owner(importing):
    importing("accounts", ACCOUNTS, "id,name,city,owner\n1,A,,N\n2,B,,N\n3,C,,S\n")
    ids = set(Account.objects.values_list("id", flat=True))
    assert set(Touched.objects.filter(kind="account").values_list("subject_id", flat=True)) == ids
    batch = ImportBatch.objects.get()
    digests = Outbox.objects.filter(kind="import.digest").order_by("dedupe_key")
    assert {d.dedupe_key: d.payload["changed"] for d in digests} == {
        f"import.digest:{batch.pk}:{Owner.objects.get(name='N').pk}": {"accounts": 2},
        f"import.digest:{batch.pk}:{Owner.objects.get(name='S').pk}": {"accounts": 1},
    }


# Several entities out of one row


def test_a_machine_brings_its_account_product_and_events(importing):
    outcome = importing("assets", MACHINES, HEADER + "00123;Acme;VR-6;01-02-2019;;1.234,50;\n1E5;Acme;;2018;;;00123\n")
    assert top(outcome) == (2, 2, 0, 0, 0)
    assert {k: v["created"] for k, v in outcome.kinds.items()} == {
        "accounts": 1,
        "products": 1,
        "assets": 2,
        "asset_events": 2,
    }
    first, second = Asset.objects.order_by("id")
    assert (first.serial, first.price, first.price_reporting, first.installed_precision) == (
        "00123",
        Decimal("1234.50"),
        Decimal("1234.50"),
        "day",
    )
    assert (second.serial, second.installed_on, second.installed_precision) == ("1E5", date(2018, 1, 1), "year")
    assert (second.parent, second.product, second.first_evidence_on) == (first, None, date(2018, 1, 1))
    assert AssetEvent.objects.filter(kind="installed", asset=first, on=date(2019, 2, 1)).count() == 1
    assert AssetPeriod.objects.count() == 2
    assert top(importing("assets", MACHINES, HEADER + "00123;Acme;VR-6;01-02-2019;;1.234,50;\n")) == (1, 0, 0, 1, 0)


def test_a_moved_installation_moves_its_event(importing):
    importing("assets", MACHINES, HEADER + "1;Acme;VR-6;01-02-2019;;;\n")
    assert top(importing("assets", MACHINES, HEADER + "1;Acme;VR-6;05-02-2019;;;\n")) == (1, 0, 1, 0, 0)
    assert list(AssetEvent.objects.values_list("kind", "on")) == [("installed", date(2019, 2, 5))]


def test_parents_are_made_only_where_the_mapping_says_so(importing):
    mapping = MACHINES.replace("create = true\n", "", 1)
    outcome = importing("assets", mapping, HEADER + "1;Acme;VR-6;2018;;;\n")
    assert told(outcome) == [(2, "klant", "Acme", "is not known as account; create = true would make it")]
    assert (Account.objects.count(), Asset.objects.count(), Product.objects.count()) == (0, 0, 0)
    cast.account("Acme", source="erp", external_id="Acme")
    assert top(importing("assets", mapping, HEADER + "1;Acme;VR-6;2018;;;\n")) == (1, 1, 0, 0, 0)


def test_an_account_is_known_by_the_name_that_another_system_has_for_it(importing):
    account = cast.account("Acme")
    AccountExternalId.objects.create(account=account, source="erp", external_id="K-1")
    importing("assets", MACHINES, HEADER + "1;K-1;VR-6;2018;;;\n")
    assert Asset.objects.get().account == account
    assert Account.objects.get().name == "Acme"


# Rejected rows


def test_every_rejected_row_is_told_with_line_column_value_and_reason(importing):
    text = HEADER + (
        "1;Acme;VR-6;30-02-2019;;;\n"
        "2;Acme;VR-6;2019;;-5;\n"
        "3;Acme;VR-6;2019;01-01-2018;;\n"
        ";Acme;VR-6;2019;;;\n"
        "5;Acme;VR-6;2019;;;99\n"
        "6;Acme;VR-6;2019;;;\n"
        "6;Acme;VR-6;2019;;;\n"
        "8;Acme;VR-6;2019;;;9\n"
        "9;Acme;VR-6;2019;;;8\n"
        "10;;VR-6;2019;;;\n"
        "1,23E+15;Acme;VR-6;2019;;;\n"
    )
    outcome = importing("assets", MACHINES, text)
    assert told(outcome) == [
        (2, "geplaatst", "30-02-2019", "is no date that exists"),
        (3, "prijs", "-5", "is negative"),
        (4, "weg", "2018-01-01", "lies before the machine was installed"),
        (5, "nr", "", "is empty, and it is the key"),
        (6, "onder", "99", "is not known as asset, or is not clear"),
        (8, "nr", "6", "is on line 7 already"),
        (9, "onder", "9", "stands under itself"),
        (10, "onder", "8", "stands under itself"),
        (11, "account", "", "is empty, and asset needs it"),
        (12, "nr", "1,23E+15", "is in scientific notation: the spreadsheet has lost digits of this id"),
    ]
    assert top(outcome) == (11, 1, 0, 0, 10)
    assert list(Asset.objects.values_list("serial", flat=True)) == ["6"]
    assert ImportProblem.objects.count() == 10


def test_capitals_alone_make_no_other_key(importing):
    text = "id,name,city,owner\nAb,Acme,,\naB,Bolt,,\n"
    assert told(importing("accounts", ACCOUNTS, text)) == [(3, "id", "aB", "is on line 2 already")]
    assert told(importing("accounts", ACCOUNTS, "id,name,city,owner\nAB,Acme,,\n")) == [
        (2, "id", "AB", "is known already, in other capitals")
    ]
    strict = ACCOUNTS.replace('key = "id"', 'key = "id"\ncase_sensitive = true')
    assert top(importing("accounts", strict, text))[1:3] == (1, 0)


def test_a_serial_that_another_source_has_is_rejected(importing):
    product = cast.product("VR-6", source="erp", external_id="VR-6")
    cast.asset(cast.account("Other"), serial="7", product=product)
    outcome = importing("assets", MACHINES, HEADER + "7;Acme;VR-6;2019;;;\n8;Acme;VR-6;2019;;;\n")
    assert told(outcome) == [(2, "nr", "7", "is known already, from another source or under another key")]
    assert Asset.objects.filter(serial="8").exists()


def test_an_account_that_only_bad_rows_need_is_not_made(importing):
    text = "number,customer,start,end,value\nC1,Acme,2026-01-01,2025-12-31,10\nC2,Bolt,2026-01-01,2026-12-31,10\n"
    outcome = importing("contracts", CONTRACTS, text)
    assert told(outcome) == [(2, "end", "2025-12-31", "lies before the start")]
    assert list(Account.objects.values_list("name", flat=True)) == ["Bolt"]
    assert list(Contract.objects.values_list("number", flat=True)) == ["C2"]


def test_an_owner_who_does_not_exist_is_told(importing):
    mapping = ACCOUNTS.replace(', default = "Desk", create = true', "")
    outcome = importing("accounts", mapping, "id,name,city,owner\n1,A,,Nobody\n2,B,,\n")
    assert told(outcome) == [(2, "owner", "Nobody", "is not known as owner, or is not clear")]
    assert Account.objects.get().owner.name == "Unassigned"


def test_ragged_rows_are_told(importing):
    outcome = importing("accounts", ACCOUNTS, "id,name,city,owner\n1,A\n2,B,,,x\n3,C,,\n4,D,,,\n")
    assert [p[0] for p in told(outcome)] == [2, 3]
    assert top(outcome) == (4, 2, 0, 0, 2)


def test_atomic_writes_nothing_while_one_row_is_bad(importing):
    text = "id,name,city,owner\n1,A,,\n2,,,\n"
    outcome = importing("accounts", ACCOUNTS, text, atomic=True)
    assert (outcome.rejected, outcome.created, outcome.written) == (1, 0, False)
    assert (Account.objects.count(), ImportBatch.objects.count(), Owner.objects.count()) == (0, 0, 0)
    assert top(importing("accounts", ACCOUNTS, "id,name,city,owner\n1,A,,\n", atomic=True)) == (1, 1, 0, 0, 0)


def test_a_dry_run_counts_and_writes_nothing(importing):
    outcome = importing("accounts", ACCOUNTS, "id,name,city,owner\n1,A,,\n", dry_run=True)
    assert top(outcome) == (1, 1, 0, 0, 0)
    assert [m.objects.count() for m in (Account, ImportBatch, Owner, Touched, Outbox)] == [0] * 5
    assert audit_rows() == 0


# Contracts


def test_terms_lines_of_cover_levels_and_successors(importing):
    account = cast.account("Acme", source="erp", external_id="A")
    for serial in ("S1", "S2"):
        cast.asset(account, source="erp", external_id=serial, serial=serial)
    mapping = """
    source = "erp"
    currency = "EUR"
    [contract]
    key = "nr"
    number = "nr"
    account = "klant"
    [term]
    key = ["nr", "start"]
    starts_on = "start"
    ends_on = "end"
    annual_value = "prijs"
    level = { column = "niveau", create = true }
    notice_months = { constant = "3" }
    [coverage]
    asset = "machine"
    """
    text = (
        "nr,klant,start,end,prijs,niveau,machine\n"
        "C1,A,2025-01-01,2025-12-31,1200,Gold,S1\n"
        "C1,A,2026-01-01,2026-12-31,1300,Gold,S1\n"
        "C1,A,2026-01-01,2026-12-31,1300,Gold,S2\n"
    )
    outcome = importing("contracts", mapping, text)
    assert top(outcome) == (3, 3, 0, 0, 0)
    assert {k: v["created"] for k, v in outcome.kinds.items()} == {"contracts": 1, "terms": 2, "coverages": 3}
    first, second = Term.objects.order_by("number")
    assert (first.number, second.number, second.level.name, second.notice_months) == (1, 2, "Gold", 3)
    assert TermSuccession.objects.get(term=first).successor == second
    assert Coverage.objects.filter(term=second, ends_on=date(2026, 12, 31)).count() == 2
    assert top(importing("contracts", mapping, text)) == (3, 0, 0, 3, 0)
    changed = text.replace("1300,Gold,S2", "1400,Gold,S2")
    assert told(importing("contracts", mapping, changed)) == [
        (4, "prijs", "1400.00", "differs from line 3, which has the same key")
    ]


def test_a_whole_term_becomes_a_years_price(importing):
    importing(
        "contracts",
        CONTRACTS,
        "number,customer,start,end,value\nC1,A,2026-01-01,2027-12-31,60000\nC2,A,2026-01-01,,9\n",
    )
    terms = Term.objects.order_by("contract__number").values_list(
        "total_value", "annual_value", "annual_value_reporting"
    )
    assert list(terms) == [
        (Decimal(60000), Decimal(30000), Decimal(30000)),
        (Decimal(9), None, None),
    ]


# Money


def test_foreign_money_is_valued_at_the_rate_of_its_own_date_and_stays_so(importing):
    mapping = """
    source = "erp"
    [ledger]
    key = "id"
    account = { column = "klant", create = true }
    on = "day"
    amount = "amount"
    currency = "cur"
    stream = { constant = "parts" }
    """
    ExchangeRate.objects.create(currency="USD", on=date(2026, 1, 1), rate=Decimal("0.9"))
    text = "id,klant,day,amount,cur\n1,A,2026-02-01,100,USD\n2,A,2025-02-01,100,USD\n3,A,2026-02-01,100,EUR\n"
    assert top(importing("ledger", mapping, text)) == (3, 3, 0, 0, 0)
    assert list(LedgerEntry.objects.order_by("external_id").values_list("amount_reporting", flat=True)) == [
        Decimal(90),
        None,
        Decimal(100),
    ]
    ExchangeRate.objects.update(rate=Decimal("0.5"))
    assert top(importing("ledger", mapping, text)) == (3, 0, 0, 3, 0)


def test_the_reporting_currency_is_taken_over_while_there_are_no_amounts(importing):
    text = "number,customer,start,end,value\nC1,A,2026-01-01,2026-12-31,10\n"
    outcome = importing("contracts", CONTRACTS.replace('currency = "EUR"', 'reporting_currency = "AUD"'), text)
    assert (Organisation.objects.get().reporting_currency, outcome.warnings) == ("AUD", [])
    assert Term.objects.get().total_value_reporting == 10
    later = importing("contracts", CONTRACTS.replace('currency = "EUR"', 'reporting_currency = "USD"'), text)
    assert Organisation.objects.get().reporting_currency == "AUD"
    assert len(later.warnings) == 1


# Orders


def test_an_order_with_lines_and_ledger_rows_out_of_one_file(importing):
    account = cast.account("Acme", source="erp", external_id="A")
    machine = cast.asset(account, source="erp", external_id="S1", first_evidence_on=None)
    mapping = """
    source = "erp"
    currency = "EUR"
    [order]
    key = "so"
    number = "so"
    account = "klant"
    ordered_on = "day"
    [line]
    description = "part"
    asset = "machine"
    quantity = "n"
    amount = "amount"
    [ledger]
    stream = { constant = "parts" }
    amount = "amount"
    """
    text = "so,klant,day,part,machine,n,amount\nO1,A,2026-02-01,Belt,S1,2,10.50\nO1,A,2026-02-01,Belt,,1,5\n"
    outcome = importing("orders", mapping, text)
    assert {k: v["created"] for k, v in outcome.kinds.items()} == {"orders": 1, "order_lines": 2, "ledger": 2}
    order = PartsOrder.objects.get()
    assert (order.amount, order.amount_reporting, order.currency) == (Decimal("15.50"), Decimal("15.50"), "EUR")
    assert list(order.lines.order_by("id").values_list("external_id", "quantity", "amount_reporting")) == [
        ("O1/1", Decimal(2), Decimal("10.50")),
        ("O1/2", Decimal(1), Decimal(5)),
    ]
    entry = LedgerEntry.objects.order_by("id").first()
    assert (entry.account, entry.on, entry.order_reference, entry.state) == (account, date(2026, 2, 1), "O1", "posted")
    machine.refresh_from_db()
    assert machine.first_evidence_on == date(2026, 2, 1)
    assert top(importing("orders", mapping, text)) == (2, 0, 0, 2, 0)


def test_a_posted_row_replaces_the_planned_one(importing):
    account = cast.account("Acme", source="erp", external_id="A")
    cast.posted(account, date(2026, 1, 1), 100, state="planned", plan_key="C1/2026")
    mapping = """
    source = "erp"
    [ledger]
    key = "id"
    account = "klant"
    on = "day"
    amount = "amount"
    plan_key = "plan"
    """
    importing("ledger", mapping, "id,klant,day,amount,plan\n1,A,2026-01-05,110,C1/2026\n")
    assert list(LedgerEntry.objects.values_list("state", "amount")) == [("posted", Decimal(110))]


# People


def test_users_get_an_owner_and_a_team(importing):
    mapping = """
    source = "hr"
    [user]
    key = "login"
    username = "login"
    name = "name"
    role = { column = "job", values = { "Account manager" = "sales" } }
    team = { column = "team", create = true }
    """
    text = "login,name,job,team\nmoses,Moses Frase,Account manager,Central\ndar,Darcel Schlecht,CS manager,Central\n"
    assert top(importing("users", mapping, text)) == (2, 2, 0, 0, 0)
    moses = User.objects.get(username="moses")
    assert (moses.first_name, moses.last_name, moses.role, moses.owner.name) == (
        "Moses",
        "Frase",
        "sales",
        "Moses Frase",
    )
    assert not moses.has_usable_password()
    assert set(moses.memberships.values_list("team__name", flat=True)) == {"Central"}
    assert top(importing("users", mapping, text)) == (2, 0, 0, 2, 0)


def test_a_user_changes_only_what_is_theirs(importing):
    north, south = cast.pool("North"), cast.pool("South")
    anna = cast.person("anna", Role.CS_MANAGER, north)
    cast.account("Ours", north, source="erp", external_id="1")
    theirs = cast.account("Theirs", south, source="erp", external_id="2")
    mapping = 'source = "erp"\n[account]\nkey = "id"\nname = "name"\n'
    outcome = importing("accounts", mapping, "id,name\n1,Ours BV\n2,Hijacked\n", by=anna)
    assert told(outcome) == [(3, "id", "2", "is not known as account; create = true would make it")]
    theirs.refresh_from_db()
    assert (theirs.name, ImportBatch.objects.get().by) == ("Theirs", anna)
    sites = 'source = "erp"\n[site]\nkey = "id"\nname = "name"\naccount = "acc"\n'
    outcome = importing("sites", sites, "id,name,acc\n1,Plant,1\n2,Plant,2\n", by=anna)
    assert told(outcome) == [(3, "acc", "2", "is not known as account, or is not clear")]
    assert Site.objects.get().account.name == "Ours BV"


# The mapping itself


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ('[account]\nkey = "id"\n', "does not say its source"),
        ('source = "x"\n[account]\nkey = "idd"\nname = "name"\n', r'\[account\] key: there is no "idd"; near it: "id"'),
        ('source = "x"\n[account]\nkey = "id"\nnaam = "name"\n', r'\[account\]: there is no "naam"; near it: "name"'),
        ('source = "x"\n[acount]\nkey = "id"\n', 'there is no "acount"; near it: "account"'),
        ('source = "x"\nkind = "assets"\n[account]\nkey = "id"\n', "is for assets, not for accounts"),
        ('source = "x"\n', r"no section \[account\]"),
        ('source = "x', "is no TOML"),
        (
            'source = "x"\n[account]\nkey = "id"\nname = { colunm = "name" }\n',
            'there is no "colunm"; near it: "column"',
        ),
        ('source = "x"\n[account]\nkey = "id"\nname = { column = "name", pattern = "(" }\n', "no regular expression"),
        ('source = "x"\n[file]\nlocale = "xx"\n[account]\nkey = "id"\n', 'locale: there is no "xx"'),
    ],
)
def test_a_wrong_mapping_is_refused_in_a_sentence(importing, mapping, sentence):
    with pytest.raises(Refused, match=sentence):
        importing("accounts", mapping, "id,name\n1,A\n")
    assert Account.objects.count() == ImportBatch.objects.count() == 0


def test_an_account_brings_what_an_hour_of_standstill_costs_and_none_below_zero(importing):
    mapping = ACCOUNTS + 'downtime_cost_hour = "hour"\n'
    found = importing("accounts", mapping, "id,name,city,owner,hour\nA1,Voss,Ede,,62.50\nA2,Bol,Ede,,-3\n")
    assert (top(found), [p[:3] for p in told(found)]) == ((2, 1, 0, 0, 1), [(3, "hour", "-3")])
    assert [a.downtime_cost_hour for a in Account.objects.all()] == [Decimal("62.50")]
