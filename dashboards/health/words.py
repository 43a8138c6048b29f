"""Sentences of the pages of health, in the reader's language."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import clock, display
from dashboards.words import spelled
from health import words as health_words
from health.rules import Tier
from health.rules.ladder import BY_HAND, Rung
from health.rules.measure import LEFT_OUT
from health.rules.policy import HealthPolicy, Measure
from health.rules.scoring import Health, MeasureScore
from health.rules.stand_in import standing_in

SOURCES = {
    "usage_reading": gettext_lazy("usage of the machines"),
    "parts_order": gettext_lazy("parts orders and visits"),
    "survey_answer": gettext_lazy("surveys"),
    "ticket": gettext_lazy("support tickets"),
    "contact_moment": gettext_lazy("conversations"),
    "contact": gettext_lazy("contacts"),
    "roi_record": gettext_lazy("agreed goals"),
    "ledger_entry": gettext_lazy("invoices and orders"),
    "coverage": gettext_lazy("contracts"),
    "judgement": gettext_lazy("judged by hand"),
}
TITLES = {
    Tier.GREEN: gettext_lazy("Health is green"),
    Tier.YELLOW: gettext_lazy("Health is yellow"),
    Tier.RED: gettext_lazy("Health is red"),
    Tier.UNKNOWN: gettext_lazy("Too little is known for a score"),
}


def title(tier: Tier, steps: int, green: bool) -> str:
    """The finding: the tier, and how many things would turn it."""
    plain = str(TITLES[tier])
    if tier not in (Tier.YELLOW, Tier.RED) or not steps:
        return plain
    if green:
        words = ngettext("%(health)s, and %(count)s thing would turn it green",
                         "%(health)s, and %(count)s things would turn it green", steps)  # fmt: skip
    else:
        words = ngettext("%(health)s, and %(count)s thing would turn it yellow",
                         "%(health)s, and %(count)s things would turn it yellow", steps)  # fmt: skip
    return words % {"health": plain, "count": spelled(steps).lower()}


def short_of(health: Health, green: Decimal) -> str:
    """How far from green: "28 short of green"."""
    if health.score is None or health.tier is Tier.UNKNOWN:
        return _("no score")
    missing = green - health.score.to_integral_value(ROUND_FLOOR)
    if missing <= 0:
        return _("%(points)s above the line of green") % {"points": display.number(-missing)}
    return _("%(points)s short of green") % {"points": display.number(missing)}


def since(spell: Any, on: date) -> str:
    """Since when it stands in its tier, and where it came from."""
    if spell is None:
        return ""
    words = {
        "tier": health_words.tier_word(spell.tier),
        "day": display.day(spell.began_on),
        "before": health_words.tier_word(spell.came_from),
    }
    if spell.came_from and spell.came_from != Tier.UNKNOWN.value:
        return _("%(tier)s since %(day)s, %(before)s before") % words
    return _("%(tier)s since %(day)s") % words


def month(day: date) -> str:
    return date_format(day, "M Y")


def last_day(on: date) -> str:
    return _("today") if on == clock.today() else display.day(on)


def target(rungs: Sequence[Rung], policy: HealthPolicy) -> str:
    """The head of the ladder."""
    if not rungs or rungs[-1].reaches >= policy.green:
        return _("What would turn it green")
    return _("What would turn it yellow")


def source(measure: Measure) -> str:
    return str(SOURCES.get(measure.source, measure.source.replace("_", " ")))


def window(measure: Measure) -> str:
    if not measure.window_days:
        return _("as it stands")
    return ngettext("last %(count)s day", "last %(count)s days", measure.window_days) % {"count": measure.window_days}


def curve(measure: Measure) -> str:
    """The corners of the curve in words: "50% is 0, 80% is 60, 95% is 100"."""
    corners = [
        _("%(value)s is %(points)s")
        % {"value": health_words.value_words(measure.key, value), "points": display.number(points)}
        for value, points in measure.curve
    ]
    return ", ".join(corners)


def fresh(measure: Measure, found: MeasureScore | None, on: date) -> str:
    """How old the last fact is, and when it counts no more."""
    limit = measure.fresh_days
    if measure.source == BY_HAND:
        return _("counts until %(day)s") % {"day": display.day(found.on)} if found and found.on else ""
    said = [display.ago(found.on, on)] if found and found.on else []
    if limit:
        said.append(ngettext("counts for %(count)s day", "counts for %(count)s days", limit) % {"count": limit})
    return ", ".join(said)


def no_data(measure: Measure) -> str:
    """What it means when nothing is known."""
    points = measure.points_without_data
    if measure.no_data == LEFT_OUT:
        return _("counts only where it is given")
    if points is not None:
        return _("without data it counts as %(points)s points") % {"points": display.number(points)}
    return _("without data it is unknown and counts for nothing")


def card_and_stand_ins(health: Health | None, policy: HealthPolicy) -> str:
    """Which card judged it where that is not the standard one, and what stood in for readings that nobody sends."""
    if health is None:
        return ""
    said = []
    own = next((card for card in policy.cards if card.key == health.card), None)
    if own:
        whom = {"card": health_words.card_name(own.key), "whom": health_words.judged_words(own, policy.ramp_up_days)}
        said.append(_("%(card)s judged it: %(whom)s.") % whom)
    if standing := standing_in(health, policy):
        names = ", ".join(health_words.name_of(key) for key in standing)
        said.append(_("No machine reports: %(names)s stand in for usage.") % {"names": names})
    return " ".join(said)


def state(measure: Measure, found: MeasureScore | None) -> str:
    if found is None and measure.instead_of:
        return _("does not count: the readings it stands in for are known")
    if found is None:
        return "" if measure.no_data == LEFT_OUT else _("does not count on this card")
    if found.state == "stale" and measure.source == BY_HAND:
        return _("expired: judge anew")
    return {
        "known": "",
        "stale": _("too old to count"),
        "no_data": _("no data"),
    }.get(found.state, "")


def page_standfirst(health: Health | None, policy: HealthPolicy) -> SafeString:
    """The score, how sure it is, and what it is made of."""
    if health is None:
        return format_html("{}", _("No score yet. The measures below say what would make one."))
    words = {
        "score": format_html("<b>{}</b>", health_words.whole(health.score)),
        "short": short_of(health, policy.green),
        "range": health_words.range_words(health.coverage, health.low, health.high) or _("everything is known"),
    }
    return format_html(_("{score}, {short}; {range}."), **words)


def listing_standfirst(counts: dict[str, int], worst: Any, sees_prices: bool, *, filtered: bool = False) -> SafeString:
    """How many stand badly, and with whom to begin."""
    bad = counts.get("red", 0) + counts.get("yellow", 0)
    if not sum(counts.values()):
        return format_html("{}", _("No customer answers to these filters") if filtered else _("No customers here yet."))
    if not bad:
        known = counts.get("green", 0)
        return format_html("{}", _("Nobody stands in red or yellow.") if known else _("Nobody has a score yet."))
    said = ngettext(
        "{red} red and {yellow} yellow of {all} customer.",
        "{red} red and {yellow} yellow of {all} customers.",
        sum(counts.values()),
    )
    first = format_html(
        said,
        red=format_html("<b>{}</b>", display.number(counts.get("red", 0))),
        yellow=display.number(counts.get("yellow", 0)),
        all=display.number(sum(counts.values())),
    )
    if worst is None:
        return first
    about = f"{health_words.whole(worst.score)} {health_words.tier_word(worst.tier)}"
    money = f", {display.money(worst.value)}" if sees_prices and worst.value else ""
    start = format_html(
        _("Begin with {account}: {score}{money}."),
        account=format_html("<b>{}</b>", worst.account),
        score=about,
        money=money,
    )
    return format_html("{} {}", first, start)
