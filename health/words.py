"""Health in words: its tiers, dimensions and measures, what each says, where it comes from, and what would lift it.

Sentences carry no name of a person and no price: whoever sees the account may read them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core import display
from health.rules.ladder import Rung
from health.rules.policy import HealthPolicy
from health.rules.scoring import Health
from health.rules.tier import Tier
from playbooks.models import Task


class Unit(Enum):
    """How the value of a measure is said."""

    SHARE = "share"
    DAYS = "days"
    COUNT = "count"
    MARK = "mark"
    YES = "yes"


@dataclass(frozen=True)
class Wording:
    """One measure: its name, its value in a sentence, what is missing without data, the step that lifts it."""

    name: Any
    said: Any
    unit: Unit
    missing: Any
    step: Any


DIMENSIONS = {
    "adoption": gettext_lazy("Product adoption"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "outcomes": gettext_lazy("Business outcomes"),
    "relationship": gettext_lazy("Relationship"),
    "commercial": gettext_lazy("Commercial"),
}
STATUS = {"green": "good", "yellow": "watch", "red": "risk", "unknown": "unknown"}
_USAGE = gettext_lazy("no usage readings; they come from the machines, by import or the API")
_TICKETS = gettext_lazy("no tickets; they come from the support system, by import")
_TALKS = gettext_lazy("no conversations noted; log calls and visits on the account")

MEASURES = {
    "machines_running": Wording(
        gettext_lazy("Machines that run"),
        gettext_lazy("%(value)s of the machines ran last month"),
        Unit.SHARE,
        _USAGE,
        gettext_lazy("Get the idle machines running"),
    ),
    "utilisation": Wording(
        gettext_lazy("Use of the machines"),
        gettext_lazy("machines run %(value)s of the hours they could"),
        Unit.SHARE,
        _USAGE,
        gettext_lazy("Raise the use of the machines with training"),
    ),
    "quality": Wording(
        gettext_lazy("Good output"),
        gettext_lazy("%(value)s of the output is good"),
        Unit.SHARE,
        gettext_lazy("no output readings; they come from the machines, by import or the API"),
        gettext_lazy("Bring the output to specification"),
    ),
    "parts_rhythm": Wording(
        gettext_lazy("Parts and visits"),
        gettext_lazy("last parts order or visit %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no parts order and no visit; they come with orders and service reports"),
        gettext_lazy("Visit the machines that nobody has touched"),
    ),
    "survey": Wording(
        gettext_lazy("Survey answers"),
        gettext_lazy("their answers give %(value)s of 10"),
        Unit.MARK,
        gettext_lazy("no answers; they come from surveys, by import or the API"),
        gettext_lazy("Ring back on the low answers"),
    ),
    "open_critical": Wording(
        gettext_lazy("Critical tickets open"),
        gettext_lazy("critical tickets open: %(value)s"),
        Unit.COUNT,
        _TICKETS,
        gettext_lazy("Solve the open critical tickets"),
    ),
    "resolution_on_time": Wording(
        gettext_lazy("Tickets solved in time"),
        gettext_lazy("%(value)s of the tickets solved in time"),
        Unit.SHARE,
        _TICKETS,
        gettext_lazy("Solve tickets within the promised time"),
    ),
    "sentiment": Wording(
        gettext_lazy("Tone of tickets and talks"),
        gettext_lazy("%(value)s of what they said was not negative"),
        Unit.SHARE,
        gettext_lazy("no tone noted; it comes with tickets and conversations"),
        gettext_lazy("Ask what annoys them, and mend it"),
    ),
    "executive_contact": Wording(
        gettext_lazy("Contact with management"),
        gettext_lazy("management last spoken to %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no conversation with management is noted; log one"),
        gettext_lazy("Meet their management"),
    ),
    "roi_goals": Wording(
        gettext_lazy("Agreed goals realised"),
        gettext_lazy("%(value)s of the agreed goals realised"),
        Unit.SHARE,
        gettext_lazy("no agreed goals; write down what the machines should bring them"),
        gettext_lazy("Agree the open goals with figures, and reach them"),
    ),
    "output_against_before": Wording(
        gettext_lazy("Output against a year before"),
        gettext_lazy("output stands at %(value)s of a year before"),
        Unit.SHARE,
        gettext_lazy("no output of a year before; it comes with usage readings"),
        gettext_lazy("Find out why output fell, and restore it"),
    ),
    "voices": Wording(
        gettext_lazy("Voices heard"),
        gettext_lazy("%(value)s of three voices heard in half a year"),
        Unit.COUNT,
        _TALKS,
        gettext_lazy("Speak to the voices nobody has heard"),
    ),
    "champion": Wording(
        gettext_lazy("Champion"),
        gettext_lazy("champion: %(value)s"),
        Unit.YES,
        gettext_lazy("no contacts; import the people of the customer"),
        gettext_lazy("Win a champion among their people"),
    ),
    "last_contact": Wording(
        gettext_lazy("Last contact"),
        gettext_lazy("last spoken to %(value)s ago"),
        Unit.DAYS,
        _TALKS,
        gettext_lazy("Call them this week"),
    ),
    "paid_on_time": Wording(
        gettext_lazy("Invoices paid in time"),
        gettext_lazy("%(value)s of the invoices paid in time"),
        Unit.SHARE,
        gettext_lazy("no invoices with due and paid dates; they come from the ledger"),
        gettext_lazy("Settle the invoices that are late"),
    ),
    "orders_growth": Wording(
        gettext_lazy("Parts and service orders"),
        gettext_lazy("parts and service orders at %(value)s of a year before"),
        Unit.SHARE,
        gettext_lazy("no orders in two years; they come from the ledger"),
        gettext_lazy("Win back parts and service orders"),
    ),
    "has_contract": Wording(
        gettext_lazy("Machines under contract"),
        gettext_lazy("%(value)s of the machines under contract"),
        Unit.SHARE,
        gettext_lazy("no machines in service; import the installed base"),
        gettext_lazy("Put the uncovered machines under contract"),
    ),
    "support_tickets": Wording(
        gettext_lazy("Support tickets"),
        gettext_lazy("tickets: %(value)s"),
        Unit.COUNT,
        _TICKETS,
        gettext_lazy("Solve what the tickets are about"),
    ),
    "recent_orders": Wording(
        gettext_lazy("Recent orders"),
        gettext_lazy("last order %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no orders; they come from the ledger and parts orders"),
        gettext_lazy("Ask why they stopped ordering"),
    ),
}


def wording(key: str) -> Wording:
    """The words of a measure; one that nobody wrote words for is called by its key."""
    name = key.replace("_", " ")
    plain = Wording(name, f"{name}: %(value)s", Unit.COUNT, gettext_lazy("nothing is known yet"), name)
    return MEASURES.get(key, plain)


def dimension_name(key: str) -> str:
    return str(DIMENSIONS.get(key, key))


def tier_word(tier: str) -> str:
    """A tier inside a sentence."""
    return {
        "green": pgettext("tier in a sentence", "green"),
        "yellow": pgettext("tier in a sentence", "yellow"),
        "red": pgettext("tier in a sentence", "red"),
    }.get(tier, _("no score"))


def points(value: Decimal | None) -> str:
    """A score or points with at most one decimal: 52, 79.4."""
    if value is None:
        return display.MISSING
    rounded = round(value, 1)
    return display.number(rounded, 0 if rounded == rounded.to_integral_value() else 1)


def whole(score: Decimal | None) -> str:
    """A score in whole points, rounded down as the pills do: 79.6 is 79, for it is not green yet."""
    return display.MISSING if score is None else display.number(score.to_integral_value(ROUND_FLOOR))


def value_words(key: str, value: Decimal | None) -> str:
    """The value of a measure with its unit: 64%, 97 days, 2, yes."""
    if value is None:
        return display.MISSING
    unit = wording(key).unit
    if unit is Unit.SHARE:
        return display.percent(value, 0)
    if unit is Unit.DAYS and not value:
        return _("less than a month")  # days count in steps of two weeks or a month: the first one is no number
    if unit is Unit.DAYS:
        return ngettext("%(count)s day", "%(count)s days", int(value)) % {"count": display.number(value)}
    if unit is Unit.YES:
        return _("yes") if value else _("none")
    return display.number(value, 1) if unit is Unit.MARK else display.number(value)


def measure_words(key: str, value: Decimal | None) -> str:
    """What a measure says, or what is missing and where it comes from."""
    words = wording(key)
    return str(words.missing) if value is None else str(words.said) % {"value": value_words(key, value)}


def dimension_words(measures: Iterable[Any], most: int = 2) -> str:
    """One sentence of why, made of the measures that cost most; of an unknown dimension, what is missing."""
    measures = list(measures)
    known = [m for m in measures if m.points is not None]
    if not known:
        return next((measure_words(m.key, None) for m in measures), "")
    worst = sorted(known, key=lambda m: (-m.weight * (100 - m.points), m.key))
    return ", ".join(measure_words(m.key, m.value) for m in worst[:most])


def range_words(coverage: Decimal, low: Decimal, high: Decimal) -> str:
    """How much is known, and what the score could be; empty where everything is."""
    if coverage >= 1:
        return ""
    said = {"share": display.percent(coverage, 0), "low": points(low), "high": points(high)}
    return _("%(share)s known, between %(low)s and %(high)s") % said


def doubt_words(tier: str, may_be: str | None) -> str:
    """ "Yellow that may be green": the tier of what is known, and the one the unknown may make of it."""
    if not may_be or may_be == tier:
        return ""
    words = {
        ("yellow", "green"): _("Yellow that may be green"),
        ("red", "yellow"): _("Red that may be yellow"),
        ("red", "green"): _("Red that may be green"),
        ("green", "yellow"): _("Green that may be yellow"),
        ("green", "red"): _("Green that may be red"),
        ("yellow", "red"): _("Yellow that may be red"),
    }
    return words.get((tier, may_be), "")


def step_words(key: str) -> str:
    """The step that lifts a measure, as something somebody does."""
    return str(wording(key).step)


def from_to(key: str, now: Decimal | None, wanted: Decimal | None) -> str:
    """Where a measure stands and where it should come: "64% to 90%"."""
    return _("%(now)s to %(wanted)s") % {"now": value_words(key, now), "wanted": value_words(key, wanted)}


def lacking(tier: Tier, health: Health, rungs: Sequence[Rung], policy: HealthPolicy) -> str:
    """The last line under the steps: where they lead, or why there are none."""
    if health.tier is Tier.GREEN and tier is not Tier.GREEN:
        return _("The score has reached green; the tier follows when it stays there some days.")
    if health.tier is Tier.GREEN:
        return _("Nothing has to be fixed. Keep the quarterly talk.")
    if health.tier is Tier.UNKNOWN or health.score is None:
        return _("Fill in what is missing first; then the steps stand here.")
    if not rungs:
        return _("What is known does not reach the next tier. Fill in what is missing.")
    reached = {"score": points(rungs[-1].reaches)}
    if rungs[-1].reaches >= policy.green:
        return _("All of it together brings the score to %(score)s.") % reached
    lack = points(policy.green - rungs[-1].reaches)
    return _("That brings the score to %(score)s; %(lack)s more to green.") % (reached | {"lack": lack})


def step_facts(rung: Rung, task: Task | None) -> str:
    """Who does it by when; else from which value to which."""
    if task is None:
        return from_to(rung.measure, rung.value_now, rung.value_wanted)
    if task.done_on:
        return _("%(owner)s, done %(day)s") % {"owner": task.owner.name, "day": display.day_short(task.done_on)}
    return f"{task.owner.name}, {display.day_short(task.due_on)}"


def step_line(step: Any) -> dict[str, Any]:
    """A step in words: what to do, who by when (or from which value to which), and "+9"."""
    gained = step.points
    return {
        "key": step.key,
        "title": step_words(step.key),
        "facts": step_facts(step.rung, step.task),
        "points": display.signed(gained, 0 if gained >= 1 else 1),
        "task": step.task,
        "done": step.task is not None and step.task.done_on is not None,
    }


def alert_title(alert: Any) -> str:
    """What happened: "Van Houten fell to red", "Noordhof is silent"."""
    words = {"account": alert.account, "tier": tier_word(alert.tier)}
    if alert.kind == "silence":
        return _("%(account)s is silent") % words
    return _("%(account)s fell to %(tier)s") % words


def alert_words(alert: Any) -> str:
    """From where to where and what pulls it down; or for how long nobody spoke to them."""
    if alert.kind == "silence":
        return _silence(alert.facts)
    parts = [_fall(alert)]
    pulls = [dimension_name(str(key)) for key in pulls_of(alert.facts)][:2]
    if pulls:
        parts.append(_("%(what)s pull it down") % {"what": _(" and ").join(pulls)} if len(pulls) > 1
                     else _("%(what)s pulls it down") % {"what": pulls[0]})  # fmt: skip
    return "; ".join(part for part in parts if part)


def _fall(alert: Any) -> str:
    if alert.score is not None and alert.score_before is not None:
        return _("%(before)s to %(now)s") % {"before": whole(alert.score_before), "now": whole(alert.score)}
    if alert.came_from:
        return _("%(before)s before") % {"before": tier_word(alert.came_from)}
    return ""


def _silence(facts: dict[str, Any]) -> str:
    """When somebody last spoke with them, and by when to call (HS-12)."""
    said = [f"{words} {display.day(date.fromisoformat(facts[key]))}" for key, words in _SILENT if facts.get(key)]
    return ", ".join(said)


def pulls_of(facts: dict[str, Any]) -> list[str]:
    """The dimensions that pulled the score down when the alert was raised, worst first."""
    found = facts.get("pulls_down") or []
    return [str(pull[0] if isinstance(pull, list | tuple) else pull) for pull in found]


_SILENT = (("last_contact", gettext_lazy("last spoken to on")), ("call_by", gettext_lazy("call by")))


def alert_step(alert: Any) -> str:
    """What a task for this alert is called, unless somebody writes it otherwise."""
    if alert.kind == "silence":
        return step_words("last_contact")
    return _("Find out why %(account)s fell to %(tier)s") % {"account": alert.account, "tier": tier_word(alert.tier)}
