"""A generated base: the same for the same number of accounts, written by COPY into a database of its own."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, connections, models

from bench.facts import PART, WRITTEN, fill_facts
from core.bulk import copy_rows
from core.calendar import BEGINNING, add_months
from core.models import Membership, Owner, Role, Team, User
from installed_base.models import (
    Account,
    AccountPeriod,
    Asset,
    AssetPeriod,
    ContactPeriod,
    Contract,
    Coverage,
    CoveragePeriod,
    LedgerEntry,
    Level,
    Product,
    ProductFamily,
    ProductLine,
    Term,
    TermPeriod,
    TicketPeriod,
)

DATABASE = "bowtie_bench"
SMALL = "bowtie_bench_small"
EMPTY = "bowtie_bench_empty"
TEAMS, PEOPLE = 10, 5
ASSETS = TERMS = 10
PRODUCTS = 20
LEVELS = ("Basic", "Premium", "Full")
SUCCEEDED = date(2025, 1, 1)


def use(name: str) -> None:
    """Point Django's one connection at this database."""
    connection.close()
    connections["default"].settings_dict["NAME"] = name


def build(sizes: dict[str, int], on: date) -> None:
    """Make these databases anew, each with so many accounts, as things stand on that date."""
    home = connection.settings_dict["NAME"]
    _create(EMPTY, None)
    # Of the template alone, so that what is measured waits for the disk as in life.
    _statement(f'ALTER DATABASE "{EMPTY}" SET synchronous_commit = off')
    use(EMPTY)
    call_command("migrate", verbosity=0)
    for name, accounts in sizes.items():
        use(home)
        _create(name, EMPTY)
        use(name)
        fill(accounts, on)


