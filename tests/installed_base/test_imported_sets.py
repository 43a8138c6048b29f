"""The real sets through their own mappings give the figures that were computed independently of us.

The big set is imported once for all tests of this module; every test runs inside a savepoint of that import.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Count, Max, Q, Sum

from core.calendar import add_months
from core.importing.engine import Outcome, import_file
from core.importing.entities import kind as kind_named
from core.models import ImportBatch, Organisation, Role
from core.scope import System
from installed_base.models import Account, Asset, AssetEvent, LedgerEntry, PartsOrder, Product, Site, Term, Ticket
from tests import cast
from tests.answering import by_command, differing, silent

ROOT = Path(__file__).parents[2]
DATA = ROOT / os.environ.get("BOWTIE_DATA", "../shared/data")
MAPPINGS = ROOT / "docs" / "mappings"
ON = date(2026, 11, 21)


def imported(kind: str, folder: str, file: str, mapping: str, origin: str) -> Outcome:
    path = DATA / folder / file
    if not path.exists():
        pytest.skip(f"{folder}/{file} is not here (BOWTIE_DATA); the set is public: {origin}.")
    return import_file(kind=kind_named(kind), path=path, mapping=MAPPINGS / f"{mapping}.toml", on=ON, by=System("test"))


def turbines() -> Outcome:
    origin = "U.S. Wind Turbine Database v4.2, USGS"
    return imported("assets", "assets_uswtdb", "uswtdb_v4_2_20211101.csv", "assets_uswtdb", origin)


def act() -> Outcome:
    return imported("contracts", "contracts_act", "act_contracts_2025.csv", "contracts_act", "tenders.act.gov.au")


def unl() -> Outcome:
    return imported(
        "contracts", "contracts_unl", "Cleaned_Contracts.csv", "contracts_unl", "statecontracts.nebraska.gov"
    )


def adventureworks() -> list[Outcome]:
    origin = "AdventureWorks, microsoft/sql-server-samples"
    folder, name = "orders_adventureworks", "orders_adventureworks"
    return [
        imported("accounts", folder, "Resellers.csv", f"{name}_accounts", origin),
        imported("products", folder, "Product.csv", f"{name}_products", origin),
        imported("orders", folder, "FactResellerSales.csv", name, origin),
    ]


def outages() -> tuple[Outcome, Outcome]:
    folder, origin = "tickets_dcmetro", "github.com/LeeMendelowitz/DCMetroMetrics, ODbL 1.0"
    units = imported("assets", folder, "units.csv", "tickets_dcmetro_units", origin)
    return units, imported("tickets", folder, "status_events.csv", "tickets_dcmetro", origin)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """All four sets in one transaction that is rolled back: Australian dollars come first and are reported in."""
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        try:
            yield {"act": act(), "unl": unl(), "uswtdb": turbines(), "adventureworks": adventureworks()[-1]}
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


@pytest.fixture
def sets(loaded):
    with transaction.atomic():
        yield loaded
        transaction.set_rollback(True)


def counts(outcome: Outcome) -> tuple[int, ...]:
    return outcome.read, outcome.created, outcome.updated, outcome.unchanged, outcome.rejected


def test_every_row_of_every_set_lands(sets):
    assert {name: counts(outcome) for name, outcome in sets.items()} == {
        "uswtdb": (70142, 70142, 0, 0, 0),
        "act": (1296, 1296, 0, 0, 0),
        "unl": (3699, 3699, 0, 0, 0),
        "adventureworks": (57851, 57851, 0, 0, 0),
    }
    assert {k: v["created"] for k, v in sets["uswtdb"].kinds.items()} == {
        "accounts": 1695,
        "sites": 1944,
        "products": 331,
        "assets": 70142,
        "asset_events": 69569 + 5987,
    }
    assert {k: v["created"] for k, v in sets["adventureworks"].kinds.items()} == {
        "orders": 3616,
        "order_lines": 57851,
        "ledger": 57851,
    }
    assert Organisation.objects.get().reporting_currency == "AUD"
    assert not ImportBatch.objects.filter(finished_at__isnull=True).exists()


def test_every_figure_answers_on_them(sets, client):
    found = by_command(ON)
    assert silent(found) == []
    known = {key for key, one in found.items() if one["value"] is not None}
    assert {"assets_in_service", "contracts_in_force", "contracted_value"} <= known
    assert differing(found, ON, cast.person("boss", Role.EXECUTIVE), client) == []


def ages(on: date) -> tuple[int, ...]:
    """Machines in service by full years since installation: under 5, 5 to 10, 10 and more, unknown."""
    machines = Asset.objects.filter(source="uswtdb").in_service(on)
    five, ten = add_months(on, -60), add_months(on, -120)
    return (
        machines.filter(installed_on__gt=five).count(),
        machines.filter(installed_on__lte=five, installed_on__gt=ten).count(),
        machines.filter(installed_on__lte=ten).count(),
        machines.filter(installed_on__isnull=True).count(),
    )


def test_turbines_by_age(sets):
    assert ages(date(2026, 11, 21)) == (0, 20096, 49473, 573)
    assert ages(date(2021, 11, 1)) == (20096, 17973, 31500, 573)
    assert Asset.objects.filter(source="uswtdb", installed_on__lte=add_months(ON, -144)).count() == 41375


def test_turbines_products_sites_and_retrofits(sets):
    machines = Asset.objects.filter(source="uswtdb")
    assert machines.filter(product__isnull=True).count() == 5082
    assert not Product.objects.filter(source="uswtdb", manufacturer="").exists()
    assert Account.objects.filter(source="uswtdb", name__contains="Mesteño").count() == 1
    assert set(machines.exclude(installed_on=None).values_list("installed_precision", flat=True)) == {"year"}
    assert AssetEvent.objects.filter(source="uswtdb", kind="retrofitted").count() == 5987
    spanning = Site.objects.filter(source="uswtdb").values_list("account_id", "region")
    states: dict[int, set[str]] = {}
    for account, region in spanning:
        states.setdefault(account, set()).add(region.rpartition(", ")[2])
    assert sum(len(s) > 1 for s in states.values()) == 20


def in_force(on: date):
    return Term.objects.filter(source="act").in_force(on)


def up_for_renewal(on: date, days: int):
    return in_force(on).filter(ends_on__range=(on, on + timedelta(days=days)))


@pytest.mark.parametrize(
    ("on", "running", "due"), [(date(2026, 11, 21), 512, (84, 102, 120)), (date(2026, 1, 9), 1285, (63, 139, 223))]
)
def test_act_contracts_in_force_and_up_for_renewal(sets, on, running, due):
    assert in_force(on).count() == running
    assert tuple(up_for_renewal(on, days).count() for days in (30, 60, 90)) == due


def test_act_value_of_the_next_ninety_days(sets):
    total = up_for_renewal(ON, 90).aggregate(total=Sum("total_value_reporting"))["total"]
    assert total == Decimal("43262417.33")
    assert Term.objects.filter(source="act", annual_value_reporting__isnull=True).count() == 0


def test_open_ended_contracts_of_the_university(sets):
    terms = Term.objects.filter(source="unl")
    assert terms.filter(ends_on__isnull=True).count() == 3283
    assert terms.aggregate(last=Max("ends_on"))["last"] < date(2099, 1, 1)
    assert Account.objects.filter(source="unl").count() == 1574


def revenue(last: date) -> dict[int, Decimal]:
    """Posted revenue per account in the twelve months that end on `last`."""
    window = Q(source="adventureworks", state="posted", on__gt=add_months(last, -12), on__lte=last)
    rows = LedgerEntry.objects.filter(window).values_list("account").annotate(total=Sum("amount"))
    return {account: total for account, total in rows if total > 0}


@pytest.mark.parametrize(
    ("on", "net", "gross", "logos"),
    [
        (date(2019, 12, 31), "0.9943", "0.7189", "0.8273"),
        (date(2019, 6, 30), "0.7111", "0.4607", "0.6971"),
    ],
)
def test_adventureworks_retention(sets, on, net, gross, logos):
    now, before = revenue(on), revenue(add_months(on, -12))
    start = sum(before.values())
    kept = {a: now.get(a, Decimal(0)) for a in before}
    shares = (
        sum(kept.values()) / start,
        sum(min(kept[a], before[a]) for a in before) / start,
        Decimal(sum(v > 0 for v in kept.values())) / len(before),
    )
    assert tuple(f"{s:.4f}" for s in shares) == (net, gross, logos)


def test_adventureworks_silent_customers(sets):
    on = date(2020, 5, 31)
    last = PartsOrder.objects.filter(source="adventureworks", ordered_on__lte=on).values("account")
    last = last.annotate(last=Max("ordered_on"))
    assert (last.filter(last__lt=add_months(on, -6)).count(), last.count()) == (166, 632)
    assert Account.objects.filter(source="adventureworks", parts_orders__isnull=True).count() == 69
    assert LedgerEntry.objects.filter(source="adventureworks", cost_reporting__isnull=False).count() == 0


def test_the_same_files_again_change_nothing(sets):
    assert [counts(o) for o in (turbines(), act(), unl())] == [
        (70142, 0, 0, 70142, 0),
        (1296, 0, 0, 1296, 0),
        (3699, 0, 0, 3699, 0),
    ]
    assert [counts(o)[1:] for o in adventureworks()] == [(0, 0, 701, 0), (0, 0, 397, 0), (0, 0, 57851, 0)]


@pytest.mark.django_db
def test_every_breakdown_of_the_metro_is_one_ticket_of_its_unit():
    """42,365 breakdowns, and for each of the 891 units the number that the source counted itself."""
    units, tickets = outages()
    assert (counts(units), counts(tickets)) == ((891, 891, 0, 0, 0), (42365, 42365, 0, 0, 0))
    own = Asset.objects.filter(source="dcmetro").annotate(n=Count("tickets"))
    theirs = {a.external_id: int(a.attributes["src_alltime_num_breaks"]) for a in own}
    assert {a.external_id: a.n for a in own} == theirs
    found = Ticket.objects.filter(source="dcmetro")
    assert (found.filter(resolved_at__isnull=True).count(), found.filter(site__isnull=True).count()) == (22, 0)
    assert not found.filter(resolved_at__isnull=False, downtime_hours__isnull=True).exists()
    assert own.filter(first_evidence_on__isnull=True).count() == sum(n == 0 for n in theirs.values())
    first = found.get(external_id="A01E01ESCALATOR/2013-06-09T11:16:15Z")
    by_hand = Decimal("4.38")  # from 11:16:15 to 15:39:17: 4 h 23 min 2 s
    assert (first.downtime_hours, first.title) == (by_hand, "Callback or repair")
    assert counts(outages()[1]) == (42365, 0, 0, 42365, 0)
