"""What the pipelines and the stages of a deal are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.models.stage import stage_name
from sales.rules import EXPANSION, NEW_BUSINESS, pipeline_of

PIPELINES: dict[str, Any] = {NEW_BUSINESS: _("New business"), EXPANSION: _("Expansion")}


def stage_of(deal: Any, stage: str) -> Any:
    """What a stage in which a deal stands, stood or could stand is called."""
    return stage_name(stage, pipeline_of(deal.kind))


__all__ = ["PIPELINES", "stage_name", "stage_of"]
