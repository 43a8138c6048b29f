"""What stands against the target of the quarter, at the head of the pipeline (PL-02)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import display, opening
from core.asking import PersonRequest
from core.context import find_url
from core.metrics import WHOLE, Result, Slice, Status, TargetPolicy, compute_cut, status_of
from core.models import Role
from core.policies import policy_on
from core.reach import reach_of
from sales.queries.targets import ATTAINMENT, COVERAGE
from sales.rules.targets import quarter_name, quarter_of

# Who has a target of their own to look at.
SELLS = (Role.SALES, Role.CS_MANAGER)


def against_target(request: PersonRequest, pipeline: str, on: date) -> list[dict[str, Any]]:
    """Coverage and bookings of the quarter: of all that one sees, and of oneself; nothing for who sees no prices."""
    reach = reach_of(request.user)
    if not reach.sees_prices:
        return []
    own = reach.person if request.user.role in SELLS else None
    mine = [Slice("owner", str(own))] if own else []
    keys = (COVERAGE[pipeline], ATTAINMENT[pipeline])
    found = compute_cut(keys, mine, on=on, actor=request.user)
    policy: TargetPolicy = policy_on(TargetPolicy, on).values
    quarter = quarter_name(quarter_of(on))
    labels = {WHOLE: _("All you see, %(quarter)s") if own else _("Target of %(quarter)s")}
    labels |= {one: _("Your target of %(quarter)s") for one in mine}
    shown = [*mine, WHOLE]
    return [_stat(labels[one] % {"quarter": quarter}, found[one], keys, one, policy, pipeline) for one in shown]


def _stat(
    label: str, found: dict[str, Result], keys: tuple[str, str], of: Slice, policy: TargetPolicy, pipeline: str
) -> dict[str, Any]:
    coverage, booked = (found[key] for key in keys)
    currency = opening.ours().reporting_currency
    narrowed = f"?owner={of.member}" if of.member else ""
    receipts = [f"{url}{narrowed}" if (url := find_url("dashboards:receipt", key)) else "" for key in keys]
    if coverage.value is None:
        said = reverse("sales:targets") + f"?pipeline={pipeline}"
        return {"label": label, "value": display.MISSING, "note": coverage.reason, "url": said, "status": ""}
    words = {
        "won": display.money_short(booked.numerator, currency),
        "target": display.money_short(booked.denominator, currency),
        "coverage": display.number(coverage.value, 1),
        "goal": display.number(coverage.metric.target.value, 1),
    }
    goal = coverage.metric.target.value is not None
    status = status_of(coverage.metric.target, Decimal(coverage.value), None, policy)
    return {
        "label": label,
        "value": _("%(won)s of %(target)s") % words,
        "won_url": receipts[1],
        "note": (_("coverage %(coverage)s, to be %(goal)s") if goal else _("coverage %(coverage)s")) % words,
        "url": receipts[0],
        "status": {Status.GOOD: "good", Status.WATCH: "watch", Status.RISK: "risk"}.get(status, ""),
    }
