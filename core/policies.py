"""Policies: frozen dataclasses of the rooms' rules, with published versions (architecture.md, decision 3).

A policy class carries `policy_name` as a class variable. Until somebody publishes a version, its own defaults are
version 1, valid since 1900-01-01.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
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


class PolicyRefused(ValueError):
    """A policy that contradicts itself; `problems` names each place with what is wrong there."""

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


def check_policy(values: Any) -> None:
    """Raise PolicyRefused where the rules of the policy (its `problems()`, if it has any) find something wrong."""
    check = getattr(values, "problems", None)
    if check is not None and (found := check()):
        raise PolicyRefused(found)


_registered: dict[str, type] = {}


def register(policy: type[Any]) -> None:
    """Make a policy known to the house: listed, versioned, editable. Called from a room's apps.py."""
    _registered[policy.policy_name] = policy


def registered() -> Iterable[type]:
    return tuple(_registered.values())


def policy_on(policy: type[P], on: date) -> Version[P]:
    """The version of `policy` that counted on that date."""
    rows = [row for row in _rows([policy.policy_name]) if row.valid_from <= on]
    return _version(policy, rows[-1]) if rows else Version(policy(), 1, BEGINNING)


def versions_on(classes: Iterable[type[Any]], dates: Iterable[date]) -> dict[date, dict[type[Any], Version[Any]]]:
    """For each date the version of each policy that counted: one query for all of them."""
    chosen: list[Any] = list(classes)
    rows = _rows([c.policy_name for c in chosen]) if chosen else []
    return {day: {c: _counting(c, rows, day) for c in chosen} for day in dates}


def _counting(policy: type[Any], rows: list[Any], on: date) -> Version[Any]:
    mine = [r for r in rows if r.name == policy.policy_name and r.valid_from <= on]
    if not mine:
        return Version(policy(), 1, BEGINNING)
    return _version(policy, mine[-1])


def _version(policy: type[Any], row: Any) -> Version[Any]:
    return Version(from_json(policy, row.values), row.version, row.valid_from)


# While a request is served: what it knows of how the policies stood when it began; empty asks the database each time.
_stamp: ContextVar[str] = ContextVar("policy_stamp", default="")
# The versions this process read last, under their stamp.
_read: tuple[str, list[Any]] = ("", [])


@contextmanager
def remembered() -> Iterator[None]:
    """Within, versions may be known by a stamp; at the end they no longer are."""
    token = _stamp.set("")
    try:
        yield
    finally:
        _stamp.reset(token)


def known_at(stamp: str) -> None:
    """Say, within `remembered`, by which stamp the versions are known; empty when one was just published."""
    _stamp.set(stamp)


def stamp() -> str:
    """By what the versions are known in this request; empty where the database is asked each time."""
    return _stamp.get()


def _rows(names: list[str]) -> list[Any]:
    """The versions of these policies, oldest first: one query, or none when their stamp is the one read last."""
    global _read
    stamp = _stamp.get()
    if not stamp:
        return list(_versions().filter(name__in=names).order_by("version"))
    known, rows = _read
    if known != stamp:
        rows = list(_versions().order_by("version"))
        _read = (stamp, rows)
    return [row for row in rows if row.name in names]


def _versions() -> Any:
    return apps.get_model("core.Policy").objects


def versions_of(policy: type[P]) -> list[Version[P]]:
    """All versions, oldest first; the defaults alone when none was published."""
    return [_version(policy, row) for row in _rows([policy.policy_name])] or [Version(policy(), 1, BEGINNING)]


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
    known = _hints(policy)
    return policy(**{k: _typed(known[k], v) for k, v in values.items() if k in known})


@lru_cache(maxsize=256)
def _hints(policy: type) -> dict[str, Any]:
    """The type of each field. Python works them out anew each time, which costs more than reading the values."""
    hints = get_type_hints(policy)
    return {f.name: hints[f.name] for f in fields(policy)}


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
