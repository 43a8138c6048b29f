"""Lists as files: CSV and XLSX, with every text made harmless to a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse

FORMATS = ("csv", "xlsx")
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


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (head, *rows):
        writer.writerow(["" if value is None else harmless(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [harmless(name) for name in head], bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _cell(sheet, line, column, value, day)
    book.close()
    return out.getvalue()


def _cell(sheet: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(line, column, value, day)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(harmless(value)))
