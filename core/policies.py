"""Policies: frozen dataclasses of the rooms' rules, with published versions (architecture.md, decision 3).

A policy class carries `policy_name` as a class variable. Until somebody publishes a version, its own defaults are
version 1, valid since 1900-01-01.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args, get_origin, get_type_hints

from django.apps import apps

from core.calendar import BEGINNING


class PolicyClass(Protocol):
    policy_name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


P = TypeVar("P", bound=PolicyClass)


@dataclass(frozen=True)
class Version(Generic[P]):
    """A policy as it stood: its values, its number, and the first day it counted."""

    values: P
    number: int
    valid_from: date


_registered: dict[str, type] = {}


def register(policy: type[Any]) -> None:
    """Make a policy known to the house: listed, versioned, editable. Called from a room's apps.py."""
    _registered[policy.policy_name] = policy


def registered() -> Iterable[type]:
    return tuple(_registered.values())


def policy_on(policy: type[P], on: date) -> Version[P]:
    """The version of `policy` that counted on that date."""
    row = _versions().filter(name=policy.policy_name, valid_from__lte=on).order_by("-version").first()
    if row is None:
        return Version(policy(), 1, BEGINNING)
    return Version(from_json(policy, row.values), row.version, row.valid_from)


def versions_on(classes: Iterable[type[Any]], dates: Iterable[date]) -> dict[date, dict[type[Any], Version[Any]]]:
    """For each date the version of each policy that counted: one query for all of them."""
    chosen: list[Any] = list(classes)
    rows = list(_versions().filter(name__in=[c.policy_name for c in chosen]).order_by("version")) if chosen else []
    return {day: {c: _counting(c, rows, day) for c in chosen} for day in dates}


def _counting(policy: type[Any], rows: list[Any], on: date) -> Version[Any]:
    mine = [r for r in rows if r.name == policy.policy_name and r.valid_from <= on]
    if not mine:
        return Version(policy(), 1, BEGINNING)
    return Version(from_json(policy, mine[-1].values), mine[-1].version, mine[-1].valid_from)


def _versions() -> Any:
    return apps.get_model("core.Policy").objects


def versions_of(policy: type[P]) -> list[Version[P]]:
    """All versions, oldest first; the defaults alone when none was published."""
    rows = _versions().filter(name=policy.policy_name).order_by("version")
    return [Version(from_json(policy, r.values), r.version, r.valid_from) for r in rows] or [
        Version(policy(), 1, BEGINNING)
    ]


def to_json(values: Any) -> dict[str, Any]:
    """The values as plain JSON: decimals and dates as text."""
    return {key: _plain(value) for key, value in asdict(values).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def from_json(policy: type, values: dict[str, Any]) -> Any:
    """Build the dataclass again. A field that a stored version does not know yet takes its default."""
    hints = get_type_hints(policy)
    known = {f.name for f in fields(policy)}
    return policy(**{k: _typed(hints[k], v) for k, v in values.items() if k in known})


def _typed(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if value is None:
        return None
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(_typed(inner, v) for v in value)
    if origin is dict:
        key, inner = get_args(hint)
        return {_typed(key, k): _typed(inner, v) for k, v in value.items()}
    if is_dataclass(hint):
        return from_json(hint, value)  # type: ignore[arg-type]
    if hint in (Decimal, int, str):
        return hint(value)
    if hint is date:
        return date.fromisoformat(value)
    return value
