from core.models.facts import Fact, Period
from core.models.feeds import CalendarFeed
from core.models.imports import ImportBatch, ImportProblem
from core.models.jobs import Job, Outbox, Touched
from core.models.lists import SavedView
from core.models.notifications import Notification, NotificationChoice
from core.models.organisation import ExchangeRate, Organisation
from core.models.people import Membership, Owner, Role, Team, User
from core.models.policy import Policy
from core.models.sessions import Session
from core.models.snapshots import Snapshot
from core.models.subscriptions import PageSubscription
from core.models.targets import FigureAim, FigureScope, FigureTarget
from core.models.tokens import ApiToken, IdempotencyKey

__all__ = [
    "ApiToken",
    "CalendarFeed",
    "ExchangeRate",
    "Fact",
    "FigureAim",
    "FigureScope",
    "FigureTarget",
    "IdempotencyKey",
    "ImportBatch",
    "ImportProblem",
    "Job",
    "Membership",
    "Notification",
    "NotificationChoice",
    "Organisation",
    "Outbox",
    "Owner",
    "PageSubscription",
    "Period",
    "Policy",
    "Role",
    "SavedView",
    "Session",
    "Snapshot",
    "Team",
    "Touched",
    "User",
]
