"""Short ways to import a few lines in a test."""

from datetime import date
from pathlib import Path
from typing import Any

from core.importing.engine import Outcome, import_file
from core.importing.entities import kind as kind_named
from core.scope import System

ON = date(2026, 11, 21)


class Importing:
    """Writes files into a directory and imports them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, kind: str, mapping: str, text: str | bytes, **options: Any) -> Outcome:
        name = options.pop("name", "file.csv")
        path, described = self.directory / name, self.directory / "mapping.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        described.write_text(mapping, "utf-8")
        defaults: dict[str, Any] = {"on": ON, "by": System("test")}
        return import_file(kind=kind_named(kind), path=path, mapping=described, **(defaults | options))


def top(outcome: Outcome) -> tuple[int, int, int, int, int]:
    return outcome.read, outcome.created, outcome.updated, outcome.unchanged, outcome.rejected


def told(outcome: Outcome) -> list[tuple[int, str, str, str]]:
    return [(p.line, p.column, p.value, p.reason) for p in outcome.problems]
