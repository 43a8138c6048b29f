"""What the table and the file say of a measured figure."""

import orjson
import pytest

from bench.report import Goal, table, write

LESS = Goal(2, "less is better", 0, aim=1.15, fail=1.5)
MORE = Goal(1, "more is better", 0, aim=0.30, fail=0.15, more=True)


@pytest.mark.parametrize(
    "value, ok, met",
    [(1.0, True, True), (1.15, True, True), (1.3, True, False), (1.5, True, False), (1.51, False, False)],
)
def test_less_is_better(value, ok, met):
    goal = Goal(**{**LESS.__dict__, "value": value})
    assert (goal.ok, goal.met) == (ok, met)


@pytest.mark.parametrize(
    "value, ok, met", [(0.4, True, True), (0.3, True, True), (0.2, True, False), (0.14, False, False)]
)
def test_more_is_better(value, ok, met):
    goal = Goal(**{**MORE.__dict__, "value": value})
    assert (goal.ok, goal.met) == (ok, met)


def test_the_table_says_goal_and_fail_line_beside_each():
    lines = table([Goal(2, "lists", 1.6, 1.15, 1.5), Goal(1, "rest", 0.31, 0.3, 0.15, more=True, note="3 ms")]).split(
        "\n"
    )
    assert lines[1].split() == ["1", "rest", "0.31", "x", ">=", "0.30", "<", "0.15", "met", "3", "ms"]
    assert lines[2].split() == ["2", "lists", "1.60", "x", "<=", "1.15", ">", "1.50", "FAILS"]


def test_the_file_is_for_programs(tmp_path):
    write([Goal(4, "bowtie", 1.98766, 1.2, 2)], tmp_path / "last.json")
    (row,) = orjson.loads((tmp_path / "last.json").read_bytes())
    assert {k: row[k] for k in ("goal", "name", "value", "aim", "fail", "ok")} == {
        "goal": 4,
        "name": "bowtie",
        "value": 1.9877,
        "aim": 1.2,
        "fail": 2,
        "ok": True,
    }
    assert row["met"] is False
