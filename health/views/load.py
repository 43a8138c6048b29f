"""Load: who looks after how many accounts, and giving accounts to others, with a look before and a way back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.display import number
from core.models import Owner
from core.reach import reach_of
from core.returning import back, place_of
from health.actions.handing import hand_back, hand_over
from health.door import MOST, lead_of_prices, many
from health.queries.load import Loads, after, loads_of, owners_named, proposals
from health.rules.segments import Proposal
from health.tabs import customer_tabs
from health.words import segments as words
from installed_base.models import Account
from playbooks.forms import assignable

UNDO = "health_load_undo"


@require_safe
@lead_of_prices
def load(request: PersonRequest) -> HttpResponse:
    """Every manager with accounts, euros and how full; and what the ownership model proposes."""
    found = loads_of(request.user, clock.today())
    context = {
        "rows": [words.shown_load(row) for row in found.rows],
        "standfirst": words.load_words(found),
        "whole": words.whole_load_words(found.policy),
        "model": words.model_words(found),
        "proposals": _proposed(found, request),
        "works": reach_of(request.user).works,
        "undo": bool(request.session.get(UNDO)),
        "tabs": customer_tabs(request.user, "load"),
    }
    return render(request, "health/load_page.html", context)


def _proposed(found: Loads, request: PersonRequest) -> list[dict[str, Any]]:
    rows = {row.account.pk: row for row in found.accounts}
    asked = proposals(found, request.user)
    named = owners_named({p.to_id for p in asked}, Owner.objects.all())
    return [_proposal(p, rows[p.account_id], named[p.to_id]) for p in asked]


def _proposal(found: Proposal, row: Any, to: Owner) -> dict[str, Any]:
    return {"row": row, "to": to, "why": str(words.REASONS[found.why]), "move": f"{found.account_id}:{found.to_id}"}


@require_safe
@lead_of_prices
def owner(request: PersonRequest, pk: int) -> HttpResponse:
    """The accounts of one owner, to be given to others."""
    found = loads_of(request.user, clock.today())
    mine = found.of(pk)
    if mine is None:
        raise Http404
    rows = [row for row in found.accounts if row.account.owner_id == pk]
    rows.sort(key=lambda row: (-(row.weight.value or 0), row.account.pk))
    context = {
        "owner": mine.owner,
        "load": words.shown_load(mine),
        "rows": [{"row": row, "segment": words.segment_word(row.account.segment)} for row in rows],
        "others": assignable(request.user).exclude(pk=pk),
        "works": reach_of(request.user).works,
        "trail": [(reverse("health:load"), _("Load"))],
    }
    return render(request, "health/load_owner.html", context)


@require_POST
@lead_of_prices
def move(request: PersonRequest) -> HttpResponse:
    """Give the chosen accounts to others: first what it does to the load of each, then it happens."""
    user, on = request.user, clock.today()
    moves = _moves(request)
    if not moves:
        messages.warning(request, _("Choose some accounts first, and to whom they go."))
        return back(request, "health:load")
    named = owners_named(set(moves.values()), assignable(user))
    may = Account.objects.changeable_by(user).filter(pk__in=moves).count()
    if may != len(moves) or set(moves.values()) != set(named):
        raise Http404
    if "confirmed" in request.POST:
        before = hand_over(owners=moves, by=user, on=on)
        request.session[UNDO] = {"before": _text(before), "given": _text({pk: moves[pk] for pk in before})}
        said = ngettext(
            "%(count)s account lies with another owner now.",
            "%(count)s accounts lie with other owners now.",
            len(before),
        )
        messages.success(request, said % {"count": number(len(before))})
        return back(request, "health:load")
    found = loads_of(user, on)
    rows = [row for row in found.accounts if row.account.pk in moves]
    context = {
        "rows": [{"row": row, "to": named[moves[row.account.pk]]} for row in rows],
        "loads": [(words.shown_load(a), words.shown_load(b)) for a, b in after(found, moves, named.values())],
        "moves": [f"{pk}:{to}" for pk, to in moves.items()],
        "next": place_of(request, "health:load"),
    }
    return render(request, "health/load_move.html", context)


def _moves(request: PersonRequest) -> dict[int, int]:
    """Account to owner, as pairs, or as chosen rows with one owner for all."""
    to = request.POST.get("to", "")
    pairs = [text.split(":") for text in request.POST.getlist("move")[:MOST] if text.count(":") == 1]
    found = {int(a): int(b) for a, b in pairs if a.isdecimal() and b.isdecimal() and len(a + b) < 30}
    if to.isdecimal() and len(to) < 18:
        found |= dict.fromkeys(many(request), int(to))
    return found


def _text(pairs: dict[int, int]) -> dict[str, int]:
    return {str(pk): owner for pk, owner in pairs.items()}


@require_POST
@lead_of_prices
def undo(request: PersonRequest) -> HttpResponse:
    """Take the last handing over back."""
    kept = request.session.pop(UNDO, None)
    if not kept:
        messages.warning(request, _("There is nothing to take back."))
        return back(request, "health:load")
    before = {int(pk): owner for pk, owner in kept["before"].items()}
    given = {int(pk): owner for pk, owner in kept["given"].items()}
    may = set(Account.objects.changeable_by(request.user).filter(pk__in=before).values_list("pk", flat=True))
    mine = {pk: owner for pk, owner in before.items() if pk in may}
    done = hand_back(before=mine, given=given, by=request.user, on=clock.today())
    said = ngettext("%(count)s account is back where it was.", "%(count)s accounts are back where they were.", done)
    messages.success(request, said % {"count": number(done)})
    return back(request, "health:load")
