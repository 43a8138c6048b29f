"""The people of a deal in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.rules.stakeholders import Gap

GAPS: dict[Gap, Any] = {
    Gap.NOBODY_DECIDES: _("Nobody is named who decides. Who signs?"),
    Gap.DECIDER_AGAINST: _("Who decides is against it. What would change that?"),
    Gap.NOBODY_PAYS: _("Nobody is named who holds the budget. Whose money is it?"),
}
STANCE_SHAPES = {"for": "good", "neutral": "watch", "against": "risk", "unknown": "unknown"}
