"""The API of the room."""

from expansion.api.plans import AccountPlans, PlanActions
from expansion.api.referrals import Referrals
from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips

__all__ = ["AccountPlans", "PlanActions", "Referrals", "SignalKinds", "Signals", "Tips"]
