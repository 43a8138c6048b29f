"""Health as it stood on each day, and what people said."""

from health.models.score import Alert, Score, ScoreDue, Spell
from health.models.survey import Question, SurveyAnswer

__all__ = ["Alert", "Question", "Score", "ScoreDue", "Spell", "SurveyAnswer"]
