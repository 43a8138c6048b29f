"""The evidence under the picture: the bridge, what comes up for renewal, the base by age."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.charts.bars import Bar, Bars, Part, draw_bars
from core.charts.bridge import Bridge, Step, draw_bridge, foot_of
from core.display import day_long, number, percent
from dashboards import wording
from dashboards.bowtie.reading import Reading

AGES = (
    ("assets_age_0_5", gettext_lazy("0 to 5 years"), "s3"),
    ("assets_age_5_10", gettext_lazy("5 to 10 years"), "s2"),
    ("assets_age_10_plus", gettext_lazy("10 years and older"), "s1"),
    ("assets_age_unknown", gettext_lazy("age unknown"), "unknown"),
)
STEPS = (
    ("expansion", gettext_lazy("Expansion"), 1),
    ("price", gettext_lazy("Price"), 1),
    ("contraction", gettext_lazy("Contraction"), -1),
    ("churn", gettext_lazy("Churn"), -1),
)


@dataclass(frozen=True)
class Figure:
    """One figure of a strip, in the words of the component `stat`."""

    name: str
    value: str
    href: str
    note: str = ""


def standfirst(reading: Reading) -> SafeString | str:
    """One sentence or two with the facts that matter most."""
    sentences = [s for s in (_revenue_sentence(reading), _renewal_sentence(reading)) if s]
    return SafeString(" ".join(sentences)) if sentences else _base_sentence(reading)


def _revenue_sentence(reading: Reading) -> str:
    result = reading.now["net_revenue_retention"]
    if result.value is None:
        return ""
    change, goal = Decimal(result.value) - 1, Decimal(result.metric.target.value or 0)
    missing = Decimal(result.denominator or 0) * goal - Decimal(result.numerator or 0)
    words = {
        "end": format_html("<b>{}</b>", reading.money(result.numerator)),
        "change": percent(abs(change)),
        "missing": format_html("<b>{}</b>", reading.money(abs(missing))),
    }
    grown = _("more") if change >= 0 else _("less")
    if missing > 0:
        sentence = _(
            "Existing customers brought %(end)s, %(change)s %(way)s than a year before and %(missing)s short of target."
        )
    else:
        sentence = _(
            "Existing customers brought %(end)s, %(change)s %(way)s than a year before and %(missing)s above target."
        )
    return sentence % (words | {"way": grown})


def _renewal_sentence(reading: Reading) -> str:
    up = reading.now["contracts_up_for_renewal"]
    if not up.count:
        return ""
    unplanned = int(up.parts["without_plan"] or 0)
    words = {"n": number(up.count), "unplanned": format_html("<b>{}</b>", number(unplanned))}
    coming = ngettext(
        "%(n)s contract comes up for renewal within 90 days",
        "%(n)s contracts come up for renewal within 90 days",
        up.count,
    )
    if not unplanned:
        return coming % words + _(", each with a next step.")
    without = ngettext("%(unplanned)s without a next step.", "%(unplanned)s of them without a next step.", up.count)
    return f"{coming % words}, {without % words}"


def _base_sentence(reading: Reading) -> SafeString | str:
    machines = reading.now["assets_in_service"].count
    if not machines:
        return _("Twelve months to %(on)s.") % {"on": day_long(reading.on)}
    words = {
        "n": format_html("<b>{}</b>", number(machines)),
        "old": format_html("<b>{}</b>", number(reading.value("assets_end_of_life"))),
    }
    return SafeString(_("%(n)s machines stand in the field, %(old)s of them at the end of their life.") % words)


def base_title(reading: Reading) -> str:
    """The finding: how old the base is."""
    machines, old = reading.now["assets_in_service"].count, reading.now["assets_age_10_plus"].count
    if not machines:
        return _("No machines in the field yet")
    return _("%(share)s of the machines are 10 years or older") % {"share": percent(Decimal(old) / machines, 0)}


def ages(reading: Reading) -> SafeString:
    bars = tuple(
        Bar(
            name=str(name),
            parts=(Part(float(reading.value(key) or 0), kind),),
            value=number(reading.value(key)),
            href=reading.receipt(key),
        )
        for key, name, kind in AGES
    )
    return draw_bars(Bars(bars, _("Machines by age"), base_title(reading), width=880, height=230))


def base_lines(reading: Reading) -> list[dict[str, Any]]:
    keys = ("assets_in_service", "assets_end_of_life", "attach_rate", "assets_uncovered")
    return [line(reading, key) for key in keys]


def customer_lines(reading: Reading) -> list[dict[str, Any]]:
    keys = ("installed_base_nrr", "churned_customers", "revenue_per_customer", "quiet_customers")
    return [line(reading, key) for key in keys]


def line(reading: Reading, key: str) -> dict[str, Any]:
    """A metric as one line of the component `stage_metrics`."""
    return {
        "status": wording.STATUS[reading.status(key)],
        "name": str(reading.now[key].metric.name),
        "value": reading.said(key),
        "href": reading.receipt(key),
        "facts": reading.facts(key),
    }


def contract_figures(reading: Reading) -> list[Figure]:
    """Contracts in force, what they are worth, and what ends within 30, 60 and 90 days."""
    return [*(_figure(reading, key) for key in ("contracts_in_force", "contracted_value")), *_coming(reading)]


def _figure(reading: Reading, key: str) -> Figure:
    return Figure(str(reading.now[key].metric.name), reading.said(key), reading.receipt(key), reading.facts(key))


def _coming(reading: Reading) -> Iterable[Figure]:
    up = reading.now["contracts_up_for_renewal"]
    money = {30: "annual_value_30", 60: "annual_value_60", 90: "annual_value"}
    for days, key in money.items():
        worth = up.parts[key]
        note = _("%(money)s a year") % {"money": reading.money(worth)} if worth else ""
        name = _("Up within %(n)s days") % {"n": days}
        yield Figure(name, number(up.parts[f"within_{days}"]), reading.receipt("contracts_up_for_renewal"), note)


def contracts_title(reading: Reading) -> str:
    up = reading.now["contracts_up_for_renewal"]
    if not up.count:
        return _("No contract ends within 90 days")
    words = {"n": number(up.count), "done": number(up.parts["already_renewed"])}
    return (
        ngettext(
            "%(n)s contract ends within 90 days, %(done)s already renewed",
            "%(n)s contracts end within 90 days, %(done)s of them already renewed",
            up.count,
        )
        % words
    )


def bridge_title(reading: Reading) -> str:
    grown = reading.part("nrr_bridge", "expansion") + reading.part("nrr_bridge", "price")
    lost = reading.part("nrr_bridge", "contraction") + reading.part("nrr_bridge", "churn")
    words = {"grown": reading.money(grown), "lost": reading.money(lost)}
    if grown >= lost:
        return _("Growth of %(grown)s outweighs %(lost)s lost") % words
    return _("%(lost)s lost outweighs growth of %(grown)s") % words


def bridge(reading: Reading) -> dict[str, Any] | None:
    """The waterfall of the NRR with a sentence on a cut axis; None where there is no cohort or money is not shown."""
    result = reading.now["nrr_bridge"]
    if result.withheld or not result.count:
        return None
    steps = [_step(reading, key, str(name), sign) for key, name, sign in STEPS]
    goal = reading.now["net_revenue_retention"].metric.target.value or Decimal(1)
    chart = Bridge(
        start=_end(reading, "start", _("A year before")),
        steps=tuple(steps),
        end=_end(reading, "end", _("Now")),
        title=bridge_title(reading),
        desc=str(result.metric.definition),
        target=float(reading.part("nrr_bridge", "start") * goal),
        target_word=_("target %(goal)s") % {"goal": percent(goal)},
        width=880,
        height=250,
    )
    foot = foot_of(chart)
    cut = _("Bars start at %(foot)s.") % {"foot": reading.money(foot)} if foot else ""
    address = reading.receipt("nrr_bridge")
    return {"chart": draw_bridge(chart), "cut": cut, "title": bridge_title(reading), "receipt": address}


def _step(reading: Reading, key: str, name: str, sign: int) -> Step:
    amount = reading.part("nrr_bridge", key) * sign
    sign_shown = "+ " if amount > 0 else "− " if amount < 0 else ""
    shown = f"{sign_shown}{reading.money(abs(amount))}"
    return Step(name, float(amount), shown)


def _end(reading: Reading, key: str, name: str) -> Step:
    amount = reading.part("nrr_bridge", key)
    return Step(name, float(amount), reading.money(amount))
