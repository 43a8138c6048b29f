"""One clock: only core/clock.py reads the system's time; everything else takes `on` or `at`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_storeys import ROOT, STOREYS

pytestmark = pytest.mark.house

READERS = {
    "date.today", "datetime.today", "datetime.now", "datetime.utcnow", "timezone.now", "timezone.localdate",
    "timezone.localtime", "time.time", "time.localtime", "time.gmtime", "Timestamp.now", "Timestamp.today", "Now",
}  # fmt: skip


def readings(source: str) -> list[str]:
    """What in a module reads the clock, as `line: expression`.

    The database may write the moment of a record (`db_default=Now()`, `finished_at=Now()`) or of its next try
    (`next_at=Now() + wait`), but not decide by it.
    """
    tree = ast.parse(source)
    recorded = {id(_moment(value)) for name, value in _given_names(tree) if _records(name)}
    return sorted(set(_calls(tree, recorded)) | set(_automatic(tree)))


def _given_names(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every value that a keyword or an attribute receives, with that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            yield node.arg or "", node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            yield node.targets[0].attr, node.value


def _moment(value: ast.expr) -> ast.expr:
    return value.left if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) else value


def _records(name: str) -> bool:
    return name == "db_default" or (name.endswith("_at") and "__" not in name)


def _calls(tree: ast.AST, recorded: set[int]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in recorded and _last_two(node.func) in READERS:
            yield f"{node.lineno}: {ast.unparse(node.func)}()"


def _automatic(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield f"{node.value.lineno}: {node.arg}"


def _last_two(function: ast.expr) -> str:
    return ".".join(ast.unparse(function).split(".")[-2:])


def _modules() -> Iterator[Path]:
    for room in STOREYS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


# A readiness check compares what the database wrote with the database's own clock.
ALLOWED = {"core/clock.py", "bowtie/endpoints.py"}


def test_only_the_clock_reads_the_clock():
    found = {str(path.relative_to(ROOT)): readings(path.read_text()) for path in _modules()}
    assert {name: lines for name, lines in found.items() if lines and name not in ALLOWED} == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from datetime import date\nx = date.today()", ["2: date.today()"]),
        ("import datetime\nx = datetime.datetime.now()", ["2: datetime.datetime.now()"]),
        ("x = models.DateTimeField(auto_now_add=True)", ["1: auto_now_add"]),
        ("x = models.DateTimeField(db_default=Now())", []),
        ("rows.update(finished_at=Now())", []),
        ("batch.finished_at = Now()", []),
        ("rows.update(next_at=Now() + wait)", []),
        ("rows.filter(next_at__lt=Now() + wait)", ["1: Now()"]),
        ("moment = Now()", ["1: Now()"]),
        ("rows.filter(due_at__lt=Now())", ["1: Now()"]),
        ("clock.today()", []),
        ("started = time.monotonic()", []),
    ],
)
def test_readings(source, expected):
    assert readings(source) == expected
