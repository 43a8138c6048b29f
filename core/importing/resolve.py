"""Staged rows meet the base: known rows, keys of others, checks; what fails is told and left out."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.importing import entities as registry
from core.importing.entities import Check, Entity, Field
from core.importing.plan import Plan, literal
from core.importing.problems import Problem
from core.reach import Level, reach_of


class Resolver:
    """Builds `ready_<word>` from `stage_<word>`: with `_id`, `_known` (the id of a row that exists) and `_ok`.

    `by` is the user for whom the import runs; None sees everything.
    """

    def __init__(self, plans: dict[str, Plan], named: dict[tuple[str, bool], set[str]], by: Any) -> None:
        self.plans = plans
        self.named = named
        self.by = None if by is None or reach_of(by).level is Level.ALL else by
        self.problems: list[Problem] = []
        self.bad: set[int] = set()
        self.ready: set[str] = set()

    def run(self, chain: tuple[Entity, ...], attached: Iterable[str]) -> None:
        """Resolve all entities in the order of their dependence, then leave out what no good row needs."""
        for name, texts in self._names().items():
            self._look_up_names(name, texts)
        for plan in self.plans.values():
            self._make_ready(plan)
            self._check(plan)
        self._leave_out(chain, set(attached))

    # Names of few things: owners, levels, families

    def _names(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for plan in self.plans.values():
            for f in plan.fields("named"):
                found.setdefault(f.to, {})
            for f in plan.entity.fields:
                if f.if_empty and f.type == "named":
                    plan.defaults[f.name] = registry.resolver(f.to)([f.if_empty], True)[f.if_empty]
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
            cursor.execute(f'ANALYZE "ready_{word}"')
        self.ready.add(word)
        for f in plan.fields("ref"):
            if f.to == word:
                self._resolve_self(plan, f)

    def _known(self, plan: Plan, joins: list[str]) -> str:
        """SQL for the id of the row that is meant, with the joins that find it."""
        entity = plan.entity
        if plan.section and plan.section.by:
            look_up = self._look_up(plan, entity, "_key", plan.section.by, plan.source)
            joins.append(f'LEFT JOIN "{look_up}" k ON k.key = s._key AND k.n = 1')
            return "k.id"
        joins.append(
            f'LEFT JOIN "{entity.table}" t ON t.source = {literal(plan.source)} AND t.external_id = s._key'
            " AND t.external_id <> ''"
        )
        found = ["t.id"]
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
            cursor.execute(f'ANALYZE "{name}"')
        return name

    def _candidates(self, target: Entity, by: str, source: str) -> Iterable[str]:
        scope = self._scope(target)
        if by:
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

    def _scope(self, target: Entity) -> str:
        """Rows that the user may change; of those of others nothing is said, not even that they exist."""
        manager: Any = target.model._default_manager
        if self.by is None or not hasattr(manager, "changeable_by"):
            return ""
        query = manager.changeable_by(self.by).values("pk").query
        with connection.cursor() as cursor:
            return f"AND t.id IN ({cursor.mogrify(*query.sql_with_params()).decode()})"

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

    # Checks

    def _check(self, plan: Plan) -> None:
        self._demand_once(plan)
        self._demand_known(plan)
        for f in plan.fields("ref", "named"):
            self._demand_resolved(plan, f)
        for f in plan.fields("ref"):
            if f.to == plan.entity.word:
                self._demand_no_circle(plan, f)
        for check in plan.entity.checks:
            if set(check.needs or (check.column,)) <= plan.mapped:
                self._apply(plan, check)
        self._demand_not_twice(plan)
        if plan.entity.before:
            plan.entity.before(plan, f"ready_{plan.entity.word}")

    def reject(self, plan: Plan, bad: str, column: str, value: str, reason: Any, other: str = "NULL") -> None:
        """Reject the ready rows for which `bad` holds. `other` is the line of another row, for the reason."""
        word = plan.entity.word
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "ready_{word}" s SET _ok = false WHERE s._ok AND ({bad})'
                f" RETURNING s._row, s._line, {value}, {other}"
            )
            for row, line, text, other_line in sorted(cursor.fetchall()):
                self._tell(Problem(line, column, str(text or ""), str(reason) % {"line": other_line}, row))

    def _tell(self, problem: Problem) -> None:
        if problem.row not in self.bad:
            self.problems.append(problem)
        self.bad.add(problem.row)

    def _columns(self, plan: Plan, name: str) -> str:
        section = plan.section
        if name == "_key":
            return ", ".join(section.key.sources) if section and section.key else plan.entity.word
        if name in plan.expressions:
            return ", ".join(plan.expressions[name].sources) or name
        return name

    def _demand_once(self, plan: Plan) -> None:
        """A key stands on one row; those that differ in capitals alone are one, unless the mapping says otherwise."""
        section = plan.section
        if section and section.is_side:
            return
        strict = bool(section and section.case_sensitive)
        self._reject_repeated(plan, "_key" if strict else "lower(_key)", "_key", "s._key")
        if section and not strict:
            self._demand_same_case(plan)

    def _reject_repeated(self, plan: Plan, group: str, column: str, value: str, where: str = "true") -> None:
        """Reject the second and later rows of a group, naming the line of the first."""
        ready, name = f'"ready_{plan.entity.word}"', f'"repeated_{plan.entity.word}_{column}"'
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {ready} WHERE _ok AND {where} GROUP BY {group} HAVING count(*) > 1 LIMIT 1")
            if not cursor.fetchone():
                return
            cursor.execute(
                f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT * FROM (SELECT _row, row_number() OVER w AS n,"
                f" first_value(_line) OVER w AS line FROM {ready} WHERE _ok AND {where}"
                f" WINDOW w AS (PARTITION BY {group} ORDER BY _row)) ranked WHERE n > 1"
            )
        line = f"(SELECT r.line FROM {name} r WHERE r._row = s._row)"
        repeated = f"s._row IN (SELECT r._row FROM {name} r)"
        self.reject(plan, repeated, self._columns(plan, column), value, _("is on line %(line)s already"), line)

    def _demand_same_case(self, plan: Plan) -> None:
        table = plan.entity.table
        known = (
            f's._known IS NULL AND EXISTS (SELECT 1 FROM "{table}" x WHERE x.source = {literal(plan.source)}'
            " AND lower(x.external_id) = lower(s._key) AND x.external_id <> '')"
        )
        self.reject(plan, known, self._columns(plan, "_key"), "s._key", _("is known already, in other capitals"))

    def _demand_known(self, plan: Plan) -> None:
        """Rows that may not be made must exist; rows that exist must be the user's to change."""
        columns = self._columns(plan, "_key")
        reason = _("is not known as %(word)s; create = true would make it") % {"word": plan.entity.word}
        if not plan.creates:
            self.reject(plan, "s._known IS NULL", columns, "s._key", reason.replace("%", "%%"))
        scope = self._scope(plan.entity)
        if scope:
            inside = f'SELECT t.id FROM "{plan.entity.table}" t WHERE true {scope}'
            bad = f"s._known IS NOT NULL AND s._known NOT IN ({inside})"
            self.reject(plan, bad, columns, "s._key", reason.replace("%", "%%"))

    def _demand_resolved(self, plan: Plan, field: Field) -> None:
        staged = f's."{field.name}"'
        reason = _("is not known as %(word)s, or is not clear") % {"word": field.to}
        self.reject(
            plan,
            f'{staged} IS NOT NULL AND s."{field.target}" IS NULL',
            self._columns(plan, field.name),
            staged,
            reason.replace("%", "%%"),
        )

    def _demand_no_circle(self, plan: Plan, field: Field) -> None:
        """Follow the references upward, staged ones before known ones; who comes back to himself stands in a circle."""
        word, table, column = plan.entity.word, plan.entity.table, field.target
        circle = (
            f'WITH RECURSIVE edge AS (SELECT _id AS id, "{column}" AS up FROM "ready_{word}" WHERE _ok'
            f' UNION ALL SELECT t.id, t."{column}" FROM "{table}" t WHERE t."{column}" IS NOT NULL'
            f' AND NOT EXISTS (SELECT 1 FROM "ready_{word}" r WHERE r._known = t.id)),'
            " path AS (SELECT id, up, 1 AS steps FROM edge WHERE up IS NOT NULL"
            " UNION ALL SELECT p.id, e.up, p.steps + 1 FROM path p JOIN edge e ON e.id = p.up"
            " WHERE e.up IS NOT NULL AND p.up <> p.id AND p.steps < 50)"
            " SELECT id FROM path WHERE up = id OR steps >= 50"
        )
        self.reject(
            plan, f"s._id IN ({circle})", self._columns(plan, field.name), f's."{field.name}"', _("stands under itself")
        )

    def _apply(self, plan: Plan, check: Check) -> None:
        value = check.value or (f's."{check.column}"::text' if check.column in plan.mapped else "s._key")
        self.reject(plan, check.bad, self._columns(plan, check.column), value, check.reason, check.other_line)

    def _demand_not_twice(self, plan: Plan) -> None:
        """What must be unique beside the key, such as a serial within its product."""
        columns = plan.entity.not_twice
        if not columns or columns[-1] not in plan.mapped:
            return
        last = columns[-1]
        mapped = [c for c in columns[:-1] if c in {f.target for f in plan.fields()}]
        group = ", ".join([*(f'"{c}"' for c in mapped), f'lower("{last}")'])
        self._reject_repeated(plan, group, last, f's."{last}"', f'"{last}" IS NOT NULL')
        same = "".join(
            f' AND x."{c}" IS NOT DISTINCT FROM ' + (f's."{c}"' if c in mapped else "NULL") for c in columns[:-1]
        )
        known = f'EXISTS (SELECT 1 FROM "{plan.entity.table}" x WHERE x."{last}" = s."{last}"{same} AND x.id <> s._id)'
        reason = _("is known already, from another source or under another key")
        self.reject(plan, known, self._columns(plan, last), f's."{last}"', reason)

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
                self.reject(plan, bad, self._columns(plan, f.name), f's."{f.name}"', _("was rejected itself"))
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
