"""What healthy means, and what follows from it. Pure."""

from health.rules.tier import Gate, Tier, gate

__all__ = ["Gate", "Tier", "gate"]
