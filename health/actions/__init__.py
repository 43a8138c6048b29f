"""Writes of health: scores and spells of the day, the plays and alerts that begin with them, and what people do."""

from health.actions.judging import judge, withdraw_judgement
from health.actions.people import close_alert, make_task, snooze_alert
from health.actions.scoring import score_accounts

__all__ = ["close_alert", "judge", "make_task", "score_accounts", "snooze_alert", "withdraw_judgement"]
