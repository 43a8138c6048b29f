"""What happened at the customers of a generated base: tickets, orders, readings, conversations, answers, results.

Written by PostgreSQL itself from row numbers, so that millions of rows take a minute. The same for the same size.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection, models

from health.models import Judgement, SurveyAnswer
from installed_base.models import (
    Contact,
    ContactMoment,
    PartsOrder,
    PartsOrderLine,
    RoiRecord,
    Ticket,
    UsageReading,
)

# For each account: tickets, orders (with lines each), conversations, answers, people; for each machine: readings.
TICKETS, ORDERS, LINES, READINGS, MOMENTS, ANSWERS, CONTACTS = 10, 10, 5, 5, 5, 2, 3
# The part that wears: after the machines among the products.
PART = 21
WRITTEN = (Contact, Ticket, PartsOrder, PartsOrderLine, UsageReading, ContactMoment, SurveyAnswer, RoiRecord, Judgement)

Columns = dict[str, str]


def fill_facts(accounts: int, machines: int, on: date) -> None:
    """Write the facts of accounts 1 to `accounts` with so many machines each, up to that date.

    Triggers and foreign keys rest: the caller has set the session so, and the numbers fit.
    """
    write: tuple[tuple[type[models.Model], str, int, Callable[[int, date], Columns]], ...] = (
        (Contact, "P", CONTACTS, _contact),
        (Ticket, "K", TICKETS, _ticket),
        (PartsOrder, "O", ORDERS, _order),
        (PartsOrderLine, "OL", ORDERS * LINES, _line),
        (UsageReading, "U", machines * READINGS, _reading),
        (ContactMoment, "CM", MOMENTS, _moment),
        (SurveyAnswer, "SA", ANSWERS, _answer),
        (RoiRecord, "R", 1, _result),
        (Judgement, "J", 1, _judgement),
    )
    for model, letter, each, columns in write:
        _insert(model, letter, accounts * each, columns(machines, on))


def _insert(model: type[models.Model], letter: str, rows: int, said: Columns) -> None:
    """Rows numbered n = 1 .. `rows`; what is not said takes the default of its field."""
    given = {"id": "n", "source": "'bench'", "external_id": f"'{letter}' || n", "known_on": "DATE '1900-01-01'"} | said
    fixed = {str(f.column): _default(f) for f in model._meta.concrete_fields if f.column not in given}
    columns = given | {c: v for c, v in fixed.items() if v}
    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names})'
            f" SELECT {', '.join(columns.values())} FROM generate_series(1, {rows}) AS n"
        )


def _default(field: Any) -> str:
    if field.null or field.has_db_default():
        return ""
    value = field.get_default()
    if isinstance(value, dict):
        return "'{}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _chance(purpose: int) -> str:
    """A number from 0 to 9,999 that looks like chance and stays the same, of row n for that purpose."""
    return f"((n::bigint * 7919 + {purpose * 104729} + (n / 13) * 31) % 10000)"


def _day(purpose: int, on: date, days: int = 730) -> str:
    return f"(DATE '{on}' - ({_chance(purpose)} % {days})::int)"


def _account(each: int) -> str:
    return f"(n - 1) / {each} + 1"


def _one_of(count: int, each: int) -> str:
    """One of the `count` machines (or people) of the account of row n, of which there are `each`."""
    return f"((n - 1) / {each}) * {count} + n % {count} + 1"


def _pick(*words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"(ARRAY[{listed}])[n % {len(words)} + 1]"


def _contact(machines: int, on: date) -> Columns:
    role = _pick("operator", "engineering", "management")
    return {"account_id": _account(CONTACTS), "name": "'Person ' || n", "role": role}


def _ticket(machines: int, on: date) -> Columns:
    opened = f"(({_day(1, on)} + TIME '08:00') AT TIME ZONE 'UTC')"
    answered = f"{opened} + INTERVAL '2 hours'"
    return {
        "account_id": _account(TICKETS),
        "asset_id": _one_of(machines, TICKETS),
        "number": "'T-' || n",
        "kind": _pick("breakdown", "issue", "breakdown", "question"),
        "title": _pick("Gripper", "Gripper", "Controller"),
        "severity": _pick("normal", "normal", "critical", "low"),
        "sentiment": _pick("neutral", "positive", "negative", ""),
        "opened_at": opened,
        "first_answer_at": answered,
        "resolved_at": f"CASE WHEN n % 50 > 0 THEN {answered} + ({_chance(2)} % 120) * INTERVAL '1 hour' END",
        "downtime_hours": f"{_chance(3)} % 40",
    }


def _order(machines: int, on: date) -> Columns:
    money = {"amount": "500", "amount_reporting": "500", "currency": "'EUR'"}
    return {"account_id": _account(ORDERS), "number": "'O-' || n", "ordered_on": _day(4, on), **money}


def _line(machines: int, on: date) -> Columns:
    asset = _one_of(machines, ORDERS * LINES)
    product = f"CASE WHEN n % {LINES} = 0 THEN {PART} END"
    money = {"amount": "100", "amount_reporting": "100"}
    return {"order_id": _account(LINES), "asset_id": asset, "product_id": product, **money}


def _reading(machines: int, on: date) -> Columns:
    return {
        "asset_id": _account(READINGS),
        "on": f"DATE '{on}' - (((n - 1) % {READINGS}) * 30)::int",
        "days": "30",
        "run_hours": f"200 + {_chance(5)} % 200",
        "available_hours": "480",
        "output": "1000",
        "good_output": f"900 + {_chance(6)} % 100",
    }


def _moment(machines: int, on: date) -> Columns:
    return {"account_id": _account(MOMENTS), "contact_id": _one_of(CONTACTS, MOMENTS), "on": _day(7, on, 365)}


def _answer(machines: int, on: date) -> Columns:
    return {
        "account_id": _account(ANSWERS),
        "contact_id": _one_of(CONTACTS, ANSWERS),
        "question": "'recommend'",
        "value": f"{_chance(8)} % 11",
        "answered_on": _day(9, on, 500),
    }


def _result(machines: int, on: date) -> Columns:
    agreed = f"({_day(10, on)} - 200)"
    realised = f"CASE WHEN n % 3 > 0 THEN {agreed} + 120 END"
    return {"account_id": "n", "goal": "'Less scrap'", "agreed_on": agreed, "realised_on": realised}


def _judgement(machines: int, on: date) -> Columns:
    given = _day(11, on, 200)
    until = {"counts_until": f"{given} + 90", "reason": "'Said so'"}
    return {"account_id": "n", "value": f"{_chance(12)} % 101", "on": given, **until}
