"""What is said of signals: how many, why, and where an estimate comes from. In the reader's language."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from core import display
from expansion.models import Signal, SignalKind
from installed_base.models import AccountEvent
from installed_base.models.contracts import EndReason
from renewals.rules.value import Case

K = SignalKind
COUNTED: dict[SignalKind, Any] = {
    K.END_OF_LIFE: ngettext_lazy("%d at the end of life", "%d at the end of life"),
    K.REPLACEMENT: ngettext_lazy("%d replacement talk", "%d replacement talks"),
    K.UPGRADE: ngettext_lazy("%d upgrade", "%d upgrades"),
    K.SUCCESSOR: ngettext_lazy("%d with a successor", "%d with a successor"),
    K.WARRANTY: ngettext_lazy("%d warranty that ends", "%d warranties that end"),
    K.UNCOVERED: ngettext_lazy("%d without contract", "%d without contract"),
    K.PREMIUM: ngettext_lazy("%d premium candidate", "%d premium candidates"),
    K.WIN_BACK: ngettext_lazy("%d to win back", "%d to win back"),
    K.CAPACITY: ngettext_lazy("%d above capacity", "%d above capacity"),
    K.PARTS_SILENCE: ngettext_lazy("%d silence in parts", "%d silences in parts"),
    K.ORDER_RHYTHM: ngettext_lazy("%d beyond its ordering rhythm", "%d beyond their ordering rhythm"),
    K.PARTS_DROP: ngettext_lazy("%d drop in parts", "%d drops in parts"),
    K.PARTS_DUE: ngettext_lazy("%d part due soon", "%d parts due soon"),
    K.RECURRING: ngettext_lazy("%d recurring problem", "%d recurring problems"),
    K.BREAKDOWN: ngettext_lazy("%d long standstill", "%d long standstills"),
    K.COMPETITOR: ngettext_lazy("%d machine of a competitor", "%d machines of a competitor"),
    K.ACCOUNT_EVENT: ngettext_lazy("%d event at the customer", "%d events at the customer"),
    K.UPSELL_TALK: ngettext_lazy("%d missing talk about growth", "%d missing talks about growth"),
}
WORTH = {
    "list_price": gettext_lazy("list price"),
    "paid_price": gettext_lazy("what this machine cost"),
    "upgrade_option": gettext_lazy("its dearest upgrade"),
    "preventing_option": gettext_lazy("the upgrade that would have prevented it"),
    "level_price": gettext_lazy("a year of the lowest level"),
    "level_step": gettext_lazy("a year of the next level, less this one"),
    "last_contract": gettext_lazy("a year of the last contract"),
    "year_of_parts": gettext_lazy("parts of the year before"),
    "lost_parts": gettext_lazy("what they bought less"),
    "part_price": gettext_lazy("list price of the part"),
}
# How an event or a reason for leaving reads inside a sentence stays with its own list of words.
_EVENTS = dict(AccountEvent.Kind.choices)
_HEARD = dict(AccountEvent.Heard.choices)
_LEFT = dict(EndReason.choices)


def worth_in_words(signal: Signal) -> str:
    """Where the estimate comes from; empty where nothing is known."""
    return str(WORTH.get(signal.worth, "")) if signal.value_reporting is not None else ""


def reason(signal: Signal, *, names: bool = True, prices: bool = True) -> str:
    """Why this signal was raised, as one or two sentences. Without `names` no title of a ticket is read out."""
    kind = SignalKind(signal.kind)
    if not signal.seen and kind not in (K.UPGRADE, K.REPLACEMENT, K.END_OF_LIFE):
        return str(kind.label)
    said = _REASONS[kind]
    return said(signal, signal.seen, names, prices)


Seen = dict[str, Any]


def _day(text: str) -> str:
    return display.day(date.fromisoformat(text)) if text else "–"


def _age(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    installed = seen.get("installed_on") or (signal.asset and signal.asset.installed_on)
    if not installed:
        return str(signal.get_kind_display())
    day = {"day": _day(str(installed))}
    if signal.kind == K.UPGRADE:
        return _("Installed on %(day)s: old enough to talk about an upgrade.") % day
    if signal.kind == K.REPLACEMENT:
        return _("Installed on %(day)s: two years to the end of its expected life, the talk begins now.") % day
    return _("Installed on %(day)s: its expected life is over.") % day


def _successor(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    return _("%(product)s has followed it since %(day)s.") % {
        "product": seen.get("successor"), "day": _day(seen.get("since", ""))
    }  # fmt: skip


def _warranty(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    day = _day(seen.get("ends_on", ""))
    return _("The warranty ends on %(day)s, and no contract follows.") % {"day": day}


def _uncovered(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    day = {"day": _day(seen.get("since", ""))}
    if seen.get("after") == "contract":
        return _("In service without a contract since %(day)s, when the last one ended.") % day
    if seen.get("after") == "warranty":
        return _("In service without a contract since %(day)s, when the warranty ended.") % day
    return _("In service without a contract since %(day)s.") % day


def _win_back(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    day = _day(seen.get("lost_on", ""))
    why = _LEFT.get(seen.get("reason", ""))
    lost = _("The renewal was lost on %(day)s.") % {"day": day}
    told = _("Reason: %(reason)s.") % {"reason": why}
    return f"{lost} {told}" if why else lost


def _premium(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    stops = ngettext(
        "%(n)d unplanned stop in %(months)d months on %(level)s",
        "%(n)d unplanned stops in %(months)d months on %(level)s",
        seen["stops"],
    ) % {"n": seen["stops"], "months": seen["months"], "level": seen["level"] or "–"}
    hours = Decimal(seen["hours"])
    if not hours:
        return f"{stops}."
    stops = _("%(stops)s, %(hours)s hours of standstill.") % {"stops": stops, "hours": _hours(hours)}
    return f"{stops} {_sum_of_standstill(seen, hours)}".strip() if prices else stops


def _sum_of_standstill(seen: Seen, hours: Decimal) -> str:
    """The customer's own sum (W-04); a question where nobody asked what an hour costs."""
    case = case_of(seen, hours)
    if case is None:
        return _("Ask what an hour of standstill costs them.")
    values = {"cost": display.money(case.cost), "loss": display.money(case.loss)}
    said = _("At %(cost)s an hour that cost them %(loss)s.") % values
    if case.price is None or not case.price or case.break_even_hours is None:
        return said
    values = {
        "level": seen["next_level"],
        "price": display.money(case.price),
        "hours": _hours(case.break_even_hours),
    }
    pays = _("%(level)s costs %(price)s more a year: it pays from %(hours)s prevented hours.") % values
    return f"{said} {pays}"


