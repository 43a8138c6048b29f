"""The second level of the pages of expansion."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.asking import PersonRequest
from core.doors import opens
from core.reach import Level, reach_of


def tabs(request: PersonRequest, current: str) -> list[dict[str, Any]]:
    """The pages of the room; whoever sees single machines only has none of them."""
    if reach_of(request.user).level is Level.ASSIGNED:
        return []
    pages = (
        ("signals", "expansion:signals", _("Signals")),
        ("whitespace", "expansion:whitespace", _("Whitespace")),
        ("tips", "expansion:tips", _("Tips")),
        ("plans", "dashboards:plans", _("Plans")),
        ("plan_reviews", "dashboards:plan_reviews", _("Reviews")),
        ("referrals", "expansion:referrals", _("Referrals")),
        ("lists", "expansion:lists", _("Hunting lists")),
        ("wave", "expansion:wave", _("Replacement wave")),
        ("options", "expansion:options", _("Upgrade options")),
        ("rules", "expansion:rules", _("Rules")),
    )
    return [
        {"url": reverse(name), "label": label, "count": "", "current": key == current}
        for key, name, label in pages
        if opens(name, request.user)
    ]
