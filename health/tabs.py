"""The second level of the pages about customers as a whole."""

from typing import Any

from django.utils.translation import gettext as _

from core.context import find_url
from core.models import User
from core.reach import Level, reach_of
from health.door import leads


def customer_tabs(user: User, current: str) -> list[dict[str, Any]]:
    """List, health and what is done about it; whoever sees single machines only gets the list alone, without tabs."""
    if reach_of(user).level is Level.ASSIGNED:
        return []
    reach = reach_of(user)
    pages = (
        ("list", "dashboards:accounts", _("List")),
        ("health", "dashboards:customers_health", _("Health")),
        ("alerts", "health:alerts", _("Alerts")),
        ("rescues", "health:rescues", _("Rescues")),
        ("surveys", "health:surveys", _("Surveys")),
        ("qbrs", "dashboards:qbrs", _("QBRs")),
        ("adoption", "dashboards:adoption", _("Onboarding")),
        ("segments", "health:segments" if reach.sees_prices else "", _("Segments")),
        ("load", "health:load" if leads(user) else "", _("Load")),
        ("lab", "health:lab", _("Score lab")),
    )
    return [
        {"url": url, "label": label, "count": "", "current": current == key}
        for key, name, label in pages
        if name and (url := find_url(name))
    ]
