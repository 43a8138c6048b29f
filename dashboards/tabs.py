"""The second level of the pages of accounts."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.reach import Level, reach_of
from installed_base.models import Account


def accounts_tabs(user: User, current: str) -> list[dict[str, Any]]:
    """List, Health and Onboarding; whoever sees single machines only gets the list alone, without tabs."""
    if reach_of(user).level is Level.ASSIGNED:
        return []
    return [
        _tab(reverse("dashboards:accounts"), _("List"), current == "list"),
        _tab(reverse("dashboards:customers_health"), _("Health"), current == "health"),
        _tab(reverse("dashboards:adoption"), _("Onboarding"), current == "adoption"),
    ]


def account_tabs(account: Account, current: str, past: date | None = None) -> list[dict[str, Any]]:
    """Overview and Health of one account; both of the past day that is shown."""
    pages = (("overview", "dashboards:account", _("Overview")), ("health", "dashboards:account_health", _("Health")))
    asked = f"?as_of={past:%Y-%m-%d}" if past else ""
    return [_tab(reverse(name, args=[account.pk]) + asked, label, current == key) for key, name, label in pages]


def _tab(url: str, label: str, current: bool) -> dict[str, Any]:
    return {"url": url, "label": label, "count": "", "current": current}