def case_of(seen: Seen, hours: Decimal) -> Case | None:
    """The sum of W-04 from what the rule saw; None where the customer's hourly cost is not known."""
    if seen.get("cost_hour") is None:
        return None
    price = None if seen.get("extra") is None else Decimal(seen["extra"])
    return Case(hours, seen["known_stops"], Decimal(seen["cost_hour"]), price)


def _hours(hours: Decimal) -> str:
    return display.number(hours, 1 if hours % 1 else 0)


def _capacity(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    months = {"months": seen["months"], "percent": display.number(Decimal(seen["percent"]), 1), "limit": seen["limit"]}
    if seen.get("ceiling"):
        units = {
            "units": display.number(Decimal(seen["output"] or 0)),
            "ceiling": display.number(Decimal(seen["ceiling"])),
        }
        return _("%(months)d months at %(units)s units of a ceiling of %(ceiling)s: %(percent)s %% of capacity.") % (
            months | units
        )
    return _("%(months)d months at %(percent)s %% of its available hours, above the limit of %(limit)s %%.") % months


def _silence(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {"day": _day(seen["last_on"]), "months": seen["months"]}
    return _("No parts ordered for %(months)d months; the last order was on %(day)s.") % values


def _rhythm(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {"day": _day(seen["last_on"]), "days": seen["days"]}
    return _("Parts for it were ordered every %(days)d days or so, the last on %(day)s.") % values


def _drop(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    said = _("Parts of the year are %(percent)s %% below the year before.") % {"percent": seen["percent"]}
    if not prices:
        return said
    amounts = {"now": display.money(Decimal(seen["now"])), "before": display.money(Decimal(seen["before"]))}
    fell = _("From %(before)s to %(now)s.") % amounts
    return f"{said} {fell}"


def _parts_due(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {
        "part": seen["part"],
        "used": display.number(int(seen["used"])),
        "wear": display.number(Decimal(seen["wear_hours"])),
    }
    ran = _("%(part)s: %(used)s of %(wear)s hours run since the last one.") % values
    worn = _("At this pace it is worn within %(months)d months.") % seen
    return f"{ran} {worn}"


def _recurring(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {"n": seen["tickets"], "months": seen["months"], "problem": seen["problem"]}
    if names:
        said = _("“%(problem)s”: %(n)d tickets in %(months)d months.") % values
    else:
        said = _("The same problem %(n)d times in %(months)d months.") % values
    return f"{said} {_prevented(seen['prevents'])}" if seen.get("prevents") else said


def _breakdown(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    hours = _hours(Decimal(seen["hours"]))
    stood = _("It stood still for %(hours)s hours from %(day)s.") % {"hours": hours, "day": _day(seen["on"])}
    if seen.get("prevents"):
        return f"{stood} {_prevented(seen['prevents'])}"
    if not seen["options"]:
        ask = _("Ask service whether an upgrade would have prevented it.")
        return f"{stood} {ask}"
    known = ngettext(
        "%(n)d upgrade is known for this machine: ask service whether it would have prevented it.",
        "%(n)d upgrades are known for this machine: ask service whether one would have prevented it.",
        seen["options"],
    )
    return f"{stood} {known % {'n': seen['options']}}"


def _prevented(names: list[str]) -> str:
    """Which upgrades would have prevented a failure (EX-06)."""
    told = {"names": ", ".join(f"“{name}”" for name in names)}
    return ngettext(
        "%(names)s would have prevented it, and is not on this machine.",
        "%(names)s would have prevented it, and are not on this machine.",
        len(names),
    ) % told  # fmt: skip


def _competitor(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {"name": seen["name"], "day": _day(seen["seen_on"])}
    return _("%(name)s, of a competitor, was first seen on %(day)s.") % values


def _event(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    values = {
        "event": _EVENTS.get(seen["event"], seen["event"]),
        "heard": _HEARD.get(seen["heard"], seen["heard"]),
        "day": _day(seen["on"]),
    }
    return _("%(event)s (%(day)s). Heard: %(heard)s.") % values


def _talk(signal: Signal, seen: Seen, names: bool, prices: bool) -> str:
    top = _("One of the %(top)d customers with the most revenue.") % seen
    if not seen["last_on"]:
        none = _("No talk about growth is noted.")
        return f"{top} {none}"
    last = _("The last talk about growth was on %(day)s.") % {"day": _day(seen["last_on"])}
    return f"{top} {last}"


_REASONS: dict[SignalKind, Callable[[Signal, Seen, bool, bool], str]] = {
    K.UPGRADE: _age,
    K.REPLACEMENT: _age,
    K.END_OF_LIFE: _age,
    K.SUCCESSOR: _successor,
    K.WARRANTY: _warranty,
    K.UNCOVERED: _uncovered,
    K.WIN_BACK: _win_back,
    K.PREMIUM: _premium,
    K.CAPACITY: _capacity,
    K.PARTS_SILENCE: _silence,
    K.ORDER_RHYTHM: _rhythm,
    K.PARTS_DROP: _drop,
    K.PARTS_DUE: _parts_due,
    K.RECURRING: _recurring,
    K.BREAKDOWN: _breakdown,
    K.COMPETITOR: _competitor,
    K.ACCOUNT_EVENT: _event,
    K.UPSELL_TALK: _talk,
}
