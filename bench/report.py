"""The goals of a run: a table for a person, a file for a program."""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Goal:
    """One measured figure beside its aim and its fail line. `more` says that a larger value is better."""

    goal: int
    name: str
    value: float
    aim: float
    fail: float
    more: bool = False
    unit: str = "x"
    note: str = ""

    @property
    def ok(self) -> bool:
        """Within the fail line."""
        return self.value >= self.fail if self.more else self.value <= self.fail

    @property
    def met(self) -> bool:
        return self.value >= self.aim if self.more else self.value <= self.aim


def table(goals: list[Goal]) -> str:
    """The goals, one a line: what was measured, what is aimed at, and where it fails."""
    rows = [("goal", "what", "measured", "aim", "fail", "", "")]
    for g in sorted(goals, key=lambda g: g.goal):
        sign, against = (">=", "<") if g.more else ("<=", ">")
        word = "met" if g.met else "within" if g.ok else "FAILS"
        limits = f"{sign} {_number(g.aim)}", f"{against} {_number(g.fail)}"
        rows.append((str(g.goal), g.name, f"{_number(g.value)} {g.unit}".strip(), *limits, word, g.note))
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def write(goals: list[Goal], path: Path) -> None:
    """The goals as JSON: goal, name, value, aim, fail, ok; and whether the aim was met."""
    rows = [{**asdict(g), "value": round(g.value, 4), "ok": g.ok, "met": g.met} for g in goals]
    path.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
