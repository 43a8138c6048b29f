"""Health as it stood on each day, what people were asked and what they said."""

from health.models.draft import Draft
from health.models.invitation import Invitation, SurveyStop
from health.models.judgement import Judgement
from health.models.rescue import Cause, Rescue
from health.models.score import Alert, Score, ScoreDue, Spell
from health.models.survey import Question, SurveyAnswer

__all__ = [
    "Alert",
    "Cause",
    "Draft",
    "Invitation",
    "Judgement",
    "Question",
    "Rescue",
    "Score",
    "ScoreDue",
    "Spell",
    "SurveyAnswer",
    "SurveyStop",
]
