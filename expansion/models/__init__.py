"""Chances: signals that a rule saw, tips that somebody gave, plans with large accounts, and referrals."""

from expansion.models.plan import AccountPlan, PlanAction, PlanPerson, PlanPoint, PointKind
from expansion.models.referral import Referral, ReferralKind
from expansion.models.review import PlanReview, ReviewItem, ReviewPerson
from expansion.models.signal import Look, Signal, SignalKind, SignalQuerySet
from expansion.models.tip import Tip, TipKind, TipPhoto

__all__ = [
    "AccountPlan",
    "Look",
    "PlanAction",
    "PlanPerson",
    "PlanPoint",
    "PlanReview",
    "PointKind",
    "Referral",
    "ReferralKind",
    "ReviewItem",
    "ReviewPerson",
    "Signal",
    "SignalKind",
    "SignalQuerySet",
    "Tip",
    "TipKind",
    "TipPhoto",
]
