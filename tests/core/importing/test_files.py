"""Files in the encodings and shapes that they come in (trust.md 4a)."""

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from core.importing.files import FileStyle, read_table
from core.importing.problems import Refused

GOLDEN = "Koëlle & Zn. – €"


def table(path, **style):
    found = read_table(path, FileStyle(**style))
    return found.headers, list(found.rows)


def written(tmp_path, content: bytes, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_found_by_themselves(tmp_path, encoding):
    path = written(tmp_path, f"name;city\n{GOLDEN};Zürich\n".encode(encoding))
    assert table(path) == (["name", "city"], [(2, [GOLDEN, "Zürich"])])


def test_a_stated_encoding_is_used(tmp_path):
    path = written(tmp_path, "name,x\nŁódź €,1\n".encode("iso-8859-2", "replace"))
    assert table(path, encoding="iso-8859-2")[1] == [(2, ["Łódź ?", "1"])]
    euro = written(tmp_path, "name,x\n5 €,1\n".encode("iso-8859-15"))
    assert table(euro, encoding="iso-8859-15")[1] == [(2, ["5 €", "1"])]


def test_mixed_and_truncated_encodings_are_refused_with_their_line(tmp_path):
    with pytest.raises(Refused, match="Line 3"):
        table(written(tmp_path, b"name\nKo\xc3\xablle\nKo\xeblle\n"))
    with pytest.raises(Refused, match="the file is not utf-8"):
        table(written(tmp_path, b"name\nKo\xc3\n"), encoding="utf-8")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters_are_found_by_themselves(tmp_path, delimiter):
    text = delimiter.join(["a", '"x,y;z"', "c"]) + "\n" + delimiter.join(["1", "2", "3"]) + "\n"
    assert table(written(tmp_path, text.encode())) == (["a", "x,y;z", "c"], [(2, ["1", "2", "3"])])


def test_a_sep_line_quoted_line_breaks_and_carriage_returns(tmp_path):
    assert table(written(tmp_path, b"sep=;\r\na;b\r\n1;2\r\n")) == (["a", "b"], [(3, ["1", "2"])])
    assert table(written(tmp_path, b'a,b\n"one\ntwo",2\n3,4\n'))[1] == [(2, ["one\ntwo", "2"]), (4, ["3", "4"])]
    assert table(written(tmp_path, b"a,b\r1,2\r"))[1] == [(2, ["1", "2"])]


def test_headers_stand_where_they_are_said_to(tmp_path):
    path = written(tmp_path, b"Report of today\n\nid,name\n1,x\n")
    assert table(path, header=3) == (["id", "name"], [(4, ["1", "x"])])
    assert table(written(tmp_path, b"1,x\n"), header=0) == (["1", "2"], [(1, ["1", "x"])])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"id,name,id\n1,2,3\n", "more than once: id"), (b"\n\n", "no line 1")],
)
def test_unusable_files_are_refused_in_a_sentence(tmp_path, content, sentence):
    with pytest.raises(Refused, match=sentence):
        table(written(tmp_path, content))


@pytest.mark.parametrize("epoch", [False, True])
def test_a_workbook_shows_what_excel_shows(tmp_path, epoch):
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(path, {"date_1904": epoch})
    sheet = book.add_worksheet("Machines")
    sheet.write_row(0, 0, ["id", "day", "amount", "count", "text", "formula"])
    sheet.write_string(1, 0, "00123")
    sheet.write_datetime(1, 1, datetime(2026, 2, 28), book.add_format({"num_format": "dd-mm-yyyy"}))
    sheet.write_number(1, 2, 1.234)
    sheet.write_number(1, 3, 12)
    sheet.write_string(1, 4, "MAR-1")
    sheet.write_formula(1, 5, "=1+1", None, 2)
    book.close()
    assert table(path, sheet="Machines")[1] == [(2, ["00123", "2026-02-28", "1.234", "12", "MAR-1", "2"])]
    with pytest.raises(Refused, match="There is no sheet Other; there are: Machines"):
        table(path, sheet="Other")


def test_a_workbook_that_is_none_or_unpacks_to_too_much_is_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        table(written(tmp_path, b"PK\x03\x04 nothing", "broken.xlsx"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(Refused, match="unpacks to too much"):
        table(written(tmp_path, packed.getvalue(), "bomb.xlsx"))
