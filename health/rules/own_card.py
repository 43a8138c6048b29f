"""Cards of their own: which accounts are judged by other weights, or not by every measure (CT-08). Pure.

An account in ramp-up is not judged on what it pays and orders. Which card judged a score follows from its readings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from health.rules.measure import Dimension

STANDARD = ""
RAMP_UP = "ramp_up"
SEGMENT, LINE = "segment:", "line:"
STAGES = (RAMP_UP,)


@dataclass(frozen=True)
class OwnCard:
    """The dimensions that count on this card with their shares (0 to 1), and the measures that do not.

    It judges an account of that `segment`, with at least `least` (0 to 1) of its machines in service of that product
    `line`, in that `stage` of its life. What is empty asks nothing; what is asked must all hold.
    """

    key: str
    dimensions: tuple[Dimension, ...]
    without: tuple[str, ...] = ()
    segment: str = ""
    line: str = ""
    stage: str = ""
    least: Decimal = Decimal("0.5")

    def asks(self) -> tuple[str, ...]:
        """The traits an account must have, under the keys of their readings."""
        named = ((SEGMENT, self.segment), (LINE, self.line))
        return (*(f"{kind}{name}" for kind, name in named if name), *([self.stage] if self.stage else []))

    def judges(self, readings: Mapping[str, Any]) -> bool:
        """Whether an account with these traits is judged by it."""
        return all(trait in readings and self._enough(trait, readings[trait][0]) for trait in self.asks())

    def _enough(self, trait: str, value: Any) -> bool:
        return value is not None and (not trait.startswith(LINE) or Decimal(value) >= self.least)


def card_for(cards: Sequence[OwnCard], readings: Mapping[str, Any]) -> str:
    """The key of the first card that judges this account; the standard one else."""
    return next((card.key for card in cards if card.judges(readings)), STANDARD)


def traits(cards: Sequence[OwnCard], kind: str) -> tuple[str, ...]:
    """What these cards ask of one kind (`SEGMENT`, `LINE`), by name, each once."""
    asked = (trait for card in cards for trait in card.asks() if trait.startswith(kind))
    return tuple(dict.fromkeys(trait.removeprefix(kind) for trait in asked))


def asked_by(cards: Sequence[OwnCard], trait: str) -> bool:
    return any(trait in card.asks() for card in cards)


CARDS = (
    OwnCard(
        RAMP_UP,
        (
            Dimension("adoption", Decimal("0.45")),
            Dimension("satisfaction", Decimal("0.30")),
            Dimension("relationship", Decimal("0.25")),
        ),
        stage=RAMP_UP,
    ),
)
