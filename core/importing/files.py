"""Files into rows of text: CSV in any encoding and with any delimiter, and sheets of XLSX workbooks."""

import codecs
import csv
import hashlib
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.importing.problems import Refused

Row = tuple[int, list[str]]
Progress = Callable[[float], None]
DELIMITERS = (";", ",", "\t", "|")
_CELL_LIMIT = 1_000_000
_UNPACKED_LIMIT = 400_000_000
_RATIO_LIMIT = 250
_SHEET_ROWS = 1_048_576


class Native(str):
    """A number or date that the workbook itself holds as such: already in plain form, no style applies to it."""

    def strip(self, *args: Any) -> "Native":
        return self


@dataclass(frozen=True)
class FileStyle:
    """How a file is to be read. `header` is the line of the headers; 0 means none, columns are called "1", "2" ..."""

    encoding: str = "auto"
    delimiter: str = "auto"
    sheet: str = ""
    header: int = 1


@dataclass(frozen=True)
class Table:
    """The headers of a file and its rows, each with the line on which it begins."""

    headers: list[str]
    rows: Iterator[Row]


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_table(path: Path, style: FileStyle, progress: Progress = lambda share: None) -> Table:
    """Open a file. Raises Refused with a sentence where it cannot be read."""
    if not path.is_file():
        raise Refused(_("There is no file %(path)s.") % {"path": path})
    if path.stat().st_size == 0:
        raise Refused(_("The file %(path)s is empty.") % {"path": path.name})
    rows = _sheet_rows(path, style) if _is_workbook(path) else _csv_rows(path, style, progress)
    return _with_headers(rows, style.header, path)


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def _with_headers(rows: Iterator[Row], header: int, path: Path) -> Table:
    if header == 0:
        first = next(rows, None)
        width = len(first[1]) if first else 0
        kept = itertools.chain([first] if first else [], rows)
        return Table([str(n) for n in range(1, width + 1)], kept)
    for line, cells in rows:
        if line >= header and any(cells):
            return Table(_headers(cells, line), rows)
    raise Refused(_("The file %(path)s has no line %(line)s for the headers.") % {"path": path.name, "line": header})


def _headers(cells: list[str], line: int) -> list[str]:
    names = [" ".join(cell.split()) for cell in cells]
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        message = _("Line %(line)s has the same column more than once: %(names)s.")
        raise Refused(message % {"line": line, "names": ", ".join(twice)})
    return names


# CSV


def _csv_rows(path: Path, style: FileStyle, progress: Progress) -> Iterator[Row]:
    encoding = _encoding(path, style.encoding)
    line = 1
    try:
        with path.open("r", encoding=encoding, newline="") as stream:
            for line, cells in _parsed(stream, style, path.stat().st_size, progress):
                yield line, cells
    except csv.Error as error:
        message = _("Behind line %(line)s a row cannot be read: %(error)s.")
        raise Refused(message % {"line": line, "error": error}) from error
    except UnicodeError as error:
        message = _("Behind line %(line)s the file is not %(encoding)s; state its encoding in the mapping.")
        raise Refused(message % {"line": line, "encoding": encoding}) from error


def _parsed(stream: io.TextIOWrapper, style: FileStyle, size: int, progress: Progress) -> Iterator[Row]:
    stated, delimiter = _delimiter(stream, style)
    stream.seek(0)
    csv.field_size_limit(_CELL_LIMIT)
    yield from _numbered(csv.reader(_told(stream, size, progress), delimiter=delimiter), skip=int(stated))


def _numbered(reader: Any, skip: int) -> Iterator[Row]:
    begins = 1
    for cells in reader:
        if cells and begins > skip:
            yield begins, cells
        begins = reader.line_num + 1


def _told(stream: io.TextIOBase, size: int, progress: Progress) -> Iterator[str]:
    """The lines of a stream, telling every so often how far they are; bytes and characters count as one here."""
    done = 0
    for count, line in enumerate(stream):
        done += len(line)
        if count % 5000 == 0:
            progress(min(done / size, 1.0))
        yield line


