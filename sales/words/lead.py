"""Leads in words: what the profile asks, what a lead says to it, which views the list has."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.rules.icp import MET, UNKNOWN, UNMET

CRITERION_LABELS: dict[str, Any] = {
    "country": _("Country"),
    "industry": _("Industry"),
    "employees": _("Employees"),
    "machines": _("Machines they run"),
}
ANSWER_LABELS: dict[str, Any] = {MET: _("fits"), UNMET: _("does not fit"), UNKNOWN: _("not asked yet")}
ANSWER_SHAPES = {MET: "good", UNMET: "risk", UNKNOWN: "unknown"}
FIT_LABELS: dict[str, Any] = {
    MET: _("Fits the profile"), UNMET: _("Does not fit"), UNKNOWN: _("Not known yet"),
}  # fmt: skip
STATE_SHAPES = {"new": "watch", "working": "good", "converted": "good", "dropped": "unknown"}
