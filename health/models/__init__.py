"""Health as it stood on each day, what people were asked and what they said."""

from health.models.draft import Draft
from health.models.invitation import Invitation, SurveyStop
from health.models.judgement import Judgement
from health.models.score import Alert, Score, ScoreDue, Spell
from health.models.survey import Question, SurveyAnswer

__all__ = [
    "Alert",
    "Draft",
    "Invitation",
    "Judgement",
    "Question",
    "Score",
    "ScoreDue",
    "Spell",
    "SurveyAnswer",
    "SurveyStop",
]
