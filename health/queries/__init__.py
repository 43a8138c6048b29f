"""Reads of health."""

from health.queries.standing import Standing, health_of, standing_of, tiers_of, trends_of

__all__ = ["Standing", "health_of", "standing_of", "tiers_of", "trends_of"]
