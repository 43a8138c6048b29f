"""Checks of resolved rows, in sets: what fails is rejected with its place and a reason."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext as _

from core.importing.entities import Check, Entity, Field
from core.importing.plan import Plan, literal
from core.importing.problems import Problem
from core.importing.writing import literal_day


class Checker:
    """Rejects ready rows (`s` in its SQL). `problems` tells them, `bad` holds the numbers of their rows.

    `by` is a user who may not change everything, or None.
    """

    def __init__(self, by: Any) -> None:
        self.by = by
        self.problems: list[Problem] = []
        self.bad: set[int] = set()

    def scope_of(self, target: Entity) -> str:
        """Rows that the user may change; of those of others nothing is said, not even that they exist."""
        manager: Any = target.model._default_manager
        if self.by is None or not hasattr(manager, "changeable_by"):
            return ""
        query = manager.changeable_by(self.by).values("pk").query
        try:
            found = query.sql_with_params()
        except EmptyResultSet:
            return "AND false"
        with connection.cursor() as cursor:
            return f"AND t.id IN ({cursor.mogrify(*found).decode()})"

    def check(self, plan: Plan) -> None:
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

    def columns_of(self, plan: Plan, name: str) -> str:
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
        self.reject(plan, repeated, self.columns_of(plan, column), value, _("is on line %(line)s already"), line)

    def _demand_same_case(self, plan: Plan) -> None:
        table = plan.entity.table
        if not plan.entity.keyed:
            return
        known = (
            f's._known IS NULL AND EXISTS (SELECT 1 FROM "{table}" x WHERE x.source = {literal(plan.source)}'
            " AND lower(x.external_id) = lower(s._key) AND x.external_id <> '')"
        )
        self.reject(plan, known, self.columns_of(plan, "_key"), "s._key", _("is known already, in other capitals"))

    def _demand_known(self, plan: Plan) -> None:
        """Rows that may not be made must exist; rows that exist must be the user's to change."""
        columns = self.columns_of(plan, "_key")
        reason = _("is not known as %(word)s; create = true would make it") % {"word": plan.entity.word}
        if not plan.creates:
            self.reject(plan, "s._known IS NULL", columns, "s._key", reason.replace("%", "%%"))
        scope = self.scope_of(plan.entity)
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
            self.columns_of(plan, field.name),
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
        shown, value = self.columns_of(plan, field.name), f's."{field.name}"'
        self.reject(plan, f"s._id IN ({circle})", shown, value, _("stands under itself"))

    def _apply(self, plan: Plan, check: Check) -> None:
        value = check.value or (f's."{check.column}"::text' if check.column in plan.mapped else "s._key")
        bad = check.bad.replace("{on}", literal_day(plan.context.on))
        self.reject(plan, bad, self.columns_of(plan, check.column), value, check.reason, check.other_line)

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
        self.reject(plan, known, self.columns_of(plan, last), f's."{last}"', reason)
