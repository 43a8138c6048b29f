"""The second level of the pipeline: leads, then the pipelines they become."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import display
from core.models import User
from core.reach import Level, reach_of
from sales.queries.lead import open_count
from sales.rules import PIPELINES
from sales.words import PIPELINES as NAMES


def leads_tab(user: User, *, current: bool = False) -> list[dict[str, Any]]:
    """The tab of the leads with how many are open; whoever sees single machines only has none. One query."""
    if reach_of(user).level is Level.ASSIGNED:
        return []
    count = display.number(open_count(user))
    return [{"url": reverse("sales:leads"), "label": _("Leads"), "count": count, "current": current}]


def lead_tabs(user: User) -> list[dict[str, Any]]:
    """The tabs as they stand on the pages of leads."""
    place = reverse("sales:pipeline")
    pipelines = [
        {"url": f"{place}?pipeline={name}", "label": NAMES[name], "count": "", "current": False} for name in PIPELINES
    ]
    return [*leads_tab(user, current=True), *pipelines]
