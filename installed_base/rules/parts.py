"""When machines and customers count as ordering less, and how long a customer's word about parts counts. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True)
class PartsPolicy:
    """A machine with at least `orders` days of ordering is quiet when its last one is older than `times` its own
    median interval (CT-29). A customer buys fewer parts at `decline_percent` below the year before (PA-09). What a
    customer said to spend elsewhere counts for `statement_months` (PA-03)."""

    policy_name: ClassVar[str] = "installed_base.parts"

    times: Decimal = Decimal(2)
    orders: int = 3
    decline_percent: Decimal = Decimal(25)
    statement_months: int = 24

    @property
    def keep(self) -> Decimal:
        """At or below this part of the year before, it is a decline."""
        return (100 - self.decline_percent) / 100


def wallet_share(ours: Decimal | None, elsewhere: Decimal | None) -> Decimal | None:
    """Our part of what they spend on parts; unknown where they never said, or where they spend nothing."""
    if ours is None or elsewhere is None or ours + elsewhere <= 0:
        return None
    return ours / (ours + elsewhere)
