"""Chances: signals, tips, referrals, account plans, cells of the whitespace matrix, why parts went elsewhere."""

from expansion.models.parts import DropReason
from expansion.models.plan import AccountPlan, PlanAction, PlanPerson, PlanPoint, PointKind
from expansion.models.referral import Referral, ReferralKind
from expansion.models.review import PlanReview, ReviewItem, ReviewPerson
from expansion.models.signal import Look, Signal, SignalKind, SignalQuerySet
from expansion.models.tip import Tip, TipKind, TipPhoto
from expansion.models.whitespace import CellAnswer, CellDeal

__all__ = [
    "AccountPlan",
    "CellAnswer",
    "CellDeal",
    "DropReason",
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
