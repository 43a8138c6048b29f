"""What a run of the day did, in figures."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from playbooks.rules import State


@dataclass
class Report:
    """What the day did. Counts of firings by rule, of rows by state, and of what the effects made."""

    on: date
    fired: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    listed: dict[str, int] = field(default_factory=dict)
    examined: int = 0
    found_by_audit: int = 0
    poison: list[dict[str, Any]] = field(default_factory=list)
    days: int = 0

    def as_json(self) -> dict[str, Any]:
        """The figures under the names of the command's `--json`. `baseline` counts subjects, the others rows."""
        return {
            "on": self.on.isoformat(),
            "fired": dict(sorted(self.fired.items())),
            "superseded": self.states[State.SUPERSEDED],
            "baseline": self.states["baseline_subjects"],
            "withdrawn": self.states[State.WITHDRAWN],
            "signals": self.made["signals"],
            "plays": self.made["plays"],
            "tasks": self.made["tasks"],
            "errors": len(self.poison),
            "cannot_evaluate": self.listed.get("cannot_evaluate", 0),
            "gate_listed": self.listed.get("gate_listed", 0),
            "baseline_milestones": self.states[State.BASELINE],
            "found_by_audit": self.found_by_audit,
            "examined": self.examined,
            "days": self.days,
        }
