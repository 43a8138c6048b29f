"""Forms of health: around alerts, the score card, and judgements by hand."""

from health.forms.alerts import AlertTaskForm, CloseForm
from health.forms.card import CardForm
from health.forms.judgement import JudgementForm, WithdrawForm
from health.forms.lab import DraftForm, PublishForm

__all__ = ["AlertTaskForm", "CardForm", "CloseForm", "DraftForm", "JudgementForm", "PublishForm", "WithdrawForm"]
