"""Health of accounts, alerts and what customers answered: read, put off, closed."""

from health.api.accounts import AccountHealth, Accounts
from health.api.alerts import Alerts
from health.api.answers import Answers
from health.api.onboardings import Onboardings

__all__ = ["AccountHealth", "Accounts", "Alerts", "Answers", "Onboardings"]
