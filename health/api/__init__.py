"""Health of accounts, alerts, rescues, segments, surveys and answers, judgements by hand, drafts of the score card."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.drafts import DraftPreview, ScoreDrafts
from health.api.invitations import Invitations
from health.api.judgements import Judgements
from health.api.onboardings import Onboardings
from health.api.rescues import Rescues
from health.api.segments import Segments

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
    "Segments",
]
