"""Lists as files: CSV and XLSX, with every text made harmless to a spreadsheet."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import translation

FORMATS = ("csv", "xlsx")
# So many rows go out in one part.
_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers and dates stay what they are."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def file_of(head: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str, kind: str) -> HttpResponse:
    """The answer that carries the list as a file; `kind` is csv or xlsx, `name` has no ending."""
    body, mime = (_xlsx(head, rows), _XLSX) if kind == "xlsx" else (_csv(head, rows), "text/csv; charset=utf-8")
    disposition = f'attachment; filename="{name}.{kind}"'
    return HttpResponse(body, content_type=mime, headers={"Content-Disposition": disposition})


def stream_of(
    head: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str, kind: str
) -> FileResponse | StreamingHttpResponse:
    """The same file, row by row: memory does not grow with the list, however long. `rows` may be a generator; it is
    read after the request, in the language of the request."""
    spoken = _spoken(rows, translation.get_language() or "en")
    disposition = f'attachment; filename="{name}.{kind}"'
    if kind != "xlsx":
        parts = _csv_parts(head, spoken)
        return StreamingHttpResponse(
            parts, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )
    out = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    _write_book(out, head, spoken, {"constant_memory": True})
    out.seek(0)
    return FileResponse(out, content_type=_XLSX, headers={"Content-Disposition": disposition})


def _spoken(rows: Iterable[Any], language: str) -> Iterator[Any]:
    """The rows, each made in that language."""
    waiting = iter(rows)
    while True:
        with translation.override(language):
            try:
                row = next(waiting)
            except StopIteration:
                return
        yield row


def _csv_parts(head: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[bytes]:
    yield _csv(head, ())
    while part := list(islice(rows, _AT_ONCE)):
        yield _lines(part).encode()


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return _lines((head, *rows)).encode("utf-8-sig")


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(["" if value is None else harmless(value) for value in row])
    return out.getvalue()


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    _write_book(out, head, rows, {"in_memory": True})
    return out.getvalue()


def _write_book(out: Any, head: Sequence[str], rows: Iterable[Sequence[Any]], options: dict[str, bool]) -> None:
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, **options})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [harmless(name) for name in head], bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _cell(sheet, line, column, value, day)
    book.close()


def _cell(sheet: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(line, column, value, day)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(harmless(value)))
