"""What makes a chance, one module per trigger. Pure: facts and policies come in, episodes go out."""

from expansion.rules.age import (
    AGE,
    KINDS,
    AssetFacts,
    age_episodes,
    installed_windows,
    ladder,
    occurrences,
    replacement_steps,
    rung_months,
    stands,
)

__all__ = [
    "AGE",
    "KINDS",
    "AssetFacts",
    "age_episodes",
    "installed_windows",
    "ladder",
    "occurrences",
    "replacement_steps",
    "rung_months",
    "stands",
]
