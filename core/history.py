"""Keeping history where it counts: period rows that follow the present values of their subject.

An action that changed owner, dates, level, stage ... of some subjects calls `keep` with the day from which the new
values stand. It is set-based: three statements, whatever the number of subjects.
"""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from core.calendar import BEGINNING
from core.models.facts import Period


def keep(period: type[Period], ids: Iterable[int], *, on: date) -> None:
    """Bring the periods of these subjects in line with their present values, as of `on`.

    A subject without a period gets one from 1900-01-01. Where the values differ from those of the open period, that
    period ends on `on` and a new one begins; a second change on one day overwrites the first.
    """
    chosen = list(ids)
    if chosen:
        _Keeper(period).keep(chosen, on)


def begin(period: type[Period], ids: str) -> None:
    """Write the first period, from 1900-01-01, for subjects that have none yet; `ids` is SQL of ours yielding them."""
    _Keeper(period).begin(ids)


class _Keeper:
    def __init__(self, period: type[Period]) -> None:
        skip = {"id", "valid_from", "valid_to", "recorded_at"}
        fields = [f for f in period._meta.concrete_fields if f.name not in skip]
        subject = next(f for f in fields if f.name == period.subject_field)  # type: ignore[attr-defined]
        columns = [f.column for f in fields if f is not subject]
        self.period = period._meta.db_table
        self.table = subject.remote_field.model._meta.db_table  # type: ignore[union-attr]
        self.key = subject.column
        self.columns = columns
        self.differs = f"({self._of('p')}) IS DISTINCT FROM ({self._of('s')})"

    def _of(self, alias: str) -> str:
        return ", ".join(f'{alias}."{c}"' for c in self.columns)

    def begin(self, ids: str) -> None:
        names = ", ".join(f'"{c}"' for c in self.columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{self.period}" ("{self.key}", {names}, valid_from)'
                f" SELECT s.id, {self._of('s')}, DATE '{BEGINNING.isoformat()}'"
                f' FROM "{self.table}" s WHERE s.id IN ({ids})'
            )

    def keep(self, ids: list[int], on: date) -> None:
        joined = f'p."{self.key}" = s.id AND p.valid_to IS NULL AND s.id = ANY(%s) AND {self.differs}'
        assigned = ", ".join(f'"{c}" = s."{c}"' for c in self.columns)
        names = ", ".join(f'"{c}"' for c in self.columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{self.period}" p SET {assigned} FROM "{self.table}" s WHERE {joined} AND p.valid_from >= %s',
                [ids, on],
            )
            cursor.execute(
                f'UPDATE "{self.period}" p SET valid_to = %s FROM "{self.table}" s WHERE {joined}', [on, ids]
            )
            cursor.execute(
                f'INSERT INTO "{self.period}" ("{self.key}", {names}, valid_from)'
                f" SELECT s.id, {self._of('s')},"
                f' CASE WHEN EXISTS (SELECT 1 FROM "{self.period}" e WHERE e."{self.key}" = s.id) THEN %s ELSE %s END'
                f' FROM "{self.table}" s WHERE s.id = ANY(%s) AND NOT EXISTS'
                f' (SELECT 1 FROM "{self.period}" p WHERE p."{self.key}" = s.id AND p.valid_to IS NULL)',
                [on, BEGINNING, ids],
            )
