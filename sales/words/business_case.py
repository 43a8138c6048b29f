"""The business case in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.rules.business_case import ESTIMATED, RECORDED, SAID

INPUT_LABELS: dict[str, Any] = {
    "downtime_hours": _("Hours of standstill a year, now"),
    "cost_hour": _("What an hour of standstill costs"),
    "maintenance": _("Maintenance a year, now"),
    "efficiency_loss": _("What it makes less a year, in money"),
    "new_downtime_hours": _("Hours of standstill a year, new machine"),
    "new_maintenance": _("Maintenance a year, new machine"),
    "price": _("Price of the new machine"),
    "trade_in": _("What the old one still brings"),
    "life_years": _("Years of life of the new machine"),
    "interest": _("Interest, percent a year"),
    "finance_months": _("Financed over, months"),
    "lease_monthly": _("Lease, a month"),
    "lease_months": _("Leased for, months"),
}
QUESTIONS: dict[str, Any] = {
    "downtime_hours": _("How many hours did the machine stand still in the past year?"),
    "cost_hour": _("What does an hour of standstill cost you?"),
    "maintenance": _("What did you spend on keeping it running in the past year?"),
    "efficiency_loss": _("What would you make more with a machine that runs at its old speed?"),
    "new_downtime_hours": _("Ask service: how long do machines of this type stand still in a year?"),
    "new_maintenance": _("Ask service: what does maintenance of the new machine cost a year?"),
    "price": _("Ask for a price: without one there is no payback."),
}
PART_LABELS = {
    "downtime": _("Standstill"),
    "maintenance": _("Maintenance"),
    "efficiency": _("Lost efficiency"),
}
WAY_LABELS = {"buy": _("Buy outright"), "finance": _("Finance"), "lease": _("Lease")}
SOURCE_LABELS = {
    RECORDED: _("recorded by us"),
    SAID: _("said by the customer"),
    ESTIMATED: _("our estimate"),
}
