"""Health of accounts, alerts, rescues and what customers answered."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.rescues import Rescues

__all__ = ["AccountHealth", "Accounts", "Alerts", "Answers", "Rescues"]
