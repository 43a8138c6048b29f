"""The public files, read plainly: a small loader of its own, so that the day is tested apart from the importer."""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.models import Owner, Team
from installed_base.models import Account, Asset, Contract, Term
from installed_base.rules import annual_value

DATA = Path(os.environ.get("BOWTIE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def rows(folder: str, name: str, origin: str) -> list[dict[str, str]]:
    path = DATA / folder / name
    if not path.exists():
        pytest.skip(f"{folder} is not there (BOWTIE_DATA); its public origin: {origin}")
    with path.open(encoding="latin-1", newline="") as file:
        return list(csv.DictReader(file))


def _pool() -> Owner:
    return Owner.objects.of(Team.objects.get_or_create(name="Imported")[0])


def load_turbines(known_on: date) -> None:
    """One account for all: the ladder asks for nothing but ages."""
    found = rows("assets_uswtdb", "uswtdb_v4_2_20211101.csv", "US Wind Turbine Database v4.2, USGS")
    account = Account.objects.create(name="Turbines", owner=_pool(), known_on=known_on)
    Asset.objects.bulk_create(
        (
            Asset(
                account=account,
                serial=row["case_id"],
                known_on=known_on,
                installed_on=date(int(row["p_year"]), 1, 1) if row["p_year"] else None,
            )
            for row in found
        ),
        batch_size=5000,
    )


def load_act(known_on: date) -> None:
    found = rows("contracts_act", "act_contracts_2025.csv", "ACT Government contracts register, CC0")
    account = Account.objects.create(name="Directorates", owner=_pool(), known_on=known_on)
    contracts = Contract.objects.bulk_create(
        Contract(account=account, number=row["contract_number"], known_on=known_on) for row in found
    )
    Term.objects.bulk_create(_act_term(contract, row, known_on) for contract, row in zip(contracts, found, strict=True))


def _act_term(contract: Contract, row: dict[str, str], known_on: date) -> Term:
    starts_on, ends_on = date.fromisoformat(row["execution_date"]), date.fromisoformat(row["expiry_date"])
    total = Decimal(row["amount"]) if row["amount"] else None
    value = annual_value(stated=None, total=total, starts_on=starts_on, ends_on=ends_on)
    return Term(
        contract=contract,
        starts_on=starts_on,
        ends_on=ends_on,
        known_on=known_on,
        source="act",
        external_id=row["details_url"],
        annual_value=value,
        annual_value_reporting=value,
        currency="AUD",
    )
