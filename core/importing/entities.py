"""What can be imported: kinds of files, and the entities that one row of such a file can make.

A room describes its entities in its `imports.py` and registers its kinds in its `apps.py`. The engine in this package
knows no entity by name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from core.importing.problems import Refused
from core.models.facts import Period

# Values of one entity of one row, by field name, as text ready for COPY; None is empty.
Values = dict[str, str | None]


@dataclass(frozen=True)
class Field:
    """A word of the mapping that fills a column.

    `type`: text, number, money, integer, boolean, date, datetime, json, ref (another entity) or named (few, found by
    name).
    `to` is the entity of a ref, or the name under which a resolver of named things is registered.
    `precision` is the column that takes how exactly a date is known; `places` are the decimals that a number keeps.
    `through` are references that know this one too: the account of a ticket is that of its machine, where none is
    stated; a known row keeps the one it has.
    """

    name: str
    type: str = "text"
    required: bool = False
    to: str = ""
    column: str = ""
    precision: str = ""
    choices: tuple[str, ...] = ()
    negative: bool = False
    stored: bool = True
    if_empty: str = ""
    places: int | None = None
    through: tuple[str, ...] = ()

    @property
    def is_ref(self) -> bool:
        return self.type in ("ref", "named")

    @property
    def target(self) -> str:
        """The column of the table."""
        return self.column or (f"{self.name}_id" if self.is_ref else self.name)


@dataclass(frozen=True)
class Money:
    """An amount with its value in the reporting currency at the rate of `on`, an SQL expression over {fields}."""

    amount: str
    reporting: str
    on: str
    needs: tuple[str, ...]
    currency: str = "currency"


@dataclass(frozen=True)
class Derived:
    """A column computed in SQL from {fields}, when one of `needs` is mapped."""

    column: str
    sql: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """Rows for which `bad` holds are rejected. `s` is the staged row with its resolved ids, {on} the import's day."""

    column: str
    bad: str
    reason: Any
    needs: tuple[str, ...] = ()
    value: str = ""
    other_line: str = "NULL"


@dataclass(frozen=True)
class Entity:
    """One kind of thing that a row can make.

    `word` is its section in the mapping, `plural` its name in the counts. `natural` are columns that identify it as
    well as its external id, `found_by` the one column by which a row without such an id is known, `not_twice` those
    that must be unique beside it. `at_first` is SQL for columns of a new row alone.
    `default_key` makes its key from those of its row (`numbered`: with its number among equals). `finish`
    completes its values, given those of the row's other entities; `fills` says which fields that can be: always (""),
    or where the mapping has that field or section. Where the field `spawn_when` is filled, a record of the entity
    `spawns` follows, with the values of `spawn`: SQL over the staged row `s`.
    `adopts` may say which known rows are meant by new ones, before anything is checked.
    `before` may adjust the resolved rows, `after` does what follows from the written ones. `account` and `since` are
    SQL over the row `t`: whose it is, and from when it says something.
    """

    word: str
    plural: str
    model: type[Model]
    fields: tuple[Field, ...]
    natural: tuple[str, ...] = ()
    at_first: dict[str, str] = field(default_factory=dict)
    alias: str = ""
    money: tuple[Money, ...] = ()
    derived: tuple[Derived, ...] = ()
    checks: tuple[Check, ...] = ()
    period: type[Period] | None = None
    touches: str = ""
    account: str = ""
    since: str = ""
    default_key: Callable[[dict[str, str], Values], str] | None = None
    numbered: bool = False
    finish: Callable[[Values, dict[str, Values]], None] | None = None
    fills: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spawns: str = ""
    spawn: dict[str, str] = field(default_factory=dict)
    spawn_when: str = ""
    adopts: Callable[[Any, str], None] | None = None
    before: Callable[[Any, str], None] | None = None
    after: Callable[[Any, str], None] | None = None
    not_twice: tuple[str, ...] = ()
    found_by: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def keyed(self) -> bool:
        """Whether its rows keep their source and key; others are known by `found_by` or by `natural` alone."""
        return not self.found_by and self.has("external_id")

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def filled(self, given: set[str]) -> set[str]:
        """The fields that `finish` fills, where the mapping has these fields and sections."""
        found = {name for when, names in self.fills.items() if not when or when in given for name in names}
        return found | {f.name for f in self.fields if given & set(f.through)}

    def has(self, column: str) -> bool:
        return any(f.column == column for f in self.model._meta.concrete_fields)


@dataclass(frozen=True)
class Kind:
    """A kind of file. `chain` are its own entities from the coarsest to the one that every row makes.

    `attached` entities hang on a row of the chain; `sides` are others that a row can name or make.
    """

    name: str
    chain: tuple[Entity, ...]
    attached: tuple[Entity, ...] = ()
    sides: tuple[Entity, ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        return (*self.sides, *self.chain, *self.attached)

    def entity(self, word: str) -> Entity | None:
        return next((e for e in self.entities if e.word == word), None)


# Finds (or makes, where asked) few things by name: {text: id}; a text that names nothing, or two things, is absent.
Resolver = Callable[[Iterable[str], bool], dict[str, int]]


@dataclass
class _Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)
    resolvers: dict[str, Resolver] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)


_registry = _Registry()


def register(kind: Kind) -> None:
    _registry.kinds[kind.name] = kind
    _registry.entities |= {e.word: e for e in kind.entities}


def register_resolver(name: str, resolver: Resolver) -> None:
    _registry.resolvers[name] = resolver


def kinds() -> dict[str, Kind]:
    return dict(_registry.kinds)


def entity(word: str) -> Entity:
    return _registry.entities[word]


def entities() -> tuple[Entity, ...]:
    return tuple(_registry.entities.values())


def resolver(name: str) -> Resolver:
    return _registry.resolvers[name]


def kind(name: str) -> Kind:
    """The registered kind; Refused names the others."""
    try:
        return _registry.kinds[name]
    except KeyError:
        raise Refused(f"{name}: {', '.join(sorted(_registry.kinds))}") from None
