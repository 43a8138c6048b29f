"""Rows of the file into records of entities, ready to be staged."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _

from core.importing.entities import Field, Values
from core.importing.mapping import Expression, Mapping, Section
from core.importing.problems import BadValue, Problem
from core.importing.values import Cells, Columns, Read, key_reader, text_reader, value_reader

Record = tuple[int, int, str, Values]


@dataclass
class Reader:
    """One field of a section: how it is read, and where its text stands in the file."""

    name: str
    read: Callable[[Cells], Any]
    raw: Read
    columns: str
    precision: str = ""


class SectionReader:
    """Reads one section of a mapping out of rows."""

    def __init__(self, section: Section, mapping: Mapping, columns: Columns, words: set[str]) -> None:
        self.section, self.entity = section, section.entity
        self.mapping, self.columns = mapping, columns
        place = f"[{self.entity.word}]"
        self.key_raw = text_reader(section.key, columns, mapping, f"{place} key") if section.key else None
        self.key_of = key_reader(self.key_raw) if self.key_raw else None
        self.links = [f.name for f in self._linked(words)]
        self.readers = [self._reader(f, section.fields[f.name]) for f in self.entity.fields if f.name in section.fields]
        self.parts: dict[str, list[tuple[str, Read]]] = defaultdict(list)
        for name, part, e in section.json:
            self.parts[name].append((part, text_reader(e, columns, mapping, f"{place} {name}")))
        self.chosen = [(name, columns.at(column, f"{place} attributes")) for name, column in section.attributes]
        self.filled = self.entity.filled(words | section.fields.keys())
        self.required = [f for f in self.entity.fields if f.required]
        self.counts: dict[str, int] = defaultdict(int)
        self.numbered = bool(section.key and section.key.numbered)

    def _linked(self, words: set[str]) -> Iterator[Field]:
        """Fields that name an entity which the same row makes: they follow it unless the mapping says otherwise."""
        for f in self.entity.fields:
            if f.type == "ref" and f.name == f.to and f.to in words and f.name not in self.section.fields:
                yield f

    def _reader(self, f: Field, expression: Expression) -> Reader:
        place = f"[{self.entity.word}] {f.name}"
        raw = text_reader(expression, self.columns, self.mapping, place)
        read = value_reader(f, self.entity, expression, raw, self.mapping)
        if f.type == "ref":
            check = key_reader(raw)
            read = lambda cells: check(cells) or None  # noqa: E731
        return Reader(f.name, read, raw, ", ".join(expression.sources), f.precision)

    def choose_unmapped(self) -> None:
        """Once all sections are read: the columns that none of them uses become attributes."""
        if self.section.unmapped:
            left_out = self.columns.used | set(self.section.unmapped_except)
            headers = self.columns.headers
            self.chosen += [(h, at) for at, h in enumerate(headers) if h and h not in left_out]

    @property
    def names(self) -> list[str]:
        """The fields that this section can fill, in the order of the entity."""
        filled = {r.name for r in self.readers} | set(self.links) | self.parts.keys()
        filled |= self.filled
        if self.chosen:
            filled.add("attributes")
        return [f.name for f in self.entity.fields if f.name in filled]

    def key(self, cells: Cells, keys: dict[str, str], values: Values) -> str:
        """The key of this entity in this row; empty where the row makes none."""
        if self.key_of:
            found = self.key_of(cells)
            return self._numbered(found, first=False) if self.numbered and found else found
        if not self.entity.default_key:
            return ""
        found = self.entity.default_key(keys, values)
        return self._numbered(found, first=True) if found and self.entity.numbered else found

    def _numbered(self, key: str, first: bool) -> str:
        self.counts[key] += 1
        count = self.counts[key]
        return f"{key}/{count}" if first or count > 1 else key

    def values(self, cells: Cells, keys: dict[str, str], wrong: list[tuple[str, str, str]]) -> Values:
        """The values of one row; what cannot be read goes to `wrong` as (columns, text, reason)."""
        found: Values = {name: keys.get(name) for name in self.links}
        for reader in self.readers:
            try:
                value = reader.read(cells)
            except BadValue as error:
                wrong.append((reader.columns, reader.raw(cells), str(error)))
                continue
            if value.__class__ is tuple:
                found[reader.name], precision = value
                if reader.precision:
                    found[reader.precision] = precision
            else:
                found[reader.name] = value
        self._json(cells, found)
        return found

    def _json(self, cells: Cells, found: Values) -> None:
        if self.chosen:
            kept = {name: text for name, at in self.chosen if (text := cells[at].strip())}
            found["attributes"] = orjson.dumps(kept).decode()
        for name, parts in self.parts.items():
            filled = {part: text for part, read in parts if (text := read(cells))}
            found[name] = orjson.dumps(filled).decode()

    def lacks(self, values: Values) -> str:
        """The first required field that is mapped and empty, if any."""
        return next((f.name for f in self.required if not any(map(values.get, (f.name, *f.through)))), "")

    def columns_of(self, name: str) -> str:
        known = {r.name: r.columns for r in self.readers}
        return known.get(name) or name


@dataclass
class Stock:
    """Records of an entity that rows share (an account, an order), by key, in order of appearance."""

    by_key: dict[str, Record] = field(default_factory=dict)


class RowReader:
    """Turns rows into records, entity by entity. What is broken is collected in `problems`."""

    def __init__(self, mapping: Mapping, columns: Columns) -> None:
        self.kind = mapping.kind
        words = {s.entity.word for s in mapping.sections}
        self.readers = [SectionReader(s, mapping, columns, words) for s in mapping.sections]
        for reader in self.readers:
            reader.choose_unmapped()
        chain = [e for e in mapping.kind.chain if e.word in words]
        self.leaf = chain[-1]
        self.shared = {r.entity.word for r in self.readers if r.section.is_side or r.entity in chain[:-1]}
        self.attached = {e.word for e in mapping.kind.attached}
        self.stocks: dict[str, Stock] = {word: Stock() for word in self.shared}
        self.problems: list[Problem] = []
        self.named: dict[tuple[str, bool], set[str]] = defaultdict(set)
        self._names = [
            (r.entity.word, f.name, f.to, r.section.fields[f.name].create)
            for r in self.readers
            for f in r.entity.fields
            if f.type == "named" and f.name in r.section.fields
        ]
        self.count = 0

    def read(self, line: int, cells: Cells) -> list[tuple[str, Record]]:
        """The records of one row that belong to it alone: its leaf and what is attached to it."""
        self.count += 1
        row = self.count
        keys: dict[str, str] = {}
        made: dict[str, Values] = {}
        wrong: list[tuple[str, str, str]] = []
        fresh: list[tuple[SectionReader, Record]] = []
        for reader in self.readers:
            record = self._record(reader, row, line, cells, keys, made, wrong)
            if record:
                fresh.append((reader, record))
        if wrong:
            self.problems += [Problem(line, column, text, reason, row) for column, text, reason in wrong]
            return []
        self._collect_names(made)
        own = [(reader.entity, record) for reader, record in fresh if reader.entity.word not in self.shared]
        agreed = [self._share(r, record) for r, record in fresh if r.entity.word in self.shared]
        if not all(agreed):
            return []
        return [(entity.word, record) for entity, record in own]

    def _record(
        self,
        reader: SectionReader,
        row: int,
        line: int,
        cells: Cells,
        keys: dict[str, str],
        made: dict[str, Values],
        wrong: list[tuple[str, str, str]],
    ) -> Record | None:
        word = reader.entity.word
        if reader.section.is_side and self._is_known_side(reader, cells, keys, wrong):
            return None
        values = reader.values(cells, keys, wrong)
        if reader.entity.finish:
            reader.entity.finish(values, made)
        missing = reader.lacks(values)
        if missing and word in self.attached:
            return None
        if missing and not (reader.section.is_side and not reader.section.create):
            self._miss(reader, missing, wrong)
        key = self._key(reader, cells, keys, values, wrong)
        if not key:
            return None
        keys[word] = key
        made[word] = values
        return row, line, key, values

    def _is_known_side(
        self, reader: SectionReader, cells: Cells, keys: dict[str, str], wrong: list[tuple[str, str, str]]
    ) -> bool:
        """Whether this row names no such side entity, or one that an earlier row described."""
        if not reader.key_of:
            return False
        try:
            key = reader.key_of(cells)
        except BadValue:
            return False
        if key in self.stocks[reader.entity.word].by_key:
            keys[reader.entity.word] = key
            return True
        return not key

    def _miss(self, reader: SectionReader, name: str, wrong: list[tuple[str, str, str]]) -> None:
        columns = reader.columns_of(name)
        if not any(column == columns for column, _text, _reason in wrong):
            wrong.append((columns, "", _("is empty, and %(word)s needs it") % {"word": reader.entity.word}))

    def _key(
        self,
        reader: SectionReader,
        cells: Cells,
        keys: dict[str, str],
        values: Values,
        wrong: list[tuple[str, str, str]],
    ) -> str:
        columns = ", ".join(reader.section.key.sources) if reader.section.key else ""
        try:
            key = reader.key(cells, keys, values)
        except BadValue as error:
            wrong.append((columns, reader.key_raw(cells) if reader.key_raw else "", str(error)))
            return ""
        is_own = not reader.section.is_side and reader.entity.word not in self.attached
        if not key and is_own and not wrong:
            wrong.append((columns, "", _("is empty, and it is the key")))
        return key

    def _collect_names(self, made: dict[str, Values]) -> None:
        for word, name, resolver, create in self._names:
            values = made.get(word)
            text = values.get(name) if values else None
            if text:
                self.named[resolver, create].add(text)

    def _share(self, reader: SectionReader, record: Record) -> bool:
        """Keep the first record of a key. Of our own entities, a row that says something else is told so."""
        known = self.stocks[reader.entity.word].by_key.setdefault(record[2], record)
        if known is record or reader.section.is_side:
            return True
        differs = [n for n in reader.names if n != "attributes" and known[3].get(n) != record[3].get(n)]
        if differs:
            reason = _("differs from line %(line)s, which has the same key") % {"line": known[1]}
            value = str(record[3].get(differs[0]) or "")
            self.problems.append(Problem(record[1], reader.columns_of(differs[0]), value, reason, record[0]))
        return not differs
