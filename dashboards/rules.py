"""What the reading rooms decide by themselves: where a machine stands on its life line. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from core.calendar import add_months, anniversary
from installed_base.rules import AgePolicy, age_in_years, ends_life_on

DAYS_OF_YEAR = 365.2425


class Rung(Enum):
    """The next thing on the life line of a machine (CT-01)."""

    UPGRADE = "upgrade"
    CONVERSATION = "conversation"
    END = "end"
    PAST = "past"


@dataclass(frozen=True)
class LifeLine:
    """From installation to the end of the expected life, with the two dates between on which something is due."""

    installed_on: date
    upgrade_on: date
    conversation_on: date
    ends_on: date
    on: date

    @property
    def age(self) -> int:
        """Full years, by anniversaries."""
        return age_in_years(self.installed_on, self.on)

    @property
    def years(self) -> float:
        """Age with its fraction, for the drawing and for "4.2"; never below zero."""
        return max(0.0, (self.on - self.installed_on).days / DAYS_OF_YEAR)

    @property
    def life_years(self) -> float:
        return (self.ends_on - self.installed_on).days / DAYS_OF_YEAR

    @property
    def next_rung(self) -> tuple[Rung, date]:
        """What comes next, and when. The upgrade is passed over once the replacement talk is due (firing.md)."""
        if self.on < min(self.upgrade_on, self.conversation_on):
            return (Rung.UPGRADE, self.upgrade_on) if self.upgrade_on < self.conversation_on else self._conversation
        if self.on < self.conversation_on:
            return self._conversation
        return (Rung.END, self.ends_on) if self.on < self.ends_on else (Rung.PAST, self.ends_on)

    @property
    def _conversation(self) -> tuple[Rung, date]:
        return Rung.CONVERSATION, self.conversation_on

    @property
    def status(self) -> str:
        """good while nothing is due, watch from the first rung, risk at the end of life."""
        if self.on >= self.ends_on:
            return "risk"
        return "watch" if self.on >= min(self.upgrade_on, self.conversation_on) else "good"

    def share(self, day: date) -> float:
        """Where a day lies between installation (0) and end of life (1)."""
        return (day - self.installed_on).days / max(1, (self.ends_on - self.installed_on).days)


def life_line(installed_on: date | None, life_years: Decimal | None, policy: AgePolicy, on: date) -> LifeLine | None:
    """None for a machine whose installation date is unknown: nobody can tell its age."""
    if installed_on is None:
        return None
    ends_on = ends_life_on(installed_on, life_years or policy.expected_life_years)
    return LifeLine(
        installed_on=installed_on,
        upgrade_on=anniversary(installed_on, policy.upgrade_years),
        conversation_on=add_months(ends_on, -policy.conversation_months_before_end),
        ends_on=ends_on,
        on=on,
    )
