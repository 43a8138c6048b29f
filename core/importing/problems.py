"""What can be wrong: with the whole import, with a row, with one value."""

from dataclasses import dataclass


class Refused(Exception):
    """The file or the mapping cannot be used at all. The message is a sentence that names the place."""


class BadValue(ValueError):
    """One value cannot be read. The message says why, without naming the column."""


@dataclass(frozen=True)
class Problem:
    """A rejected row: its line in the file, the column, what stood there, and why that cannot be."""

    line: int
    column: str
    value: str
    reason: str
    row: int = 0
