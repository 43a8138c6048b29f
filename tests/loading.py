"""The real sets that the figures are known of, put into the tables straight from their files."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.bulk import copy_rows
from core.history import keep
from core.models import Owner, Team
from installed_base.models import (
    Account,
    AccountPeriod,
    Asset,
    Contract,
    LedgerEntry,
    PartsOrder,
    Term,
    TermPeriod,
)
from installed_base.models.assets import Precision
from installed_base.rules import annual_value

DATA = Path(os.environ.get("BOWTIE_DATA", "../shared/data"))
KNOWN = date(2026, 11, 21)


def _lines(name: str, origin: str, encoding: str = "utf-8-sig") -> Iterator[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here; the set is public: {origin}.")
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file)


def _copy(made: list[Any]) -> None:
    """Instances into their table by COPY: these are many, and nothing but their columns is needed."""
    model = type(made[0])
    fields = [f for f in model._meta.concrete_fields if f.name not in ("id", "recorded_at")]
    rows = ([_plain(getattr(one, f.attname)) for f in fields] for one in made)
    copy_rows(model._meta.db_table, [f.column for f in fields], rows)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _accounts(source: str, names: Iterable[str]) -> dict[str, Account]:
    owner = Owner.objects.of(Team.objects.get_or_create(name="Import")[0])
    known: dict[str, Any] = {"source": source, "known_on": KNOWN, "owner": owner}
    made = [Account(name=n, external_id=n, **known) for n in dict.fromkeys(names)]
    Account.objects.bulk_create(made, batch_size=5000)
    keep(AccountPeriod, [a.pk for a in made], on=KNOWN)
    return {a.external_id: a for a in made}


def turbines() -> None:
    """The US wind turbines: one machine each, installed in a year or at an unknown time."""
    rows = list(_lines("assets_uswtdb/uswtdb_v4_2_20211101.csv", "US Wind Turbine Database v4.2", "latin-1"))
    at = _accounts("uswtdb", (r["p_name"] for r in rows))
    _copy([_turbine(r, at[r["p_name"]]) for r in rows])


def _turbine(row: dict[str, str], at: Account) -> Asset:
    installed = date(int(row["p_year"]), 1, 1) if row["p_year"] else None
    return Asset(
        account=at,
        serial=row["case_id"],
        source="uswtdb",
        external_id=row["case_id"],
        known_on=KNOWN,
        installed_on=installed,
        first_evidence_on=installed,
        installed_precision=Precision.YEAR,
    )


def act_contracts() -> None:
    """The contracts of the ACT government, one term each."""
    rows = list(_lines("contracts_act/act_contracts_2025.csv", "tenders.act.gov.au"))
    at = _accounts("act", (r["directorate"] for r in rows))
    known: dict[str, Any] = {"source": "act", "known_on": KNOWN}
    contracts = [
        Contract(account=at[r["directorate"]], number=r["contract_number"], external_id=r["details_url"], **known)
        for r in rows
    ]
    Contract.objects.bulk_create(contracts)
    terms = [_term(r, c, known) for r, c in zip(rows, contracts, strict=True)]
    Term.objects.bulk_create(terms)
    keep(TermPeriod, [t.pk for t in terms], on=KNOWN)


def _term(row: dict[str, str], contract: Contract, known: dict[str, Any]) -> Term:
    value = Decimal(row["amount"])
    first, last = date.fromisoformat(row["execution_date"]), date.fromisoformat(row["expiry_date"])
    yearly = annual_value(stated=None, total=value, starts_on=first, ends_on=last)
    return Term(
        contract=contract,
        external_id=row["details_url"],
        starts_on=first,
        ends_on=last,
        total_value=value,
        total_value_reporting=value,
        annual_value=yearly,
        annual_value_reporting=yearly,
        currency="AUD",
        **known,
    )


def resellers() -> None:
    """The reseller orders of AdventureWorks: a ledger row per line and a parts order per order."""
    rows = list(_lines("orders_adventureworks/FactResellerSales.csv", "AdventureWorks, microsoft/sql-server-samples"))
    at = _accounts("aw", (r["ResellerKey"] for r in rows))
    _copy([_sale(r, at[r["ResellerKey"]], n) for n, r in enumerate(rows)])
    orders = {r["SalesOrderNumber"]: r for r in rows}
    _copy([_order(n, r, at[r["ResellerKey"]]) for n, r in orders.items()])


def _sale(row: dict[str, str], at: Account, number: int) -> LedgerEntry:
    value = Decimal(row["SalesAmount"])
    return LedgerEntry(
        account=at,
        on=date.fromisoformat(row["OrderDate"]),
        amount=value,
        amount_reporting=value,
        currency="USD",
        stream="parts",
        source="aw",
        external_id=str(number),
        known_on=KNOWN,
    )


def _order(number: str, row: dict[str, str], at: Account) -> PartsOrder:
    on = date.fromisoformat(row["OrderDate"])
    return PartsOrder(account=at, number=number, ordered_on=on, source="aw", external_id=number, known_on=KNOWN)
