"""Health as it stood on each day, and what people said."""

from health.models.rescue import Cause, Rescue
from health.models.score import Alert, Score, ScoreDue, Spell
from health.models.survey import Question, SurveyAnswer

__all__ = ["Alert", "Cause", "Question", "Rescue", "Score", "ScoreDue", "Spell", "SurveyAnswer"]
