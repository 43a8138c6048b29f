"""The names of stages, which are other words for new business (PL-01) than for expansion (EX-20)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sales.models import Stage
from sales.rules import EXPANSION, NEW_BUSINESS, pipeline_of, standing_stage

PIPELINES: dict[str, Any] = {NEW_BUSINESS: _("New business"), EXPANSION: _("Expansion")}
_STAGES: dict[str, dict[str, Any]] = {
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
    return _STAGES[pipeline].get(standing, Stage(standing).label)


def stage_of(deal: Any, stage: str = "") -> Any:
    """What the stage of a deal, or one it stood in, is called."""
    return stage_name(stage or deal.stage, pipeline_of(deal.kind))
