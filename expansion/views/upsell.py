"""The upsell score: accounts where sales energy brings most, and what speaks for an offer at one of them (WS-04)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.reach import Level, reach_of
from expansion.queries.upsell import Standing, standings
from expansion.queries.whitespace import listing
from expansion.upsell_words import headline, parts_in_words, unknown_sides
from expansion.views.whitespace import asked_of, menus_of
from installed_base.rules.options import Missing

MOST_SHOWN = 100


@login_required
@require_safe
def upsell(request: PersonRequest) -> HttpResponse:
    """Accounts by their score, the highest first; those of which too little is known stand last."""
    asked = asked_of(request)
    accounts = listing.largest(asked.rows, request.user, asked.on, asked.policy.ranked)
    found = standings([account.pk for account in accounts], asked.on)
    lines = [_line(account, found[account.pk]) for account in accounts if found[account.pk].machines]
    lines.sort(key=lambda line: (line["score"] is None, -(line["score"] or 0), line["account"].pk))
    context = {
        "lines": lines[:MOST_SHOWN],
        "more": max(len(lines) - MOST_SHOWN, 0),
        "accounts": len(accounts),
        "most": asked.policy.ranked,
        "trail": [(reverse("expansion:whitespace"), _("Whitespace"))],
        "menus": menus_of(request, asked.shown),
        "on": asked.on,
        "today": clock.today(),
    }
    return render(request, "expansion/upsell_list.html", context)


def _line(account: Any, standing: Standing) -> dict[str, Any]:
    parts = parts_in_words(standing)
    return {
        "account": account,
        "score": standing.upsell.score,
        "coverage": standing.upsell.coverage,
        "machines": len(standing.machines),
        "why": " ".join(part["why"] for part in parts[:2]) or headline(standing),
        "leading": ", ".join(str(part["name"]) for part in parts[:2]),
    }


@login_required
@require_safe
def upsell_account(request: PersonRequest, pk: int) -> HttpResponse:
    """The sides of the score in words, and what each machine lacks."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404
    on = as_of(request)
    account = get_object_or_404(listing.accounts(request.user), pk=pk)
    standing = standings([pk], on)[pk]
    context = {
        "account": account,
        "score": standing.upsell.score,
        "standfirst": headline(standing),
        "parts": parts_in_words(standing),
        "unknown": unknown_sides(standing),
        "lacking": [row for machine in standing.machines for row in _lacking(machine)],
        "trail": [(reverse("expansion:upsell"), _("Upsell score"))],
        "on": on,
        "today": clock.today(),
        "sees_prices": reach_of(request.user).sees_prices,
    }
    return render(request, "expansion/upsell_account.html", context)


def _lacking(machine: Any) -> list[dict[str, Any]]:
    standard: list[Missing] = [one for one in machine.lacks if one.standard]
    return [{"machine": machine, "missing": one} for one in standard]
