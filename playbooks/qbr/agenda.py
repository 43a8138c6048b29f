"""The five parts of a meeting as they stand: what was set for it, else what the policy says (QB-04, W-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.policies import policy_on
from playbooks.models import Qbr, QbrPart
from playbooks.qbr.rules import PARTS, QbrPolicy, too_long


@dataclass(frozen=True)
class Part:
    """One part: its minutes, what we say in it, what was said."""

    key: str
    name: str
    minutes: int
    words: str = ""
    notes: str = ""


def agenda_of(qbr: Qbr, on: date) -> list[Part]:
    """The parts of a meeting in their order."""
    kept = {part.key: part for part in qbr.parts.all()}
    found = []
    for key, minutes in zip(PARTS, policy_on(QbrPolicy, on).values.minutes, strict=True):
        part, name = kept.get(key), str(QbrPart.Key(key).label)
        found.append(Part(key, name, part.minutes, part.words, part.notes) if part else Part(key, name, minutes))
    return found


def minutes_of(parts: Sequence[Part]) -> int:
    return sum(part.minutes for part in parts)


def is_unusual(parts: Sequence[Part], on: date) -> bool:
    """Whether the meeting is longer or shorter than a QBR should be."""
    return too_long([part.minutes for part in parts], policy_on(QbrPolicy, on).values)
