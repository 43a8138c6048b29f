"""The SQL of one entity in one import: which columns it fills, with what, and how the rest takes its defaults."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED

from core.importing.entities import Derived, Entity, Field, Money
from core.importing.mapping import Expression, Mapping
from core.money import rate_sql


@dataclass(frozen=True)
class Setting:
    """A column of the table and its SQL: for a new row, for a known one (`t`), and whether a difference counts."""

    column: str
    new: str
    known: str
    counts: bool = True


@dataclass(frozen=True)
class Context:
    """What all entities of one import share."""

    source: str
    on: date
    batch: int
    currency: str


class Plan:
    """How staged rows of an entity are written. `mapped` are the columns of its staging table."""

    def __init__(self, entity: Entity, mapping: Mapping, mapped: Iterable[str], context: Context) -> None:
        section = mapping.section(entity.word)
        self.entity, self.section, self.context = entity, section, context
        self.mapped = set(mapped)
        self.source = section.source if section and section.source else context.source
        self.expressions = _expressions(entity, mapping)
        self.defaults: dict[str, int] = {}

    @property
    def creates(self) -> bool:
        return self.section.create if self.section else True

    @property
    def updates(self) -> bool:
        return self.section.update if self.section else True

    def fields(self, *types: str) -> list[Field]:
        return [f for f in self.entity.fields if f.name in self.mapped and (not types or f.type in types)]

    def settings(self) -> list[Setting]:
        """Every column that the mapping fills."""
        found = [self._plain(f) for f in self.fields() if f.stored]
        found += [self._precision(f) for f in self.fields("date") if f.precision]
        found += [s for m in self.entity.money if m.amount in self.mapped for s in [self._reporting(m)]]
        found += [self._derived(d) for d in self.entity.derived if self.mapped & set(d.needs)]
        return found

    def _plain(self, field: Field) -> Setting:
        column = field.target
        staged = f's."{column}"' if field.is_ref else f's."{field.name}"'
        if field.type == "json":
            return Setting(column, f"COALESCE({staged}, '{{}}')", f"t.\"{column}\" || COALESCE({staged}, '{{}}')")
        if field.if_empty:
            return Setting(
                column,
                f"COALESCE({staged}, {self.defaults.get(field.name, 'NULL')})",
                f'COALESCE({staged}, t."{column}")',
            )
        if field.is_ref:
            return Setting(column, staged, staged)
        filled = self._filled(column, staged)
        return Setting(column, filled, filled)

    def _filled(self, column: str, staged: str) -> str:
        """An empty cell of a column that may not be NULL takes the default of the model."""
        model = self._model_field(column)
        if model.null:
            return staged
        default = _default(model)
        return staged if default is None else f"COALESCE({staged}, {_literal(default)})"

    def _precision(self, field: Field) -> Setting:
        staged = f"COALESCE(s.\"{field.precision}\", 'day')"
        return Setting(field.precision, staged, staged)

    def _model_field(self, column: str) -> Any:
        return next(f for f in self.entity.model._meta.concrete_fields if f.column == column)

    def _reporting(self, money: Money) -> Setting:
        """The amount at the rate of its own date; once known it stays, as long as amount, currency and date stay."""
        new = self._converted(money, known=False)
        if not self.entity.has(money.amount):
            return Setting(money.reporting, new, self._converted(money, known=True))
        inputs = [n for n in (money.amount, money.currency, *money.needs) if n in self.mapped and self.entity.has(n)]
        old = ", ".join(f't."{self._target(n)}"' for n in inputs)
        fresh = ", ".join(self.refer(n, known=True) for n in inputs)
        changed = self._converted(money, known=True)
        kept = f'COALESCE(t."{money.reporting}", {changed})'
        same = f"({old}) IS NOT DISTINCT FROM ({fresh})"
        return Setting(money.reporting, new, f"CASE WHEN {same} THEN {kept} ELSE {changed} END")

    def _converted(self, money: Money, known: bool) -> str:
        amount, currency = self.refer(money.amount, known), self.refer(money.currency, known)
        on = money.on.format_map(_Names(self, known))
        home = _literal(self.context.currency)
        return f"round({amount} * {rate_sql(currency, on, home)}, 2)"

    def _derived(self, derived: Derived) -> Setting:
        return Setting(
            derived.column, derived.sql.format_map(_Names(self, False)), derived.sql.format_map(_Names(self, True))
        )

    def _target(self, name: str) -> str:
        return next((f.target for f in self.entity.fields if f.name == name), name)

    def refer(self, name: str, known: bool) -> str:
        """A field where the mapping fills it; else the present value of a known row, or NULL."""
        target = self._target(name)
        if name in self.mapped:
            return f's."{target}"'
        return f't."{target}"' if known else f"NULL::{self._model_field(target).db_type(connection)}"

    def constants(self) -> dict[str, str]:
        """Columns of a new row that the mapping does not fill: origin, and the defaults of the model."""
        filled = {s.column for s in self.settings()}
        origin = self._origin()
        rest: dict[str, str] = {
            str(f.column): _literal(_default(f))
            for f in self.entity.model._meta.concrete_fields
            if not f.primary_key and f.column not in filled | set(origin) and self._needs_default(f)
        }
        for field in self.entity.fields:
            if field.if_empty and field.name not in self.mapped:
                rest[field.target] = str(self.defaults.get(field.name, "NULL"))
        return origin | rest | self.entity.at_first

    def _needs_default(self, field: Any) -> bool:
        return not field.null and field.db_default is NOT_PROVIDED and not _is_owner(field, self.entity)

    def _origin(self) -> dict[str, str]:
        keyed = {"source": _literal(self.source), "external_id": "s._key"}
        return {
            **(keyed if self.entity.keyed else {}),
            **({"known_on": _literal(self.context.on)} if self.entity.has("known_on") else {}),
            **({"batch_id": _literal(self.context.batch)} if self.entity.has("batch_id") else {}),
        }


def _expressions(entity: Entity, mapping: Mapping) -> dict[str, Expression]:
    """What the mapping says about each field, or about the field of another section from which it is filled."""
    found: dict[str, Expression] = {}
    for word, names in entity.fills.items():
        giver = mapping.section(word)
        if giver:
            found |= {n: giver.fields[n] for n in names if n in giver.fields}
    section = mapping.section(entity.word)
    return found | (section.fields if section else {})


class _Names(dict[str, str]):
    """Names in an SQL template become references of a plan."""

    def __init__(self, plan: Plan, known: bool) -> None:
        super().__init__()
        self.plan, self.known = plan, known

    def __missing__(self, name: str) -> str:
        return self.plan.refer(name, self.known)


def _is_owner(field: Any, entity: Entity) -> bool:
    return any(f.target == field.column and f.if_empty for f in entity.fields)


def _default(field: Any) -> Any:
    default = field.get_default()
    return "" if default is None and field.get_internal_type() in ("CharField", "TextField") else default


def _literal(value: Any) -> str:
    """A value as an SQL literal, with percent signs as they are: plans are executed without parameters."""
    if value is None:
        return "NULL"
    if isinstance(value, dict | list):
        return "'{}'::jsonb" if isinstance(value, dict) else "'[]'::jsonb"
    connection.ensure_connection()
    from psycopg2.extensions import adapt

    adapted = adapt(value if not hasattr(value, "value") else value.value)
    if hasattr(adapted, "prepare"):
        adapted.prepare(connection.connection)
    return adapted.getquoted().decode("utf-8")


literal = _literal
