"""Health of accounts, alerts, rescues, segments and what customers answered."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.rescues import Rescues
from health.api.segments import Segments

__all__ = ["AccountHealth", "Accounts", "Alerts", "Answers", "Rescues", "Segments"]
