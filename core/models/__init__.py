from core.models.facts import Fact, Period
from core.models.imports import ImportBatch, ImportProblem
from core.models.jobs import Job, Outbox, Touched
from core.models.organisation import ExchangeRate, Organisation
from core.models.people import Membership, Owner, Role, Team, User
from core.models.policy import Policy
from core.models.sessions import Session
from core.models.snapshots import Snapshot
from core.models.tokens import ApiToken, IdempotencyKey

__all__ = [
    "ApiToken",
    "ExchangeRate",
    "Fact",
    "IdempotencyKey",
    "ImportBatch",
    "ImportProblem",
    "Job",
    "Membership",
    "Organisation",
    "Outbox",
    "Owner",
    "Period",
    "Policy",
    "Role",
    "Session",
    "Snapshot",
    "Team",
    "Touched",
    "User",
]
