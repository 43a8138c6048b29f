"""The mapping language: what each word of it makes of a row (docs/importing.md)."""

import json
import tomllib

import pytest

from core.importing.entities import kind as kind_named
from core.importing.files import FileStyle, read_table
from core.importing.problems import Refused
from core.importing.records import RowReader
from core.importing.shape import shaped
from core.importing.toml import parse_mapping
from core.importing.values import Columns


def records(tmp_path, kind: str, mapping: str, text: str):
    """What a file becomes before it meets the base: (word, key, values) per record, and the problems."""
    path = tmp_path / "file.csv"
    path.write_text(text, "utf-8")
    described = parse_mapping(tomllib.loads('source = "x"\n' + mapping), kind_named(kind), "mapping.toml")
    table = read_table(path, described.file)
    columns = Columns(table.headers)
    rows = shaped(table.headers, table.rows, described.shape, columns.at)
    columns.headers = rows.headers
    reader = RowReader(described, columns)
    found = [(word, r[2], r[3]) for line, cells in rows.rows for word, r in reader.read(line, cells)]
    shared = [(word, r[2], r[3]) for word, stock in reader.stocks.items() for r in stock.by_key.values()]
    return found + shared, [(p.line, p.column, p.value, p.reason) for p in reader.problems + rows.problems]


def one(tmp_path, kind: str, mapping: str, text: str):
    found, problems = records(tmp_path, kind, mapping, text)
    assert not problems
    assert len(found) == 1
    return found[0]


ACCOUNT = '[account]\nkey = "id"\nname = '


@pytest.mark.parametrize(
    ("expression", "cells", "name"),
    [
        ('"a"', "Acme,x", "Acme"),
        ('["a", "b"]', "Acme,BV", "Acme BV"),
        ('{ columns = ["a", "b"], join = "|" }', "Acme,BV", "Acme|BV"),
        ('{ columns = ["a", "b"], join = "|" }', "Acme,", "Acme"),
        ('{ first = ["a", "b"] }', ",BV", "BV"),
        ('{ constant = "Always" }', "Acme,x", "Always"),
        ('{ column = "a", pattern = "^[A-Z]+" }', "ACme,x", "AC"),
        ('{ column = "a", pattern = "^(.*?)-\\\\d+$" }', "SAMPSON-13608,x", "SAMPSON"),
        ('{ column = "a", replace = [["\\\\s*\\\\d+$", ""]] }', "Bolt 123,x", "Bolt"),
        ('{ column = "a", values = { technolgy = "technology" } }', "technolgy,x", "technology"),
        ('{ column = "a", values = { y = "Yes" }, otherwise = "No" }', "q,x", "No"),
        ('{ column = "a", default = "Unknown" }', ",x", "Unknown"),
        ('{ column = "a", empty = ["-"], default = "Unknown" }', "-,x", "Unknown"),
        ('{ column = "a", case = "upper" }', "acme,x", "ACME"),
        ('"a"', "=cmd|'/c calc'!A1,x", "=cmd|'/c calc'!A1"),
        ('"a"', "+31 6 1234,x", "+31 6 1234"),
    ],
)
def test_expressions(tmp_path, expression, cells, name):
    assert one(tmp_path, "accounts", ACCOUNT + expression, f"id,a,b\n1,{cells}\n")[2]["name"] == name


def test_one_column_is_split_over_two_entities(tmp_path):
    mapping = """
    [account]
    create = true
    key = { column = "place", pattern = "^(.*?) - " }
    name = { column = "place", pattern = "^(.*?) - " }
    [site]
    key = "place"
    name = { column = "place", pattern = " - (.*)$" }
    """
    found, _problems = records(tmp_path, "sites", mapping, "place\nAcme - Plant North\nAcme - Plant South\n")
    assert [(word, key, values["name"]) for word, key, values in found] == [
        ("site", "Acme - Plant North", "Plant North"),
        ("site", "Acme - Plant South", "Plant South"),
        ("account", "Acme", "Acme"),
    ]


