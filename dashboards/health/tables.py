"""Customers by health as rows, columns of the strip, lines of a file; and spells as rows."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core import display
from dashboards.queries.health import Line
from health import words as health_words
from health.models import Spell
from health.rules import Tier

NAMES = {
    "red": pgettext_lazy("tier", "Red"),
    "yellow": pgettext_lazy("tier", "Yellow"),
    "green": pgettext_lazy("tier", "Green"),
    "unknown": gettext_lazy("No score"),
}
NOTES = {
    "red": gettext_lazy("rescue: weekly contact, a plan with owners"),
    "yellow": gettext_lazy("recover: find the cause, mend it"),
    "green": gettext_lazy("keep and grow: a talk each quarter"),
    "unknown": gettext_lazy("fill in what is missing"),
}


def columns(spread: Mapping[str, tuple[int, Decimal]], sees_prices: bool) -> list[dict[str, Any]]:
    """One column a tier, the worst first: euros (or customers) and its share of the whole."""
    euros = sees_prices and any(money for _count, money in spread.values())
    whole = {tier: (money if euros else Decimal(count)) for tier, (count, money) in spread.items()}
    return [_column(tier, spread[tier], whole, euros) for tier in NAMES]


def _column(tier: str, found: tuple[int, Decimal], whole: Mapping[str, Decimal], euros: bool) -> dict[str, Any]:
    count, money = found
    customers = ngettext("%(count)s customer", "%(count)s customers", count) % {"count": display.number(count)}
    rest = sum((value for key, value in whole.items() if key != tier), Decimal(0))
    return {
        "key": tier,
        "name": str(NAMES[tier]),
        "value": display.money(money) if euros else display.number(count),
        "count": customers if euros else "",
        "parts": {health_words.STATUS[tier]: whole[tier], "lost": rest},
        "status": health_words.STATUS[tier],
        "note": str(NOTES[tier]) if count else _("nobody"),
        "span": _share(whole[tier], whole[tier] + rest),
    }


def _share(part: Decimal, whole: Decimal) -> str:
    return display.percent(part / whole, 0) if whole else ""


def shown(line: Line, on: date) -> dict[str, Any]:
    """One row of the list in words."""
    standing = line.standing
    may_be = standing.may_be.value if standing and standing.may_be else None
    return {
        "line": line,
        "account": line.account,
        "place": ", ".join(filter(None, (line.account.city, line.account.country))),
        "change": standing.change_year if standing else None,
        "pull": pull_words(line),
        "points": display.signed(-line.pull[1], 1) if line.pull else "",
        "doubt": health_words.doubt_words(line.tier, may_be),
        "silent": line.contact_on is None or (on - line.contact_on).days > 90,
    }


def pull_words(line: Line) -> str:
    return health_words.dimension_name(line.pull[0]) if line.pull and line.pull[1] else ""


def file_head(sees_prices: bool) -> list[str]:
    head = [_("Account"), _("City"), _("Country"), _("Segment"), _("Health"), _("Score"), _("Change in a year")]
    head += [_("Known"), _("What pulls it down"), _("Points")]
    return [
        *head,
        *([_("Contracted a year")] if sees_prices else []),
        _("Next decision"),
        _("Last contact"),
        _("Owner"),
    ]


def file_line(line: Line, sees_prices: bool) -> tuple[Any, ...]:
    """One customer as a line under the head; no score is an empty cell, not a colour."""
    account, standing = line.account, line.standing
    known = "" if line.tier == Tier.UNKNOWN.value else line.tier
    return (
        account.name, account.city, account.country, account.segment, known, line.score,
        standing.change_year if standing else None, standing.coverage if standing else None,
        pull_words(line), line.pull[1] if line.pull else None,
        *([line.value] if sees_prices else []), line.decides_on, line.contact_on, str(account.owner.name),
    )  # fmt: skip


def moves(counted: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """The table of moves: a row for each tier before, with how many are in each tier now; red first."""
    tiers = ("red", "yellow", "green", "unknown")
    rank = {"red": 0, "yellow": 1, "green": 2}
    return [
        {
            "key": before,
            "name": NAMES[before],
            "word": health_words.tier_word(before),
            "total": sum(counted.get((before, now), 0) for now in tiers),
            "cells": [
                {"key": now, "count": counted.get((before, now), 0), "way": _way(rank.get(before), rank.get(now))}
                for now in tiers
            ],
        }
        for before in tiers
    ]


def _way(before: int | None, now: int | None) -> str:
    """Up, down, or neither: the unknown is no direction."""
    if before is None or now is None or before == now:
        return ""
    return "up" if now > before else "down"


def spell(row: Spell, on: date) -> dict[str, Any]:
    """One spell: from, to, how long."""
    ended_on = row.ended_on if row.ended_on and row.ended_on <= on else None
    return {
        "tier": row.tier,
        "came_from": health_words.tier_word(row.came_from) if row.came_from else "",
        "score": health_words.whole(row.score),
        "began_on": row.began_on,
        "ended_on": ended_on,
        "lasted": display.duration(((ended_on or on) - row.began_on).days),
    }
