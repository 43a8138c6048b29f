"""Reads of health."""

from health.queries.panel import Panel, alerts_for, distribution, panel
from health.queries.standing import (
    Standing,
    Year,
    health_of,
    standing_of,
    tier_on,
    tiers_of,
    trends_of,
    years_of,
)

__all__ = [
    "Panel",
    "Standing",
    "Year",
    "alerts_for",
    "distribution",
    "health_of",
    "panel",
    "standing_of",
    "tier_on",
    "tiers_of",
    "trends_of",
    "years_of",
]