def test_empty_texts_of_the_file_mean_nothing(tmp_path):
    mapping = '[file]\nempty = ["NULL"]\n' + ACCOUNT + '"a"\ncity = "b"'
    assert one(tmp_path, "accounts", mapping, "id,a,b\n1,A,NULL\n")[2] == {"name": "A", "city": None}


def test_total_rows_are_left_out(tmp_path):
    skip = (
        'skip = [{ column = "a", matches = "^Total" }, { column = "id", empty = true }, { column = "b", is = ["x"] }]\n'
    )
    text = "id,a,b\n1,Acme,\n2,Total,\n,Bolt,\n4,Dot,x\n\n6,End,y\n"
    found, problems = records(tmp_path, "accounts", skip + ACCOUNT + '"a"', text)
    assert [values["name"] for _word, _key, values in found] == ["Acme", "End"]
    assert problems == []
    only = 'only = [{ column = "b", is = ["x", "y"] }]\n'
    assert [r[1] for r in records(tmp_path, "accounts", only + ACCOUNT + '"a"', text)[0]] == ["4", "6"]


LEDGER = """
[ledger]
key = { columns = ["account", "Year", "month"], join = "/" }
account = "account"
on = { columns = ["Year", "month"], join = "-", dates = ["%Y-%m"] }
amount = "value"
"""


def test_columns_per_month_become_rows(tmp_path):
    mapping = '[unpivot]\npattern = "^M(\\\\d\\\\d)$"\nname = "month"\nvalue = "value"\n' + LEDGER
    found, _problems = records(tmp_path, "ledger", mapping, "account,Year,M01,M02,M03\nA,2017,100,,300\n")
    assert [(key, v["on"], v["amount"]) for _word, key, v in found] == [
        ("A/2017/01", "2017-01-01", "100.00"),
        ("A/2017/03", "2017-03-01", "300.00"),
    ]
    named = '[unpivot]\ncolumns = ["M01", "M03"]\nname = "month"\n' + LEDGER.replace("%Y-%m", "%Y-M%m")
    found, _problems = records(tmp_path, "ledger", named, "account,Year,M01,M02,M03\nA,2017,100,200,300\n")
    assert [v["on"] for _word, _key, v in found] == ["2017-01-01", "2017-03-01"]


EVENTS = """unit,time,type
U1,2026-01-05,Break
U1,2026-01-01,On
U2,2026-01-02,Break
U1,2026-01-07,On
U1,2026-01-06,Break
"""
PAIR = """
[pair]
key = "unit"
order = "time"
start = { column = "type", is = "Break" }
end = { column = "type", is = ["On", "Fix"] }
"""
PAIRED = """
[asset]
key = ["unit", "time"]
account = "unit"
installed_on = "time"
taken_out_on = "end time"
"""


def test_a_start_and_an_end_event_become_one_record(tmp_path):
    found, _problems = records(tmp_path, "assets", PAIR + PAIRED, EVENTS)
    rows = [(key, v["installed_on"], v["taken_out_on"]) for word, key, v in found if word == "asset"]
    assert rows == [
        ("U1 2026-01-05", "2026-01-05", "2026-01-07"),
        ("U1 2026-01-06", "2026-01-06", "2026-01-07"),
        ("U2 2026-01-02", "2026-01-02", None),
    ]
    joined = PAIR + 'again = "join"\n' + PAIRED
    assert [r[1] for r in records(tmp_path, "assets", joined, EVENTS)[0] if r[0] == "asset"] == [
        "U1 2026-01-05",
        "U2 2026-01-02",
    ]


@pytest.mark.parametrize(
    ("attributes", "kept"),
    [
        ('"unmapped"', {"b": "2", "c": "3"}),
        ('["c"]', {"c": "3"}),
        ('{ colour = "c" }', {"colour": "3"}),
        ('{ unmapped = true, except = ["b"] }', {"c": "3"}),
    ],
)
def test_unmapped_columns_are_kept_where_that_is_asked_for(tmp_path, attributes, kept):
    mapping = ACCOUNT + f'"a"\nattributes = {attributes}'
    values = one(tmp_path, "accounts", mapping, "id,a,b,c,d\n1,A,2,3,\n")[2]
    assert json.loads(values["attributes"]) == kept
    assert "attributes" not in one(tmp_path, "accounts", ACCOUNT + '"a"', "id,a,b\n1,A,2\n")[2]