def _delimiter(stream: io.TextIOBase, style: FileStyle) -> tuple[bool, str]:
    """Whether the first line is Excel's `sep=;`, and the delimiter."""
    first = stream.readline(_CELL_LIMIT)
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return True, first.strip()[-1]
    if style.delimiter != "auto":
        return False, style.delimiter
    for _number in range(style.header - 1):
        first = stream.readline(_CELL_LIMIT)
    return False, max(DELIMITERS, key=_outside_quotes(first).count)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _encoding(path: Path, stated: str) -> str:
    if stated != "auto":
        try:
            name = codecs.lookup(stated).name
        except LookupError as error:
            raise Refused(_("The encoding %(name)s is not known.") % {"name": stated}) from error
        return "utf-8-sig" if name == "utf-8" else name
    with path.open("rb") as stream:
        beginning = stream.read(4096)
    return _marked(beginning) or _guessed(path)


def _marked(beginning: bytes) -> str:
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = max(len(beginning) // 2, 1)
    if beginning[1::2].count(0) > half * 0.4:
        return "utf-16-le"
    return "utf-16-be" if beginning[::2].count(0) > half * 0.4 else ""


def _guessed(path: Path) -> str:
    """UTF-8 if every byte agrees, Windows-1252 if none is UTF-8 beyond ASCII; a mixture is refused."""
    broken, multibyte = 0, False
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            if raw.isascii():
                continue
            try:
                raw.decode("utf-8")
                multibyte = True
            except UnicodeDecodeError:
                broken = broken or line
            if broken and multibyte:
                message = _("Line %(line)s is not UTF-8 while other lines are; state the encoding in the mapping.")
                raise Refused(message % {"line": broken})
    if broken:
        _demand_cp1252(path)
    return "cp1252" if broken else "utf-8"


def _demand_cp1252(path: Path) -> None:
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            try:
                raw.decode("cp1252")
            except UnicodeDecodeError as error:
                message = _("Line %(line)s is neither UTF-8 nor Windows-1252; state the encoding in the mapping.")
                raise Refused(message % {"line": line}) from error


# XLSX


def _sheet_rows(path: Path, style: FileStyle) -> Iterator[Row]:
    from python_calamine import CalamineError, CalamineWorkbook

    _demand_modest(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_name(_sheet_name(book.sheet_names, style.sheet))
        rows = sheet.to_python(skip_empty_area=False, nrows=_SHEET_ROWS)
    except (CalamineError, OSError, ValueError) as error:
        message = _("The workbook %(path)s cannot be read: %(error)s.")
        raise Refused(message % {"path": path.name, "error": error}) from error
    for line, cells in enumerate(rows, 1):
        yield line, [_as_text(cell) for cell in cells]


def _sheet_name(names: list[str], wanted: str) -> str:
    if not wanted:
        return names[0]
    if wanted not in names:
        message = _("There is no sheet %(name)s; there are: %(names)s.")
        raise Refused(message % {"name": wanted, "names": ", ".join(names)})
    return wanted


def _demand_modest(path: Path) -> None:
    """Refuse a workbook that unpacks to far more than it weighs, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = [(entry.file_size, entry.compress_size) for entry in packed.infolist()]
    except zipfile.BadZipFile as error:
        message = _("The workbook %(path)s cannot be read: it is no XLSX file, or it is encrypted.")
        raise Refused(message % {"path": path.name}) from error
    unpacked, packed_size = sum(s[0] for s in sizes), max(sum(s[1] for s in sizes), 1)
    if unpacked > _UNPACKED_LIMIT or len(sizes) > 10_000 or (unpacked > 50e6 and unpacked / packed_size > _RATIO_LIMIT):
        raise Refused(_("The workbook %(path)s unpacks to too much; export it as CSV.") % {"path": path.name})


def _as_text(cell: Any) -> str:
    """A cell as plain text: dates in ISO form, whole numbers without a decimal mark."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return Native(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else Native(repr(cell))
    if isinstance(cell, datetime):
        return Native(cell.date().isoformat() if cell.time() == time() else cell.isoformat(" "))
    if isinstance(cell, date | time | timedelta | int):
        return Native(cell)
    return ""
