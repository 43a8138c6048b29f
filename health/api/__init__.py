"""Health of accounts, alerts, rescues, surveys and their answers, judgements by hand, drafts of the score card."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.drafts import DraftPreview, ScoreDrafts
from health.api.invitations import Invitations
from health.api.judgements import Judgements
from health.api.onboardings import Onboardings
from health.api.rescues import Rescues

__all__ = [
    "AccountHealth",
    "Accounts",
    "Alerts",
    "Answers",
    "DraftPreview",
    "Invitations",
    "Judgements",
    "Onboardings",
    "Rescues",
    "ScoreDrafts",
]