def test_numbers_dates_and_choices_by_the_style_of_the_file_or_of_the_field(tmp_path):
    mapping = """
    [file]
    locale = "nl"
    [ledger]
    key = "id"
    account = "k"
    on = "dag"
    paid_on = { column = "betaald", dates = ["%m/%d/%Y"] }
    amount = "bedrag"
    cost = { column = "kosten", decimal = ".", times = "1000" }
    stream = { column = "soort", values = { onderdelen = "parts" } }
    """
    text = 'id;k;dag;betaald;bedrag;kosten;soort\n1;A;1-2-2026;02/01/2026;"1.234,5";1.5;onderdelen\n'
    values = one(tmp_path, "ledger", mapping, text)[2]
    assert (values["on"], values["paid_on"], values["amount"], values["cost"], values["stream"]) == (
        "2026-02-01",
        "2026-02-01",
        "1234.50",
        "1500.00",
        "parts",
    )
    wrong = text.replace("onderdelen", "iets").replace("1-2-2026", "31-2-2026")
    assert [p[1:3] for p in records(tmp_path, "ledger", mapping, wrong)[1]] == [("soort", "iets"), ("dag", "31-2-2026")]


def test_ambiguous_numbers_and_dates_are_told_never_guessed(tmp_path):
    mapping = '[ledger]\nkey = "id"\naccount = "k"\non = "day"\namount = "amount"'
    _found, problems = records(
        tmp_path, "ledger", mapping, "id,k,day,amount\n1,A,1-2-2026,1.234\n2,A,2026-02-01,1234\n"
    )
    assert [(line, column) for line, column, _value, _reason in problems] == [(2, "day"), (2, "amount")]
    assert all("ambiguous" in p[3] for p in problems)


def test_equal_keys_are_numbered_where_that_is_asked_for(tmp_path):
    mapping = '[ledger]\nkey = { column = "id", numbered = true }\naccount = "k"\non = "day"\namount = "amount"'
    text = "id,k,day,amount\n1,A,2026-01-01,1\n1,A,2026-01-01,2\n2,A,2026-01-01,3\n"
    assert [key for _word, key, _values in records(tmp_path, "ledger", mapping, text)[0]] == ["1", "1/2", "2"]


def test_a_key_needs_what_the_mapping_says_it_needs(tmp_path):
    mapping = """
    [account]
    create = true
    key = { constant = "A" }
    name = { constant = "A" }
    [product]
    create = true
    key = { columns = ["make", "model"], join = " | ", needs = ["make"] }
    name = ["make", "model"]
    [asset]
    key = "id"
    """
    found, _problems = records(tmp_path, "assets", mapping, "id,make,model\n1,,V90\n2,Vestas,\n3,Vestas,V90\n")
    assert [values["product"] for word, _key, values in found if word == "asset"] == [None, "Vestas", "Vestas | V90"]


@pytest.mark.parametrize(
    "mapping",
    [
        '[unpivot]\npattern = "x"\ncolumns = ["a"]\n',
        '[pair]\nkey = "id"\n',
        'skip = [{ column = "a" }]\n',
        'skip = [{ column = "a", matches = "(" }]\n',
        '[unpivot]\npattern = "^Z"\n',
        '[file]\nheader = "one"\n',
        '[file]\ndecimal = ";"\n',
        '[file]\ndelimiter = "::"\n',
        "[file]\nplaceholder_dates = { since = 2099 }\n",
    ],
)
def test_a_wrong_shape_is_refused(tmp_path, mapping):
    with pytest.raises(Refused):
        records(tmp_path, "accounts", mapping + ACCOUNT + '"a"', "id,a\n1,A\n")


def test_the_file_style_is_as_the_mapping_says(tmp_path):
    described = parse_mapping(
        {
            "source": "x",
            "file": {"delimiter": "tab", "encoding": "cp1252", "sheet": "S", "header": 3},
            "account": {"key": "a"},
        },
        kind_named("accounts"),
        "m",
    )
    assert described.file == FileStyle("cp1252", "\t", "S", 3)
