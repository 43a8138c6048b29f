"""What each rule is called, what it says with its values, and what its values are called."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import display

NAMES = {
    "age": gettext_lazy("Age of a machine"),
    "warranty_ending": gettext_lazy("Warranty ends"),
    "uncovered": gettext_lazy("Machine without contract"),
    "win_back": gettext_lazy("Win-back"),
    "premium": gettext_lazy("Premium candidate"),
    "capacity": gettext_lazy("Above capacity"),
    "parts_silence": gettext_lazy("Silent in parts"),
    "order_rhythm": gettext_lazy("Beyond its ordering rhythm"),
    "parts_drop": gettext_lazy("Parts revenue down"),
    "parts_due": gettext_lazy("Parts due soon"),
    "recurring_ticket": gettext_lazy("Recurring problem"),
    "breakdown": gettext_lazy("Long standstill"),
    "competitor": gettext_lazy("Competitor seen"),
    "account_event": gettext_lazy("Event at the customer"),
    "successor": gettext_lazy("Successor available"),
    "upsell_talk": gettext_lazy("No talk about growth"),
}
FIELDS = {
    "expected_life_years": gettext_lazy("Expected life in years, where the family says nothing"),
    "upgrade_years": gettext_lazy("Years until an upgrade is talked about"),
    "conversation_months_before_end": gettext_lazy("Months before the end at which the replacement talk begins"),
    "ahead_days": gettext_lazy("Days before the end"),
    "after_days": gettext_lazy("Days after"),
    "grace_days": gettext_lazy("Days without contract before it counts"),
    "open_days": gettext_lazy("Days until it is history"),
    "stops": gettext_lazy("Stops"),
    "window_months": gettext_lazy("Within how many months"),
    "basic_rung": gettext_lazy("Highest level that counts as basic (1 is the lowest)"),
    "percent": gettext_lazy("Percent"),
    "months": gettext_lazy("Months"),
    "covered_days": gettext_lazy("Days of a month that readings must cover"),
    "orders": gettext_lazy("Orders before there is a rhythm"),
    "times": gettext_lazy("Times its own median interval"),
    "least_days": gettext_lazy("Days after the last order at the earliest"),
    "least_value": gettext_lazy("Parts of the year before, at least"),
    "ahead_months": gettext_lazy("Months ahead"),
    "pace_months": gettext_lazy("Months from which the pace is taken"),
    "tickets": gettext_lazy("Tickets"),
    "hours": gettext_lazy("Hours"),
    "years": gettext_lazy("Years"),
    "top": gettext_lazy("How many customers are top"),
}


def sentence(key: str, policy: Any) -> str:
    """The rule with the values of this policy, as one sentence."""
    return _SENTENCES[key](policy)


def _plain(value: Decimal) -> str:
    return display.number(value, 0 if value == value.to_integral_value() else 1)


def _age(p: Any) -> str:
    said = _(
        "An upgrade from %(upgrade)d years; the replacement talk %(talk)d months before the end of %(life)s years."
    )
    values = {"upgrade": p.upgrade_years, "talk": p.conversation_months_before_end}
    return said % (values | {"life": _plain(p.expected_life_years)})


def _warranty(p: Any) -> str:
    said = _("%(ahead_days)d days before a warranty ends, unless a contract follows; until %(after_days)d days after.")
    return said % vars_of(p)


def _uncovered(p: Any) -> str:
    return _("A machine in service for %(grace_days)d days without contract or warranty.") % vars_of(p)


def _win_back(p: Any) -> str:
    return _("%(after_days)d days after a renewal was lost, for %(open_days)d days.") % vars_of(p)


def _premium(p: Any) -> str:
    said = _("%(stops)d breakdowns within %(window_months)d months on a contract of level %(basic_rung)d or lower.")
    return said % vars_of(p)


def _capacity(p: Any) -> str:
    values = {"percent": _plain(p.percent), "months": p.months}
    return _("Above %(percent)s %% of capacity, %(months)d months in a row.") % values


def _silence(p: Any) -> str:
    return _("No parts for %(months)d months, after at least %(orders)d orders.") % vars_of(p)


def _rhythm(p: Any) -> str:
    values = {"times": _plain(p.times), "orders": p.orders, "days": p.least_days}
    said = _(
        "%(times)s times its own median interval without an order, after %(orders)d orders; at least %(days)d days."
    )
    return said % values


def _drop(p: Any) -> str:
    values = {"percent": _plain(p.percent), "value": display.money(p.least_value)}
    return _("Parts of a year %(percent)s %% below those of the year before, which were %(value)s or more.") % values


def _wear(p: Any) -> str:
    said = _("%(ahead_months)d months before a part is worn, at the pace of the last %(pace_months)d months.")
    return said % vars_of(p)


def _recurring(p: Any) -> str:
    said = _("The same problem of a machine %(tickets)d times within %(window_months)d months.")
    return said % vars_of(p)


def _breakdown(p: Any) -> str:
    values = {"hours": _plain(p.hours), "days": p.open_days}
    return _("A breakdown of %(hours)s hours or more, for %(days)d days.") % values


def _competitor(p: Any) -> str:
    return _("A competitor's machine at a customer, for %(open_days)d days after it was first seen.") % vars_of(p)


def _event(p: Any) -> str:
    return _("Something heard at a customer, for %(open_days)d days.") % vars_of(p)


def _successor(p: Any) -> str:
    return _("A machine of %(years)d years or older whose product has a successor.") % vars_of(p)


def _talk(p: Any) -> str:
    return _("%(months)d months without a talk about growth at one of the %(top)d largest customers.") % vars_of(p)


def vars_of(policy: Any) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__dataclass_fields__}


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "age": _age,
    "warranty_ending": _warranty,
    "uncovered": _uncovered,
    "win_back": _win_back,
    "premium": _premium,
    "capacity": _capacity,
    "parts_silence": _silence,
    "order_rhythm": _rhythm,
    "parts_drop": _drop,
    "parts_due": _wear,
    "recurring_ticket": _recurring,
    "breakdown": _breakdown,
    "competitor": _competitor,
    "account_event": _event,
    "successor": _successor,
    "upsell_talk": _talk,
}
