"""When the steps of a replacement fall due: so many months before the end of the machine's life (EX-45, W-13). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.calendar import add_months
from playbooks.rules import Occurrence, Recorded, Rung, climb

RULE = "replacement.steps"
BEFORE = "M-"


@dataclass(slots=True)
class ReplacementFacts:
    """A replacement play that works towards `anchor_on`. `given` are the steps that are tasks already: those that lay
    behind when it was opened. `running` is false once it was closed or its deal decided."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    anchor_on: date
    subject_kind: str
    subject_id: int
    value: Decimal | None
    country: str
    running: bool = True
    given: frozenset[str] = frozenset()


def months_before(milestone: str) -> int | None:
    """How many months before the anchor a milestone lies; None for one that is no such date."""
    months = milestone.removeprefix(BEFORE)
    return int(months) if milestone.startswith(BEFORE) and months.isdecimal() else None


def rungs(facts: ReplacementFacts, steps: Mapping[str, Iterable[str]]) -> list[Rung]:
    """The milestones of the play, the earliest first; `steps` are the step keys of each."""
    found = []
    for milestone, keys in steps.items():
        months = months_before(milestone)
        if months is not None and not facts.given.intersection(keys):
            key = f"REPLACE.{milestone.replace('-', '')}@{facts.anchor_on.isoformat()}"
            found.append(Rung(RULE, key, add_months(facts.anchor_on, -months), facts.anchor_on, milestone, facts.id))
    return sorted(found, key=lambda rung: rung.due_on)


def releases(
    facts: ReplacementFacts, recorded: Recorded, steps: Mapping[str, Iterable[str]], counts_from: date, on: date
) -> list[Occurrence]:
    """What falls due by a day. Each milestone stands for itself: none is passed over by a later one, because the
    comparison is still needed when the budget is planned."""
    if not facts.running:
        return []
    return [
        occurrence
        for rung in rungs(facts, steps)
        for occurrence in climb([rung], recorded, on, counts_from=counts_from, baseline_before=facts.known_on)
    ]
