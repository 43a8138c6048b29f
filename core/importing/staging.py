"""Staged records: temporary tables filled by COPY, gone with the transaction."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from core.importing.entities import Entity
from core.importing.records import Record, RowReader

CHUNK = 20_000
_PLACE = ["_row bigint", "_line bigint", "_key text"]
_TYPES = {
    "money": "numeric",
    "number": "numeric",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "json": "jsonb",
}


class Stage:
    """The staging tables of one import: `stage_<word>` per entity, with `_row`, `_line`, `_key` and its fields."""

    def __init__(self, reader: RowReader) -> None:
        self.entities: dict[str, Entity] = {}
        self.columns: dict[str, list[str]] = {}
        self.spawning: list[Entity] = []
        self._waiting: dict[str, list[Record]] = defaultdict(list)
        for section in reader.readers:
            self._include(section.entity, section.names)
            spawned = reader.kind.entity(section.entity.spawns)
            if spawned and section.entity.spawn_when in section.names:
                self._include(spawned, [name for name in section.entity.spawn if name != "_key"])
                self.spawning.append(section.entity)

    def _include(self, entity: Entity, names: Iterable[str]) -> None:
        known = self.columns.setdefault(entity.word, [])
        precisions = {f.name: f.precision for f in entity.fields if f.precision}
        for name in names:
            known += [c for c in (name, precisions.get(name, "")) if c and c not in known]
        self.entities[entity.word] = entity

    def create(self) -> None:
        """Make the tables; those of an earlier import in the same transaction go."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
                " AND relname ~ '^(stage|ready|changed|named|look|repeated)_'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TABLE "{name}"')
            for word, entity in self.entities.items():
                types = {f.name: _TYPES.get(f.type, "text") for f in entity.fields}
                columns = [f'"{c}" {types.get(c, "text")}' for c in self.columns[word]]
                cursor.execute(f'CREATE TEMP TABLE "stage_{word}" ({", ".join(_PLACE + columns)}) ON COMMIT DROP')

    def add(self, word: str, record: Record) -> None:
        waiting = self._waiting[word]
        waiting.append(record)
        if len(waiting) >= CHUNK:
            self.flush(word)

    def flush(self, word: str) -> None:
        """COPY what waits."""
        self.copy(word, self._waiting.pop(word, []))

    def finish(self) -> None:
        for word in list(self._waiting):
            self.flush(word)
        with connection.cursor() as cursor:
            for entity in self.spawning:
                columns = ", ".join(f'"{c}"' for c in entity.spawn)
                cursor.execute(
                    f'INSERT INTO "stage_{entity.spawns}" (_row, _line, {columns}) SELECT s._row, s._line,'
                    f' {", ".join(entity.spawn.values())} FROM "stage_{entity.word}" s'
                    f' WHERE s."{entity.spawn_when}" IS NOT NULL'
                )
            for word in self.entities:
                cursor.execute(f'ANALYZE "stage_{word}" (_row)')

    def copy(self, word: str, records: Iterable[Record]) -> None:
        columns = self.columns[word]
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(
            (row, line, key, *map(values.get, columns)) for row, line, key, values in records
        )
        buffer.seek(0)
        names = ", ".join(['"_row"', '"_line"', '"_key"', *(f'"{c}"' for c in columns)])
        with connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "stage_{word}" ({names}) FROM STDIN (FORMAT csv)', buffer)
