"""How healthy accounts are."""

from collections.abc import Iterable
from datetime import date

from health.rules import Tier


def tiers_of(account_ids: Iterable[int], on: date) -> dict[int, Tier]:
    """The tier of each account on that day. Nothing is measured yet, so every one is unknown, which is not green."""
    return dict.fromkeys(account_ids, Tier.UNKNOWN)
