"""Stages of a deal and their names, which are other words for new business (PL-01) than for expansion (EX-20)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sales.rules import EXPANSION, NEW_BUSINESS, standing_stage


class Stage(models.TextChoices):
    """Stages of a deal (PL-01). Which of them a kind of deal goes through is a rule: `sales.rules.stages_of`."""

    IDENTIFIED = "identified", _("Identified")
    QUALIFICATION = "qualification", _("Qualification")
    NEEDS_ANALYSIS = "needs_analysis", _("Needs analysis")
    PROPOSAL = "proposal", _("Proposal")
    NEGOTIATION = "negotiation", _("Negotiation")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


_NAMES: dict[str, dict[str, Any]] = {
    NEW_BUSINESS: {Stage.IDENTIFIED: _("Lead or inquiry")},
    EXPANSION: {
        Stage.IDENTIFIED: _("Identify"),
        Stage.QUALIFICATION: _("Qualify"),
        Stage.PROPOSAL: _("Propose"),
        Stage.NEGOTIATION: pgettext_lazy("stage of a deal", "Close"),
    },
}


def stage_name(stage: str, pipeline: str) -> Any:
    """What a stage is called in a pipeline."""
    standing = standing_stage(stage, pipeline)
    return _NAMES[pipeline].get(standing, Stage(standing).label)
