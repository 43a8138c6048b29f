"""A small fixed cast and short builders: a permission test is one line, a base is three."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from core.history import keep
from core.models import Membership, Owner, Role, Team, User
from health.models import Judgement, Question, SurveyAnswer
from installed_base.models import (
    Account,
    AccountPeriod,
    Asset,
    AssetPeriod,
    Contact,
    ContactMoment,
    ContactPeriod,
    Contract,
    Coverage,
    CoveragePeriod,
    LedgerEntry,
    Product,
    RoiRecord,
    Term,
    TermPeriod,
    Ticket,
    TicketPeriod,
    UsageReading,
    Visit,
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


def at_hour(on: date, hour: int = 9) -> datetime:
    """A moment of that day, in UTC."""
    return datetime.combine(on, time(hour), UTC)


def contact(at: Account, role: str = "operator", **values: Any) -> Contact:
    """A person at the customer: operator, engineering or management."""
    defaults = {"name": f"Contact {next(_number)}", "known_on": KNOWN}
    row = Contact.objects.create(account=at, role=role, **(defaults | values))
    keep(ContactPeriod, [row.pk], on=row.known_on)
    return row


def ticket(at: Account, opened_on: date, after_hours: int | None = None, **values: Any) -> Ticket:
    """A ticket opened at nine that day, resolved so many hours later; open without."""
    opened_at = at_hour(opened_on)
    resolved = None if after_hours is None else opened_at + timedelta(hours=after_hours)
    defaults = {"opened_at": opened_at, "resolved_at": resolved, "known_on": opened_on}
    row = Ticket.objects.create(account=at, **(defaults | values))
    keep(TicketPeriod, [row.pk], on=row.known_on)
    return row


def visit(at: Account, on: date, **values: Any) -> Visit:
    return Visit.objects.create(account=at, on=on, **({"known_on": on} | values))


def reading(of: Asset, on: date, run: int | str | None = 8, available: int | str | None = 10, **values: Any) -> Any:
    """Hours of a machine over the days that end on `on`; `days`, `output` and `good_output` as values."""
    hours = {"run_hours": run, "available_hours": available}
    return UsageReading.objects.create(asset=of, on=on, **({"known_on": on} | hours | values))


def moment(at: Account, on: date, with_: Contact | None = None, **values: Any) -> ContactMoment:
    """A call with somebody, or with that person."""
    return ContactMoment.objects.create(account=at, on=on, contact=with_, **({"known_on": on} | values))


def roi(at: Account, agreed_on: date, realised_on: date | None = None, **values: Any) -> RoiRecord:
    """A goal that was agreed, and the day on which it was met."""
    defaults = {"goal": f"Goal {next(_number)}", "known_on": agreed_on}
    return RoiRecord.objects.create(account=at, agreed_on=agreed_on, realised_on=realised_on, **(defaults | values))


def answer(at: Account, on: date, value: int | str, by: Contact | None = None, **values: Any) -> SurveyAnswer:
    """A satisfaction of that many out of ten."""
    defaults = {"question": Question.SATISFACTION, "value": Decimal(value), "known_on": on}
    return SurveyAnswer.objects.create(account=at, contact=by, answered_on=on, **(defaults | values))


def judgement(at: Account, on: date, value: int, until: date | None = None, **values: Any) -> Judgement:
    """What the CS manager thinks of them, out of 100; good for ninety days unless it says otherwise."""
    defaults = {"reason": "They told us so", "known_on": on, "counts_until": until or on + timedelta(days=90)}
    return Judgement.objects.create(account=at, on=on, value=value, **(defaults | values))
