"""What the queue says: the standfirst, the columns of the strip, the chips and the menus."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.display import day_long, money, number
from health.rules import Tier
from health.words import tier_word, whole
from renewals.filters import QueueFilter
from renewals.queries.overview import Overview, Start, Sums, quarter_start
from renewals.queries.queue import Queue
from renewals.queries.rows import NAMES, SPAN_WORDS, keys_of_buckets

CHIP_WORDS = {
    "all": gettext_lazy("All open"),
    "mine": gettext_lazy("Mine"),
    "red_large": gettext_lazy("Red and large"),
    "no_step": gettext_lazy("No next step"),
    "cancel": gettext_lazy("Last day to cancel this month"),
    "snoozed": gettext_lazy("Snoozed"),
}
STATUS = {
    "green": "good",
    "yellow": "watch",
    "red": "risk",
    "unknown": "unknown",
    "renewed": "done",
    "lost": "lost",
    "let_go": "unknown",
}


@dataclass(frozen=True)
class Column:
    """One column of the strip, in words."""

    key: str
    name: str
    span: str
    value: str
    count: str
    parts: dict[str, Any]
    status: str
    note: str


def renewals_in_words(count: int) -> str:
    return ngettext("%(count)s renewal", "%(count)s renewals", count) % {"count": number(count)}


def standfirst(overview: Overview, *, on: date, currency: str, past: bool = False) -> SafeString:
    """How much there is to do, and where to start; of a past day only how much there was."""
    if not overview.open_count or overview.start is None:
        return format_html("{}", _("No open renewals in this view."))
    counted = ngettext("%(count)s open renewal", "%(count)s open renewals", overview.open_count)
    said = _("{open}, {value} a year.") if past else _("{open}, {value} a year. Start with {account}: {what}.")
    return format_html(
        said,
        open=counted % {"count": number(overview.open_count)},
        value=format_html("<b>{}</b>", money(overview.open_value, currency)),
        account=format_html("<b>{}</b>", overview.start.account),
        what=_about(overview.start, on, currency),
    )


def _about(start: Start, on: date, currency: str) -> str:
    days = (start.decides_on - on).days
    if days < 0:
        left = ngettext("%(count)s day late", "%(count)s days late", -days) % {"count": number(-days)}
    else:
        left = ngettext("%(count)s day left", "%(count)s days left", days) % {"count": number(days)}
    said = [money(start.value, currency), left]
    if start.tier is not Tier.UNKNOWN:
        said.append(_health(start))
    return ", ".join(said)


def _health(start: Start) -> str:
    """ "Health 52 and falling"; the tier alone where there is no number."""
    if start.score is None:
        return _("health %(tier)s") % {"tier": tier_word(start.tier.value)}
    words = _("health %(score)s and falling") if (start.change or 0) < 0 else _("health %(score)s")
    return words % {"score": whole(start.score)}


def columns(overview: Overview, *, on: date, currency: str) -> list[Column]:
    """The five columns of the strip; renewals opened early stand in none of them, only in the list."""
    keys = [key for key in keys_of_buckets() if key != "later"]
    return [_column(overview.buckets[key], on, currency) for key in [*keys, "decided"]]


def _column(sums: Sums, on: date, currency: str) -> Column:
    decided = sums.key == "decided"
    return Column(
        key=sums.key,
        name=str(NAMES[sums.key]),
        span=_("since %(day)s") % {"day": _day(quarter_start(on))} if decided else str(SPAN_WORDS[sums.key]),
        value=money(sums.value, currency),
        count=renewals_in_words(sums.count),
        parts={STATUS[part]: value for part, value in sums.parts.items()},
        status="" if decided or not sums.count else STATUS[sums.worst],
        note=_decided_note(sums, currency) if decided else worst_note(sums, currency),
    )


def _day(on: date) -> str:
    return day_long(on).rsplit(" ", 1)[0]


def worst_note(sums: Sums, currency: str) -> str:
    if not sums.count:
        return _("nothing here")
    worst = sums.worst
    return f"{money(sums.parts[worst], currency)} {tier_word(worst)}"


def _decided_note(sums: Sums, currency: str) -> str:
    words = {
        "renewed": _("%(count)s renewed %(value)s"),
        "lost": _("%(count)s lost %(value)s"),
        "let_go": _("%(count)s let go %(value)s"),
    }
    said = [
        words[part] % {"count": number(sums.counts[part]), "value": money(sums.parts[part], currency)}
        for part in words
        if sums.counts.get(part)
    ]
    return " · ".join(said) or _("nothing yet")


def chips(overview: Overview, filters: QueueFilter, *, past: bool) -> list[dict[str, Any]]:
    """The ready filters with their counts. What a past day does not know is not offered."""
    chosen = filters.criteria.chip
    keys = ("all", "mine", "red_large", "cancel") if past else tuple(CHIP_WORDS)
    return [
        {"key": "" if key == "all" else key, "label": CHIP_WORDS[key], "count": number(overview.chips[key])}
        | {"current": key == chosen and filters.criteria.bucket != "decided"}
        for key in keys
        if key != "snoozed" or overview.chips[key] or chosen == "snoozed"
    ]


def menus(offered: dict[str, list[tuple[str, str]]], filters: QueueFilter) -> list[dict[str, Any]]:
    """Owner, country, health, level and segment: what each offers and has chosen."""
    tiers = [(tier.value, tier_word(tier.value)) for tier in Tier]
    wanted = (
        ("owner", _("Owner"), _("everyone"), offered["owner"]),
        ("country", _("Country"), pgettext("filter", "all"), offered["country"]),
        ("health", _("Health"), pgettext("filter", "all"), tiers),
        ("level", _("Level"), pgettext("filter", "all"), offered["level"]),
        ("segment", _("Segment"), pgettext("filter", "all"), offered["segment"]),
    )
    return [_menu(*menu, chosen=filters.chosen(menu[0])) for menu in wanted]


def _menu(key: str, name: str, everything: str, options: list[tuple[str, str]], *, chosen: str) -> dict[str, Any]:
    shown = [("", everything), *options]
    return {
        "key": key,
        "name": name,
        "value": dict(shown).get(chosen, chosen),
        "on": bool(chosen),
        "options": [{"value": v, "label": label, "current": v == chosen} for v, label in shown],
    }


def groups(queue: Queue, *, currency: str) -> list[dict[str, Any]]:
    """The rows under their heads."""
    return [
        {
            "name": NAMES[group.sums.key],
            "span": SPAN_WORDS.get(group.sums.key, ""),
            "count": renewals_in_words(group.sums.count),
            "value": money(group.sums.value, currency),
            "continued": group.continued,
            "rows": group.rows,
        }
        for group in queue.groups
    ]


def trail(*further: tuple[str, str]) -> list[tuple[str, str]]:
    """The path above a page under the queue."""
    return [(reverse("renewals:queue"), _("Renewals")), *further]
