"""Reads of health."""

from health.queries.standing import tiers_of

__all__ = ["tiers_of"]
