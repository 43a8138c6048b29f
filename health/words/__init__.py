"""Health in words: its tiers, dimensions and measures, what each says, where it comes from, and what would lift it.

Sentences carry no name of a person and no price: whoever sees the account may read them.
"""

from health.words.alerts import alert_step, alert_title, alert_words, pulls_of
from health.words.catalogue import DIMENSIONS, MEASURES, Unit, Wording, dimension_name, wording
from health.words.measures import dimension_words, measure_words, value_words
from health.words.policy import card_name, change_words, curve_words, judged_words, name_of, problem_words
from health.words.steps import from_to, lacking, step_facts, step_line, step_words
from health.words.tiers import STATUS, doubt_words, points, range_words, tier_word, whole

__all__ = [
    "DIMENSIONS",
    "MEASURES",
    "STATUS",
    "Unit",
    "Wording",
    "alert_step",
    "alert_title",
    "alert_words",
    "card_name",
    "change_words",
    "curve_words",
    "dimension_name",
    "dimension_words",
    "doubt_words",
    "from_to",
    "judged_words",
    "lacking",
    "measure_words",
    "name_of",
    "points",
    "problem_words",
    "pulls_of",
    "range_words",
    "step_facts",
    "step_line",
    "step_words",
    "tier_word",
    "value_words",
    "whole",
    "wording",
]
