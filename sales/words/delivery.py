"""The steps of a delivery in words, and how one stands."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from installed_base.rules.delivery import COMMISSIONING, INSTALLATION, PRODUCTION, SHIPPING, Standing

NAMES: dict[str, Any] = {
    PRODUCTION: gettext_lazy("Production"),
    SHIPPING: gettext_lazy("Shipping"),
    INSTALLATION: gettext_lazy("Installation"),
    COMMISSIONING: gettext_lazy("Commissioning"),
}
# What it takes for a step to be done.
ENDS: dict[str, Any] = {
    PRODUCTION: gettext_lazy("until it is built"),
    SHIPPING: gettext_lazy("until it is delivered"),
    INSTALLATION: gettext_lazy("until it stands"),
    COMMISSIONING: gettext_lazy("until it is accepted"),
}
DONE: dict[str, Any] = {
    PRODUCTION: gettext_lazy("Built"),
    SHIPPING: gettext_lazy("Delivered"),
    INSTALLATION: gettext_lazy("Installed"),
    COMMISSIONING: gettext_lazy("Commissioned"),
}


def days_late(days: int) -> str:
    """3 days late, 1 day early, on the day."""
    if days > 0:
        return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    if days < 0:
        return ngettext("%(n)d day early", "%(n)d days early", -days) % {"n": -days}
    return _("on the day")


def state_of(stands: Standing) -> tuple[str, str]:
    """Status and words of a delivery: late, its promise in danger, on plan, done."""
    if stands.is_late:
        return "risk", days_late(stands.late_days)
    if stands.in_danger and stands.over_days is not None:
        over = stands.over_days
        return "watch", ngettext("%(n)d day after the promise", "%(n)d days after the promise", over) % {"n": over}
    return "good", _("done") if stands.is_done else _("on plan")
