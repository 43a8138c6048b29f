"""Health of accounts, alerts, answers, judgements by hand, and drafts of the score card."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.drafts import DraftPreview, ScoreDrafts
from health.api.judgements import Judgements

__all__ = ["AccountHealth", "Accounts", "Alerts", "Answers", "DraftPreview", "Judgements", "ScoreDrafts"]
