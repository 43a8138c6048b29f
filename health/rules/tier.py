"""Tiers of health, and what the gate before a renewal makes of them. Pure."""

from enum import StrEnum


class Tier(StrEnum):
    """Green, yellow, red; unknown is not zero, and not green either (CT-08)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


class Gate(StrEnum):
    """What the gate 180 days before a renewal does (CT-32, RN-02)."""

    PASSES = "passes"
    OPENS = "opens"
    LISTS = "lists"


def gate(tier: Tier) -> Gate:
    """Yellow and red open the renewal early ("fix first"), green passes in silence, unknown is listed."""
    if tier is Tier.UNKNOWN:
        return Gate.LISTS
    return Gate.PASSES if tier is Tier.GREEN else Gate.OPENS
