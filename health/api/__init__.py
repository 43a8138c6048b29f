"""Health of accounts, alerts, invitations to surveys and what customers answered: read, put off, closed, sent."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.invitations import Invitations

__all__ = ["AccountHealth", "Accounts", "Alerts", "Answers", "DraftPreview", "Invitations", "Judgements", "ScoreDrafts"]
from health.api.drafts import DraftPreview, ScoreDrafts
from health.api.judgements import Judgements
