"""The API of the room."""

from expansion.api.plans import AccountPlans, PlanActions
from expansion.api.referrals import Referrals
from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips
from expansion.api.wave import ReplacementWave
from expansion.api.whitespace import CellAnswers, Whitespace

__all__ = [
    "AccountPlans",
    "CellAnswers",
    "PlanActions",
    "Referrals",
    "ReplacementWave",
    "SignalKinds",
    "Signals",
    "Tips",
    "Whitespace",
]
