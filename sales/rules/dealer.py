"""What a dealer works of ours: until when they report, when they are late, how they do beside us (IB-17). Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from sales.rules.lead import NextDay, last_day_late, working_days_later


@dataclass(frozen=True)
class DealerPolicy:
    """Within how many working days a dealer reports on a lead or a deal: after the handing over, after each report."""

    policy_name: ClassVar[str] = "sales.dealers"

    answer_days: int = 10

    def problems(self) -> list[str]:
        """Days below one."""
        return ["answer_days: 1 day or more."] if self.answer_days < 1 else []


def answers_by(policy: DealerPolicy, since: date, next_day: NextDay) -> date:
    """The last day on which the dealer may still report on what was handed over, or reported, on `since`."""
    return working_days_later(since, policy.answer_days, next_day)


def reports_by(policy: DealerPolicy, agreed_by: date, heard_on: date | None, next_day: NextDay) -> date:
    """The day by which the dealer reports: the one that was agreed, or later by what we heard since."""
    return agreed_by if heard_on is None else max(agreed_by, answers_by(policy, heard_on, next_day))


def is_overdue(policy: DealerPolicy, agreed_by: date, heard_on: date | None, on: date, next_day: NextDay) -> bool:
    """Whether that day has passed without a word."""
    return on > reports_by(policy, agreed_by, heard_on, next_day)


def silent_since(policy: DealerPolicy, on: date, next_day: NextDay) -> date:
    """The last day of a report whose clock has run out today; later ones still count."""
    return last_day_late(on, policy.answer_days, next_day)


def win_rate(won: int, lost: int) -> Decimal | None:
    """Won of what was decided; None where nothing was."""
    return Decimal(won) / (won + lost) if won + lost else None
