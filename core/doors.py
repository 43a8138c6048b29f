"""Pages that not every role has, asked where a link to them is offered. Each page guards itself beside this."""

from collections.abc import Callable
from typing import Any

from core.models import User
from core.reach import Level, Reach, reach_of

_WITH_PRICES = (
    "renewals:queue",
    "renewals:renewal",
    "expansion:lists",
    "expansion:wave",
    "dashboards:account_parts",
)
_OF_MORE_THAN_MACHINES = (
    "dashboards:adoption",
    "dashboards:figure_targets",
    "dashboards:performance",
    "sales:leads",
    "sales:spend",
)
_NEEDS: dict[str, Callable[[Reach], bool]] = (
    dict.fromkeys(_WITH_PRICES, lambda reach: reach.sees_prices)
    | dict.fromkeys(_OF_MORE_THAN_MACHINES, lambda reach: reach.level is not Level.ASSIGNED)
    | {"health:survey_send": lambda reach: reach.works}
)


def opens(name: str, user: Any) -> bool:
    """Whether the page of this name is there for this user; for somebody who has not signed in, as far as known."""
    needed = _NEEDS.get(name)
    return needed is None or not isinstance(user, User) or needed(reach_of(user))
