"""Who would change tier, in words and rows."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import display
from health.queries.moves import ORDER, Move, Moves
from health.rules.spells import fell
from health.rules.tier import Tier
from health.words.tiers import points, tier_word

ROWS_SHOWN = 60


def moves_standfirst(found: Moves | None, *, problems: int, sees_prices: bool) -> SafeString:
    """What the draft would do, in a sentence or two."""
    if problems:
        said = ngettext("%(count)s thing has to be put right before it can count.",
                        "%(count)s things have to be put right before it can count.", problems)  # fmt: skip
        return format_html("{}", said % {"count": display.number(problems)})
    if found is None:
        return format_html("{}", _("Nothing differs yet from what counts today."))
    if not found.rows:
        return format_html("{}", _("Nobody would change tier."))
    counted = ngettext("%(count)s of %(all)s customers would change tier: %(falls)s falls, %(rises)s rise.",
                       "%(count)s of %(all)s customers would change tier: %(falls)s fall, %(rises)s rise.",
                       len(found.rows))  # fmt: skip
    said = counted % {
        "count": display.number(len(found.rows)),
        "all": display.number(found.looked_at),
        "falls": display.number(len(found.falls)),
        "rises": display.number(len(found.rises)),
    }
    money = ""
    if sees_prices:
        money = _("%(euros)s a year stands behind them.") % {"euros": display.money(found.moved_euros)}
    others = len(found.rows) - len(found.falls) - len(found.rises)
    if others:
        come = ngettext("%(count)s gains or loses its score.", "%(count)s gain or lose their score.", others)
        said = f"{said} {come % {'count': display.number(others)}}"
    work = ngettext("That makes %(count)s task.", "That makes %(count)s tasks.", found.task_count)
    return format_html("<b>{}</b> {} {}", said, money, work % {"count": display.number(found.task_count)})


def dressed(found: Moves, *, sees_prices: bool) -> dict[str, Any]:
    """The matrix, the rows of those who move, and the work per owner."""
    return {
        "heads": [_name(tier) for tier in ORDER],
        "matrix": [_line(old, found.matrix, found.euros if sees_prices else {}) for old in ORDER],
        "rows": [_row(move) for move in found.rows[:ROWS_SHOWN]],
        "more": max(len(found.rows) - ROWS_SHOWN, 0),
        "tasks": found.tasks,
        "falls": len(found.falls),
        "rises": len(found.rises),
    }


def _name(tier: Tier) -> dict[str, str]:
    return {"tier": tier.value, "word": tier_word(tier.value)}


def _line(old: Tier, matrix: Mapping[Any, int], euros: Mapping[Any, Any]) -> dict[str, Any]:
    cells = []
    for new in ORDER:
        count = matrix.get((old, new), 0)
        money = euros.get((old, new))
        kind = "worse" if fell(new, old) else "better" if fell(old, new) else "same"
        cells.append({"count": count, "euros": display.money_short(money) if money and count else "", "kind": kind})
    return {"name": _name(old), "cells": cells}


def _row(move: Move) -> dict[str, Any]:
    waits = move.new.tier is not move.new.settles
    return {
        "account": move.account,
        "value": move.value,
        "old": move.old.settles.value,
        "old_score": points(move.old.score),
        "new": move.new.settles.value,
        "new_score": points(move.new.score),
        "when": _("after some days") if waits else _("on the first day"),
        "falls": move.falls,
    }