def there(name: str) -> bool:
    """Whether a database of that name was left by an earlier run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
        return bool(cursor.fetchone()[0])


def drop(names: Iterable[str], home: str) -> None:
    use(home)
    for name in names:
        _statement(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _create(name: str, template: str | None) -> None:
    connection.close()
    _statement(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _statement(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))


def _statement(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def fill(accounts: int, on: date) -> None:
    """Write the base. Triggers rest meanwhile: the audit trail starts with what happens afterwards."""
    chance = random.Random(7)
    owners = _people()
    _products()
    _statement("SET session_replication_role = replica")
    _statement("SET synchronous_commit = off")
    copy(Account, _accounts(accounts, owners, chance))
    copy(Asset, _assets(accounts, on, chance))
    copy(Contract, _contracts(accounts))
    copy(Term, _terms(accounts, on, chance))
    copy(Coverage, _coverages(accounts, on))
    copy(LedgerEntry, _ledger(accounts, on, chance))
    fill_facts(accounts, ASSETS, on)
    for period in (AccountPeriod, AssetPeriod, TermPeriod, CoveragePeriod, ContactPeriod, TicketPeriod):
        _periods(period)
    _statement("SET session_replication_role = DEFAULT")
    _statement("SET synchronous_commit = DEFAULT")
    _sequences()
    _statement("VACUUM ANALYZE")


def copy(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """COPY rows that say some fields of a model; the others take their default."""
    stream = iter(rows)
    first = next(stream)
    fixed = {str(f.column): _default(f) for f in model._meta.concrete_fields if f.column not in first}
    fixed = {c: v for c, v in fixed.items() if v is not NotImplemented}
    columns = [str(c) for c in (*first, *fixed)]
    tail = tuple(fixed.values())
    copy_rows(model._meta.db_table, columns, _tuples(first, stream, tail))


def _tuples(first: dict[str, Any], rest: Iterator[dict[str, Any]], tail: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    yield (*first.values(), *tail)
    for row in rest:
        yield (*row.values(), *tail)


def _default(field: Any) -> Any:
    """The value of a field nobody gave; NotImplemented leaves it to the database."""
    if field.primary_key or field.has_db_default():
        return NotImplemented
    if field.has_default():
        value = field.get_default()
        return "{}" if isinstance(value, dict) else value
    return None if field.null else ""


def _people() -> list[int]:
    """Teams of people who own accounts, a lead above each team, and one who sees everything."""
    for t in range(TEAMS):
        team = Team.objects.create(name=f"Team {t}")
        for p in range(PEOPLE):
            user = User.objects.create(username=f"manager{t}-{p}", role=Role.CS_MANAGER)
            Membership.objects.create(team=team, user=user)
        lead = User.objects.create(username=f"lead{t}", role=Role.TEAM_LEAD)
        Membership.objects.create(team=team, user=lead)
    User.objects.create(username="executive", role=Role.EXECUTIVE)
    people = User.objects.filter(role=Role.CS_MANAGER).order_by("pk")
    return [Owner.objects.of(user).pk for user in people]


def _products() -> None:
    """Machines, every tenth used to its ceiling, every fourth with a successor; and a part, worn after 1,500 hours."""
    line = ProductLine.objects.create(name="Robots")
    family = ProductFamily.objects.create(name="Robots", expected_life_years=12)
    made = {"known_on": BEGINNING, "source": "bench", "currency": "EUR"}
    Product.objects.bulk_create(
        Product(
            pk=n, name=f"VR-{n}", external_id=f"P{n}", line=line, family=family, list_price=130_000,
            monthly_capacity=1400 if n % 10 else 1150, successor_id=n - 1 if n % 4 == 0 else None,
            successor_from=SUCCEEDED if n % 4 == 0 else None, **made,
        )
        for n in range(1, PRODUCTS + 1)
    )  # fmt: skip
    Product.objects.create(
        pk=PART, name="Gripper pad", external_id="PART", kind=Product.Kind.PART, wear_hours=1500, list_price=90, **made
    )
    for rung, name in enumerate(LEVELS, 1):
        Level.objects.create(pk=rung, key=name.lower(), name=name, rung=rung, list_price=2000 * rung, currency="EUR")


def _accounts(accounts: int, owners: list[int], chance: random.Random) -> Iterator[dict[str, Any]]:
    segments, countries = ("enterprise", "mid_market", "small"), ("NL", "DE", "BE", "FR")
    for n in range(1, accounts + 1):
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"A{n}",
            "name": f"Customer {n:07}",
            "segment": chance.choice(segments),
            "country": chance.choice(countries),
            "city": f"City {n % 100}",
            "owner_id": chance.choice(owners),
            "known_on": BEGINNING,
        }


def _assets(accounts: int, on: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(1, accounts * ASSETS + 1):
        installed = on - timedelta(days=chance.randrange(20 * 365))
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"M{n}",
            "serial": f"S{n:08}",
            "name": f"Machine {n}",
            "account_id": (n - 1) // ASSETS + 1,
            "product_id": n % PRODUCTS + 1,
            "ordered_on": installed - timedelta(days=90),
            "installed_on": installed,
            "first_evidence_on": installed,
            "warranty_ends_on": installed + timedelta(days=730),
            "price": "125000.00",
            "currency": "EUR",
            "price_reporting": "125000.00",
            "known_on": installed,
        }


def _contracts(accounts: int) -> Iterator[dict[str, Any]]:
    for n in range(1, accounts * TERMS + 1):
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"C{n}",
            "number": f"SC-{n:08}",
            "account_id": (n - 1) // TERMS + 1,
            "known_on": BEGINNING,
        }


def _starts(n: int, on: date) -> date:
    """Three-year terms, their ends spread evenly over the three years from that date and the one before."""
    return on - timedelta(days=3 * 365) + timedelta(days=n * 7919 % (4 * 365) - 365)


def _terms(accounts: int, on: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(1, accounts * TERMS + 1):
        starts = _starts(n, on)
        value = f"{chance.randrange(2000, 60000)}.00"
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"T{n}",
            "contract_id": n,
            "level_id": n % len(LEVELS) + 1,
            "starts_on": starts,
            "ends_on": add_months(starts, 36) - timedelta(days=1),
            "signed_on": starts - timedelta(days=30),
            "notice_months": n % 4,
            "tacit_months": 12 if n % 5 == 0 else None,
            "annual_value": value,
            "annual_value_reporting": value,
            "currency": "EUR",
            "known_on": starts,
        }


def _coverages(accounts: int, on: date) -> Iterator[dict[str, Any]]:
    for n in range(1, accounts * TERMS + 1):
        starts = _starts(n, on)
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"V{n}",
            "term_id": n,
            "asset_id": n,
            "starts_on": starts,
            "ends_on": add_months(starts, 36) - timedelta(days=1),
            "known_on": starts,
        }


def _ledger(accounts: int, on: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    streams = ("service_contract", "parts", "machine", "upgrade", "training")
    for n in range(1, accounts * 20 + 1):
        amount = f"{chance.randrange(100, 20000)}.00"
        day = on - timedelta(days=chance.randrange(3 * 365))
        yield {
            "id": n,
            "source": "bench",
            "external_id": f"L{n}",
            "account_id": (n - 1) // 20 + 1,
            "stream": streams[n % 5],
            "on": day,
            "amount": amount,
            "amount_reporting": amount,
            "currency": "EUR",
            "known_on": day,
        }


def _periods(period: Any) -> None:
    """The first period of every subject, with its present values."""
    skip = {"id", "valid_from", "valid_to", "recorded_at"}
    fields = [f for f in period._meta.concrete_fields if f.name not in skip]
    subject = next(f for f in fields if f.name == period.subject_field)
    values = [f.column for f in fields if f is not subject]
    names = ", ".join(f'"{c}"' for c in values)
    _statement(
        f'INSERT INTO "{period._meta.db_table}" ("{subject.column}", valid_from, {names})'
        f" SELECT id, '{BEGINNING}', {names} FROM \"{subject.remote_field.model._meta.db_table}\""
    )


def _sequences() -> None:
    """Let the next row get the next number."""
    for model in (Account, Asset, Contract, Term, Coverage, LedgerEntry, Product, *WRITTEN):
        table = model._meta.db_table
        _statement(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
