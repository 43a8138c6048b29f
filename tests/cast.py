"""A small fixed cast and short builders: a permission test is one line, a base is three."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from core.history import keep
from core.models import Membership, Owner, Role, Team, User
from installed_base.models import (
    Account,
    AccountPeriod,
    Asset,
    AssetPeriod,
    Contract,
    Coverage,
    CoveragePeriod,
    LedgerEntry,
    Product,
    Term,
    TermPeriod,
)
from installed_base.rules import annual_value

KNOWN = date(2020, 1, 1)
_number = count(1)


def person(username: str, role: str = Role.CS_MANAGER, team: Team | None = None) -> User:
    """A user with a role, an owner row, and perhaps a team. The password is the username."""
    user = User.objects.create_user(username, f"{username}@example.com", username, role=role, first_name=username)
    Owner.objects.of(user)
    if team:
        Membership.objects.create(team=team, user=user)
    return user


def pool(name: str, parent: Team | None = None) -> Team:
    team = Team.objects.create(name=name, parent=parent)
    Owner.objects.of(team)
    return team


def account(name: str = "", owner: User | Team | None = None, **values: Any) -> Account:
    """An account; without an owner it belongs to a pool called "Nobody in particular"."""
    party = owner or Team.objects.get_or_create(name="Nobody in particular")[0]
    values = {"known_on": KNOWN} | values
    row = Account.objects.create(name=name or f"Account {next(_number)}", owner=Owner.objects.of(party), **values)
    keep(AccountPeriod, [row.pk], on=row.known_on)
    return row


def product(name: str = "VR-6", **values: Any) -> Product:
    return Product.objects.create(name=name, **({"known_on": KNOWN} | values))


def asset(at: Account, installed_on: date | None = None, **values: Any) -> Asset:
    values = {"known_on": KNOWN, "serial": f"S-{next(_number):05}", "first_evidence_on": installed_on} | values
    row = Asset.objects.create(account=at, installed_on=installed_on, **values)
    keep(AssetPeriod, [row.pk], on=row.known_on)
    return row


def term(at: Account, starts_on: date, ends_on: date | None, annual: int | str | None = 12000, **values: Any) -> Term:
    """The first term of a new contract, in euros, from a source of record."""
    known = values.get("known_on", KNOWN)
    number = f"SC-{next(_number):05}"
    contract = values.pop("contract", None) or Contract.objects.create(account=at, number=number, known_on=known)
    stated = None if annual is None else Decimal(annual)
    value = annual_value(stated=stated, total=None, starts_on=starts_on, ends_on=ends_on)
    defaults = {"known_on": known, "source": "test", "external_id": f"{number}/{next(_number)}", "currency": "EUR"}
    row = Term.objects.create(
        contract=contract,
        starts_on=starts_on,
        ends_on=ends_on,
        annual_value=value,
        annual_value_reporting=value,
        **(defaults | values),
    )
    keep(TermPeriod, [row.pk], on=row.known_on)
    return row


def cover(of: Term, machine: Asset, **values: Any) -> Coverage:
    defaults = {"known_on": KNOWN, "starts_on": of.starts_on, "ends_on": of.ends_on}
    row = Coverage.objects.create(term=of, asset=machine, **(defaults | values))
    keep(CoveragePeriod, [row.pk], on=row.known_on)
    return row


def posted(at: Account, on: date, amount: Decimal | int | str, stream: str = "other", **values: Any) -> LedgerEntry:
    """A posted ledger row in euros."""
    value = Decimal(amount)
    defaults = {"known_on": KNOWN, "currency": "EUR", "amount_reporting": value}
    return LedgerEntry.objects.create(account=at, on=on, amount=value, stream=stream, **(defaults | values))
