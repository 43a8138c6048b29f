"""What healthy means, and what follows from it. Pure."""

from health.rules.cadence import SilencePolicy
from health.rules.ladder import Rung, ladder, pulls_down
from health.rules.policy import Dimension, HealthPolicy, Measure, OwnCard, quick
from health.rules.problem import Problem
from health.rules.scoring import DimensionScore, Health, MeasureScore, Reading, score
from health.rules.tier import Gate, Tier, gate

__all__ = [
    "Dimension",
    "DimensionScore",
    "Gate",
    "Health",
    "HealthPolicy",
    "Measure",
    "MeasureScore",
    "OwnCard",
    "Problem",
    "Reading",
    "Rung",
    "SilencePolicy",
    "Tier",
    "gate",
    "ladder",
    "pulls_down",
    "quick",
    "score",
]
