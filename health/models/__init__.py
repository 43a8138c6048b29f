"""Health as it stood on each day, and what people said."""

from health.models.draft import Draft
from health.models.judgement import Judgement
from health.models.score import Alert, Score, ScoreDue, Spell
from health.models.survey import Question, SurveyAnswer

__all__ = ["Alert", "Draft", "Judgement", "Question", "Score", "ScoreDue", "Spell", "SurveyAnswer"]
