"""Staged rows meet the base: known rows, keys of others, checks; what fails is told and left out."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.importing import entities as registry
from core.importing.checks import Checker
from core.importing.entities import Entity, Field
from core.importing.plan import Plan, literal
from core.reach import Level, reach_of


class Resolver(Checker):
    """Builds `ready_<word>` from `stage_<word>`: with `_id`, `_known` (the id of a row that exists) and `_ok`.

    `by` is the user for whom the import runs; None sees everything.
    """

    def __init__(self, plans: dict[str, Plan], named: dict[tuple[str, bool], set[str]], by: Any) -> None:
        super().__init__(None if by is None or reach_of(by).level is Level.ALL else by)
        self.plans = plans
        self.named = named
        self.ready: set[str] = set()

    def run(self, chain: tuple[Entity, ...], attached: Iterable[str]) -> None:
        """Resolve all entities in the order of their dependence, then leave out what no good row needs."""
        for name, texts in self._names().items():
            self._look_up_names(name, texts)
        for plan in self.plans.values():
            self._make_ready(plan)
            self.check(plan)
            self._fall_back(plan)
        self._leave_out(chain, set(attached))

    # Names of few things: owners, levels, families

    def _names(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for plan in self.plans.values():
            for f in plan.fields("named"):
                found.setdefault(f.to, {})
        for (name, create), texts in self.named.items():
            found.setdefault(name, {}).update(registry.resolver(name)(texts, create))
        return found

    def _look_up_names(self, name: str, ids: dict[str, int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE TEMP TABLE "named_{name}" (text text, id bigint) ON COMMIT DROP')
            cursor.execute(
                f'INSERT INTO "named_{name}" SELECT * FROM unnest(%s::text[], %s::bigint[])',
                [list(ids), list(ids.values())],
            )

    def _fall_back(self, plan: Plan) -> None:
        """Who must have an owner and names none belongs to the pool that the field falls back to, made when needed."""
        for f in plan.entity.fields:
            if not f.if_empty:
                continue
            empty = f'AND "{f.target}" IS NULL' if f.name in plan.mapped else ""
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT 1 FROM "ready_{plan.entity.word}" WHERE _ok AND _known IS NULL {empty} LIMIT 1')
                if cursor.fetchone():
                    plan.defaults[f.name] = registry.resolver(f.to)([f.if_empty], True)[f.if_empty]

    # Keys

    def _make_ready(self, plan: Plan) -> None:
        entity, word = plan.entity, plan.entity.word
        refs = [f for f in plan.fields("ref", "named") if f.to != word]
        joins, ids = [], []
        for f in refs:
            join, found = self._join(plan, f)
            joins.append(join)
            ids.append(f'{found} AS "{f.target}"')
        known = self._known(plan, joins)
        with connection.cursor() as cursor:
            cursor.execute(
                f'CREATE TEMP TABLE "ready_{word}" ON COMMIT DROP AS SELECT s.*, {known} AS _known,'
                f" COALESCE({known}, nextval(pg_get_serial_sequence('{entity.table}', 'id'))) AS _id,"
                f' true AS _ok{"".join(", " + i for i in ids)} FROM "stage_{word}" s {" ".join(joins)}'
            )
            cursor.execute(f'ANALYZE "ready_{word}" (_id)')
        self.ready.add(word)
        for f in plan.fields("ref"):
            if f.to == word:
                self._resolve_self(plan, f)
            for other in f.through:
                if other in plan.mapped:
                    self._inherit(plan, f, plan.entity.field(other))
        if plan.entity.adopts:
            plan.entity.adopts(plan, f"ready_{word}")

    def _inherit(self, plan: Plan, field: Field, giver: Field) -> None:
        """What is not stated is that of another reference of the row; a row that is known keeps its own."""
        ready, column = f'"ready_{plan.entity.word}"', field.target
        source = registry.entity(giver.to)
        givers = f'SELECT g.id, g."{column}" FROM "{source.table}" g'
        if giver.to in self.ready:
            givers += f' UNION SELECT g._id, g."{column}" FROM "ready_{giver.to}" g WHERE g._known IS NULL'
        own = f'(SELECT t."{column}" FROM "{plan.entity.table}" t WHERE t.id = s._known)'
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE {ready} s SET "{column}" = COALESCE({own}, x."{column}") FROM ({givers}) x'
                f' WHERE x.id = s."{giver.target}" AND s."{column}" IS NULL AND s."{field.name}" IS NULL'
            )

    def _known(self, plan: Plan, joins: list[str]) -> str:
        """SQL for the id of the row that is meant, with the joins that find it."""
        entity = plan.entity
        if by := (plan.section.by if plan.section else "") or entity.found_by:
            look_up = self._look_up(plan, entity, "_key", by, plan.source)
            joins.append(f'LEFT JOIN "{look_up}" k ON k.key = s._key AND k.n = 1')
            return "k.id"
        found = []
        if entity.keyed:
            joins.append(
                f'LEFT JOIN "{entity.table}" t ON t.source = {literal(plan.source)} AND t.external_id = s._key'
                " AND t.external_id <> ''"
            )
            found.append("t.id")
        if entity.alias:
            joins.append(
                f'LEFT JOIN "{entity.alias}" a ON a.source = {literal(plan.source)} AND a.external_id = s._key'
            )
            found.append(f'a."{entity.word}_id"')
        if entity.natural:
            same = " AND ".join(self._same(plan, column) for column in entity.natural)
            joins.append(f'LEFT JOIN "{entity.table}" n ON {same}')
            found.append("n.id")
        return found[0] if len(found) == 1 else f"COALESCE({', '.join(found)})"

    def _same(self, plan: Plan, column: str) -> str:
        field = next((f for f in plan.entity.fields if f.target == column), None)
        if field and field.is_ref:
            return f'n."{column}" = r_{field.name}.' + ("_id" if self._is_linked(plan, field) else "id")
        return f'n."{column}" = s."{field.name if field else column}"'

    def _is_linked(self, plan: Plan, field: Field) -> bool:
        return field.to in self.ready and field.name not in plan.expressions

    def _join(self, plan: Plan, field: Field) -> tuple[str, str]:
        alias = f"r_{field.name}"
        if field.type == "named":
            return f'LEFT JOIN "named_{field.to}" {alias} ON {alias}.text = s."{field.name}"', f"{alias}.id"
        if self._is_linked(plan, field):
            return (
                f'LEFT JOIN "ready_{field.to}" {alias} ON {alias}._key = s."{field.name}" AND {alias}._ok',
                f"{alias}._id",
            )
        expression = plan.expressions.get(field.name)
        by = expression.by if expression else ""
        source = expression.source if expression and expression.source else plan.context.source
        look_up = self._look_up(plan, registry.entity(field.to), field.name, by, source)
        return f'LEFT JOIN "{look_up}" {alias} ON {alias}.key = s."{field.name}" AND {alias}.n = 1', f"{alias}.id"

    def _look_up(self, plan: Plan, target: Entity, column: str, by: str, source: str) -> str:
        """A table of the keys that stand in a column: key, id, and how many rows it could be."""
        name = f"look_{plan.entity.word}_{column}"
        found = " UNION ALL ".join(self._candidates(target, by, source))
        with connection.cursor() as cursor:
            cursor.execute(
                f'CREATE TEMP TABLE "{name}" ON COMMIT DROP AS'
                f' WITH k AS (SELECT DISTINCT "{column}" AS key FROM "stage_{plan.entity.word}")'
                f" SELECT k.key, min(c.id) AS id, count(DISTINCT c.id) AS n FROM k JOIN ({found}) c ON c.key = k.key"
                " GROUP BY k.key"
            )
            cursor.execute(f'ANALYZE "{name}" (id)')
        return name

    def _candidates(self, target: Entity, by: str, source: str) -> Iterable[str]:
        scope = self.scope_of(target)
        if by := by or target.found_by:
            yield f'SELECT t."{by}" AS key, t.id FROM "{target.table}" t WHERE t."{by}" <> \'\' {scope}'
            return
        if target.word in self.ready:
            yield f'SELECT _key AS key, _id AS id FROM "ready_{target.word}" WHERE _ok'
        yield (
            f'SELECT t.external_id AS key, t.id FROM "{target.table}" t WHERE t.source = {literal(source)}'
            f" AND t.external_id <> '' {scope}"
        )
        if target.alias:
            yield (
                f'SELECT t.external_id, t."{target.word}_id" FROM "{target.alias}" t'
                f" WHERE t.source = {literal(source)} {scope.replace('t.id', f't.{target.word}_id')}"
            )

    def _resolve_self(self, plan: Plan, field: Field) -> None:
        """A reference to a row of the same kind, in this file or known; no row may stand under itself."""
        word = plan.entity.word
        expression = plan.expressions.get(field.name)
        source = expression.source if expression and expression.source else plan.context.source
        look_up = self._look_up(plan, plan.entity, field.name, expression.by if expression else "", source)
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "ready_{word}" ADD COLUMN "{field.target}" bigint')
            cursor.execute(
                f'UPDATE "ready_{word}" s SET "{field.target}" = l.id FROM "{look_up}" l'
                f' WHERE l.key = s."{field.name}" AND l.n = 1'
            )

    # What is left out

    def _leave_out(self, chain: tuple[Entity, ...], attached: set[str]) -> None:
        """Without their leaf, attached rows go; without a good row that needs them, shared rows go."""
        if not self.bad:
            return
        leaf = chain[-1].word
        with connection.cursor() as cursor:
            for word in (leaf, *attached):
                if word in self.ready:
                    cursor.execute(
                        f'UPDATE "ready_{word}" SET _ok = false WHERE _ok AND _row = ANY(%s)', [list(self.bad)]
                    )
            while self._lose_self(cursor, leaf):
                pass
            for word in reversed([w for w in self.plans if w != leaf and w not in attached]):
                self._lose_unneeded(cursor, word)

    def _lose_self(self, cursor: Any, word: str) -> int:
        """Rows whose parent in this file was left out; once more until there are none."""
        plan = self.plans[word]
        count = 0
        for f in plan.fields("ref"):
            if f.to == word:
                before = len(self.bad)
                gone = f'SELECT p._id FROM "ready_{word}" p WHERE NOT p._ok AND p._known IS NULL'
                bad = f's."{f.target}" IN ({gone})'
                self.reject(plan, bad, self.columns_of(plan, f.name), f's."{f.name}"', _("was rejected itself"))
                count += len(self.bad) - before
        return count

    def _lose_unneeded(self, cursor: Any, word: str) -> None:
        users = [
            f'SELECT u."{f.target}" FROM "ready_{other.entity.word}" u WHERE u._ok AND u."{f.target}" IS NOT NULL'
            for other in self.plans.values()
            for f in other.fields("ref")
            if f.to == word
        ]
        if users:
            needed = " UNION ALL ".join(users)
            cursor.execute(f'UPDATE "ready_{word}" s SET _ok = false WHERE s._ok AND s._id NOT IN ({needed})')
