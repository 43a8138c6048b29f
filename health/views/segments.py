"""Segments: where the rule says otherwise, applied after a look; by hand with a reason; the strategic mark."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock, opening
from core.asking import PersonRequest
from core.display import number
from core.free_text import free_text
from core.policies import policy_on
from core.reach import reach_of
from core.returning import back, place_of
from health.door import many, reader_of_prices
from health.forms.segments import SegmentForm, StrategicForm
from health.queries.segments import Placed, accounts_of, placed
from health.rules.segments import SegmentPolicy
from health.tabs import customer_tabs
from health.words import segments as words
from installed_base.actions import placing
from installed_base.models import Account

SHOWN = 300
VIEWS = {
    "suggested": (gettext_lazy("The rule says otherwise"), lambda row: row.differs),
    "hand": (gettext_lazy("Chosen by hand"), lambda row: row.choice is not None),
    "strategic": (gettext_lazy("Strategic"), lambda row: row.mark is not None),
    "unknown": (gettext_lazy("Value unknown"), lambda row: row.weight.value is None),
    "all": (gettext_lazy("All"), lambda row: True),
}


@require_safe
@reader_of_prices
def segments(request: PersonRequest) -> HttpResponse:
    """The accounts whose segment the rule would change, those chosen by hand, and the strategic ones."""
    on, user = clock.today(), request.user
    found = placed(accounts_of(user), user, on)
    shown = request.GET.get("show", "")
    shown = shown if shown in VIEWS else "suggested"
    chosen = sorted((r for r in found if VIEWS[shown][1](r)), key=lambda r: (-(r.weight.value or 0), r.account.pk))
    mine = set(Account.objects.changeable_by(user).values_list("pk", flat=True))
    differ = sum(1 for row in found if row.differs)
    context = {
        "rows": [_shown(row, user, row.account.pk in mine) for row in chosen[:SHOWN]],
        "more": max(0, len(chosen) - SHOWN),
        "show": shown,
        "chips": [(key, name, sum(1 for r in found if test(r)), key == shown) for key, (name, test) in VIEWS.items()],
        "standfirst": _standfirst(differ, len(found)),
        "cuts": words.cuts_words(policy_on(SegmentPolicy, on).values, opening.ours().reporting_currency),
        "tabs": customer_tabs(user, "segments"),
        "works": reach_of(user).works and shown == "suggested",
    }
    return render(request, "health/segments_list.html", context)


def _standfirst(differ: int, of: int) -> str:
    if not differ:
        return _("Every account stands in the segment that the rule gives it, or that somebody chose.")
    said = ngettext(
        "The rule would place one account of %(all)s elsewhere.",
        "The rule would place %(count)s accounts of %(all)s elsewhere.",
        differ,
    )
    return said % {"count": number(differ), "all": number(of)}


def _shown(row: Placed, user: Any, may: bool) -> dict[str, Any]:
    said = row.choice.reason if row.choice else ""
    return {
        "row": row,
        "now": words.segment_word(row.account.segment),
        "suggested": words.segment_word(row.suggested) if row.differs else "",
        "why": free_text(said, user) if said else "",
        "marked": free_text(row.mark.reason, user) if row.mark else "",
        "may": may,
    }


@require_POST
@reader_of_prices
def apply(request: PersonRequest) -> HttpResponse:
    """Accept what the rule says of the chosen accounts: first from where to where, then it happens."""
    on, user, ids = clock.today(), request.user, many(request)
    if not ids:
        messages.warning(request, _("Choose some accounts first."))
        return back(request, "health:segments")
    accounts = list(Account.objects.changeable_by(user).filter(pk__in=ids).select_related("owner"))
    if len(accounts) != len(ids):
        raise Http404
    rows = [row for row in placed(accounts, user, on) if row.differs]
    if "confirmed" in request.POST:
        done = placing.place_in_segments(segments={r.account.pk: r.suggested for r in rows}, by=user, on=on)
        said = ngettext(
            "%(count)s account stands in its new segment.", "%(count)s accounts stand in new segments.", done
        )
        messages.success(request, said % {"count": number(done)})
        return back(request, "health:segments")
    moves = Counter((words.segment_word(r.account.segment), words.segment_word(r.suggested)) for r in rows)
    context = {
        "rows": [_shown(row, user, True) for row in rows],
        "moves": sorted(moves.items()),
        "next": place_of(request, "health:segments"),
    }
    return render(request, "health/segments_apply.html", context)


def _account(request: PersonRequest, pk: int) -> Account:
    return get_object_or_404(Account.objects.changeable_by(request.user), pk=pk)


@require_http_methods(["GET", "POST"])
@reader_of_prices
def choose(request: PersonRequest, pk: int) -> HttpResponse:
    """A segment by hand, or back to the rule."""
    account, on = _account(request, pk), clock.today()
    if request.POST.get("act") == "rule":
        placing.follow_the_rule(account=account, by=request.user)
        return back(request, "health:segments")
    form = SegmentForm(request.POST or None, initial={"segment": account.segment})
    if form.is_valid():
        placing.choose_segment(account=account, by=request.user, on=on, **form.cleaned_data)
        return back(request, "health:segments")
    by_hand = hasattr(account, "segment_choice")
    return _form(request, account, form, "choose", by_hand)


@require_http_methods(["GET", "POST"])
@reader_of_prices
def strategic(request: PersonRequest, pk: int) -> HttpResponse:
    """Mark an account as strategic, or end the mark."""
    account, on = _account(request, pk), clock.today()
    marked = account.strategic_marks.filter(until__isnull=True).exists()
    if request.POST.get("act") == "end":
        placing.end_strategic(account=account, by=request.user, on=on)
        return back(request, "health:segments")
    form = StrategicForm(request.POST or None)
    if form.is_valid():
        try:
            placing.mark_strategic(account=account, by=request.user, on=on, **form.cleaned_data)
            return back(request, "health:segments")
        except ValidationError as refused:
            form.add_error(None, refused)
    return _form(request, account, form, "strategic", marked)


def _form(request: PersonRequest, account: Account, form: Form, kind: str, standing: bool) -> HttpResponse:
    context = {"form": form, "account": account, "kind": kind, "standing": standing}
    context["next"] = place_of(request, "health:segments")
    return render(request, "health/segment_form.html", context, status=422 if form.is_bound else 200)
