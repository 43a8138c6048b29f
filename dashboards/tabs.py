"""The second level of the pages of accounts."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.doors import opens
from core.models import User
from installed_base.models import Account


def account_tabs(account: Account, user: User, current: str, past: date | None = None) -> list[dict[str, Any]]:
    """Overview, Health and, for who sees prices, Parts of one account; all of the past day that is shown."""
    pages = (
        ("overview", "dashboards:account", _("Overview")),
        ("health", "dashboards:account_health", _("Health")),
        ("parts", "dashboards:account_parts", _("Parts")),
    )
    asked = f"?as_of={past:%Y-%m-%d}" if past else ""
    return [
        _tab(reverse(name, args=[account.pk]) + asked, label, current == key)
        for key, name, label in pages
        if opens(name, user)
    ]


def _tab(url: str, label: str, current: bool) -> dict[str, Any]:
    return {"url": url, "label": label, "count": "", "current": current}
