"""Reads of health."""

from health.queries.panel import Panel, alerts_for, panel
from health.queries.standing import Standing, health_of, standing_of, tiers_of, trends_of

__all__ = ["Panel", "Standing", "alerts_for", "health_of", "panel", "standing_of", "tiers_of", "trends_of"]
