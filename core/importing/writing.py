"""Resolved rows into the tables: new ones inserted, changed ones updated, unchanged ones left alone."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from django.db import connection

from core import history
from core.actions import post, touch_found
from core.importing.plan import Plan, Setting
from core.models import Outbox

Counts = dict[str, int]
FEW = 1000


class Writer:
    """Writes the ready rows of all entities, and tells who depends on them."""

    def __init__(self, plans: dict[str, Plan], on: date, batch: int) -> None:
        self.plans, self.on, self.batch = plans, on, batch
        self.by_account: dict[int, Counter[str]] = defaultdict(Counter)

    def write(self) -> None:
        """Write every entity, its history, and what follows from it; then touch once per kind."""
        for plan in self.plans.values():
            self._mark_changed(plan)
            self._insert(plan)
            self._update(plan)
        for plan in self.plans.values():
            self._keep_history(plan)
            if plan.entity.after:
                plan.entity.after(plan, f"ready_{plan.entity.word}")
        for plan in self.plans.values():
            self._touch(plan)

    def _mark_changed(self, plan: Plan) -> None:
        """Known rows that the file would change."""
        word, settings = plan.entity.word, [s for s in plan.settings() if s.counts]
        old = ", ".join(f't."{s.column}"' for s in settings)
        new = ", ".join(s.known for s in settings)
        differs = f"({old}) IS DISTINCT FROM ({new})" if settings and plan.updates else "false"
        with connection.cursor() as cursor:
            cursor.execute(
                f'CREATE TEMP TABLE "changed_{word}" ON COMMIT DROP AS SELECT s._id FROM "ready_{word}" s'
                f' JOIN "{plan.entity.table}" t ON t.id = s._known WHERE s._ok AND {differs}'
            )

    def _insert(self, plan: Plan) -> None:
        values: dict[str, str] = {"id": "s._id"} | plan.constants() | {s.column: s.new for s in plan.settings()}
        columns = ", ".join(f'"{c}"' for c in values)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{plan.entity.table}" ({columns}) SELECT {", ".join(values.values())}'
                f' FROM "ready_{plan.entity.word}" s WHERE s._ok AND s._known IS NULL'
            )

    def _update(self, plan: Plan) -> None:
        settings: list[Setting] = plan.settings()
        if not settings or not _count(f'SELECT count(*) FROM "changed_{plan.entity.word}"'):
            return
        assigned = ", ".join(f'"{s.column}" = {s.known}' for s in settings)
        if plan.entity.has("batch_id"):
            assigned += f", batch_id = {self.batch}"
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{plan.entity.table}" t SET {assigned} FROM "ready_{plan.entity.word}" s'
                f' JOIN "changed_{plan.entity.word}" c ON c._id = s._id WHERE t.id = s._id'
            )

    def _keep_history(self, plan: Plan) -> None:
        if plan.entity.period:
            word = plan.entity.word
            history.begin(plan.entity.period, f'SELECT _id FROM "ready_{word}" WHERE _ok AND _known IS NULL')
            history.keep(plan.entity.period, _ids(f'SELECT _id FROM "changed_{word}"'), on=self.on)

    def _touch(self, plan: Plan) -> None:
        """Touch what was made or changed, from the earliest day on which it says something."""
        entity = plan.entity
        if not entity.touches:
            return
        since = entity.since or literal_day(self.on)
        rows = f'SELECT t.id, {entity.account}, {since} FROM "{entity.table}" t WHERE t.id IN ({written(entity.word)})'
        for account, count in touch_found(entity.touches, rows.replace("%", "%%"), on=self.on).items():
            self.by_account[account][entity.plural] += count

    def refresh_statistics(self) -> None:
        """Where a table has grown by half and more, the planner must know before somebody asks; less can wait."""
        with connection.cursor() as cursor:
            for plan in self.plans.values():
                tables = {model._meta.db_table for model in (plan.entity.model, plan.entity.period) if model}
                count = _count(f"SELECT count(*) FROM ({written(plan.entity.word)}) x")
                cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [sorted(tables)])
                grown = [name for name, known in cursor.fetchall() if count >= max(FEW, known / 2)]
                if grown:
                    cursor.execute("ANALYZE " + ", ".join(f'"{name}"' for name in grown))

    def tell_owners(self, owners: dict[int, int], kind: str) -> None:
        """One digest per owner of what changed at their accounts. `owners` maps accounts to owners."""
        totals: dict[int, Counter[str]] = defaultdict(Counter)
        accounts: Counter[int] = Counter()
        for account, counts in self.by_account.items():
            if account in owners:
                totals[owners[account]] += counts
                accounts[owners[account]] += 1
        post(self._digest(owner, dict(counts), accounts[owner], kind) for owner, counts in sorted(totals.items()))

    def _digest(self, owner: int, counts: Counts, accounts: int, kind: str) -> Outbox:
        return Outbox(
            dedupe_key=f"import.digest:{self.batch}:{owner}",
            kind="import.digest",
            subject_kind="owner",
            subject_id=owner,
            destination=f"owner:{owner}",
            payload={"batch": self.batch, "kind": kind, "accounts": accounts, "changed": counts},
        )


def written(word: str) -> str:
    """SQL for the ids that this import made or changed."""
    return f'SELECT _id FROM "ready_{word}" WHERE _ok AND _known IS NULL UNION ALL SELECT _id FROM "changed_{word}"'


def literal_day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def counts_of(plan: Plan) -> Counts:
    """What became of the distinct rows of an entity."""
    word = plan.entity.word
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FILTER (WHERE _ok AND _known IS NULL), (SELECT count(*) FROM "changed_{word}"),'
            f' count(*) FILTER (WHERE _ok AND _known IS NOT NULL), count(*) FROM "ready_{word}"'
        )
        created, updated, known, staged = cursor.fetchone()
    return {
        "read": staged,
        "created": created,
        "updated": updated,
        "unchanged": known - updated,
        "rejected": staged - created - known,
    }


def rows_by_outcome(leaf: str, own: list[str]) -> tuple[int, int, int]:
    """Rows of the file that made something new, changed something, or neither.

    A row is new if its leaf is; changed if anything of its own is new or changed.
    """
    new = f'SELECT 1 FROM "ready_{leaf}" n WHERE n._ok AND n._known IS NULL AND n._row = x._row'
    stirred = [f'SELECT s._row FROM "ready_{w}" s JOIN "changed_{w}" c ON c._id = s._id WHERE s._ok' for w in own]
    stirred += [f'SELECT _row FROM "ready_{w}" WHERE _ok AND _known IS NULL' for w in own if w != leaf]
    created = _count(f'SELECT count(*) FROM "ready_{leaf}" WHERE _ok AND _known IS NULL')
    updated = _count(f"SELECT count(DISTINCT _row) FROM ({' UNION ALL '.join(stirred)}) x WHERE NOT EXISTS ({new})")
    total = _count(f'SELECT count(*) FROM "ready_{leaf}" WHERE _ok')
    return created, updated, total - created - updated


def _count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def _ids(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]
