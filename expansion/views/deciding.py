"""Deciding about signals: accepted into a deal, dismissed, or put off."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import clock, display
from core.asking import PersonRequest
from core.models import Owner
from core.reach import reach_of
from core.returning import back, place_of
from expansion.actions.deciding import accept_signals, dismiss_signals, snooze_signals
from expansion.chances import answer_to
from expansion.filters import SignalFilter
from expansion.forms import AcceptForm, DismissForm, PutOffForm
from expansion.models import Signal
from expansion.queries import signals as query

MOST_AT_ONCE = 50
BUTTONS = {"accept": gettext_lazy("Accept"), "dismiss": gettext_lazy("Dismiss"), "snooze": gettext_lazy("Snooze")}


@login_required
@require_POST
def decide(request: PersonRequest) -> HttpResponse:
    """First the form about what was chosen, then, with `confirm`, the decision itself."""
    verbs: dict[str, Callable[..., HttpResponse]] = {"accept": _accept, "dismiss": _dismiss, "snooze": _snooze}
    verb = verbs.get(request.POST.get("verb", ""))
    if verb is None:
        raise BadRequest("verb")
    on = clock.today()
    chosen = _chosen(request, on)
    if not chosen.exists():
        messages.error(request, _("Nothing was chosen that you may decide. Choose rows of your own accounts."))
        return back(request, "expansion:signals")
    return verb(request, chosen, on)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]


def _chosen(request: PersonRequest, on: date) -> QuerySet[Signal]:
    """Signals by number, or all that wait at the chosen accounts under the filters of the list."""
    rows = Signal.objects.changeable_by(request.user).open()
    if request.POST.getlist("signal"):
        return rows.filter(pk__in=_numbers(request.POST.getlist("signal")))
    filters = QueryDict(request.POST.get("filters", ""))
    rows = rows.filter(snoozed_until__gt=on) if "snoozed" in filters else rows.waiting(on)
    rows = SignalFilter(filters, queryset=rows, request=request).qs
    return rows.filter(account_id__in=_numbers(request.POST.getlist("account")))


def _data(request: PersonRequest) -> QueryDict | None:
    return request.POST if "confirm" in request.POST else None


def _form_page(request: PersonRequest, form: Form, chosen: QuerySet[Signal], title: str, verb: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "button": BUTTONS[verb],
        "trail": [(reverse("expansion:signals"), _("Signals"))],
        "standfirst": _chosen_words(query.totals(chosen)),
        "lines": query.lines_by_account(chosen, request.user).rows,
        "signal_ids": request.POST.getlist("signal"),
        "account_ids": request.POST.getlist("account"),
        "filters": request.POST.get("filters", ""),
        "next": place_of(request, "expansion:signals"),
        "sees_prices": reach_of(request.user).sees_prices,
    }
    return render(request, "expansion/signals_decide.html", context, status=422 if form.is_bound else 200)


def _chosen_words(totals: query.Totals) -> SafeString:
    words = ngettext(
        "<b>{count} signal</b> at {accounts} account.", "<b>{count} signals</b> at {accounts} accounts.", totals.signals
    )
    return format_html(words, count=display.number(totals.signals), accounts=display.number(totals.accounts))


def _accept(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    lines = query.lines_by_account(chosen, request.user).rows[:MOST_AT_ONCE]
    several = len(lines) > 1
    form = AcceptForm(
        _data(request), user=request.user, on=on, several=several, initial=_proposal(request, lines[0], several)
    )
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Accept into an opportunity"), "accept")
    try:
        deals = [_accept_line(request, form, chosen, line, on) for line in lines]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back(request, "expansion:signals")
    messages.success(request, _accepted(deals))
    return back(request, "expansion:signals")


def _accept_line(request: PersonRequest, form: Form, chosen: QuerySet[Signal], line: query.Line, on: date) -> Any:
    values = _proposed(line) | form.cleaned_data
    ids = list(chosen.filter(account_id=line.account.pk).values_list("pk", flat=True))
    return accept_signals(signals=ids, by=request.user, on=on, **values)


def _proposed(line: query.Line) -> dict[str, Any]:
    """Name and kind of the deal that a line proposes."""
    _book, kind = answer_to(*line.leading)
    if line.machines:
        about = ngettext("%(count)d machine", "%(count)d machines", line.machines) % {"count": line.machines}
    else:
        about = line.in_words
    return {"kind": kind.value, "name": f"{kind.label}: {line.account}, {about}"[:240]}


def _proposal(request: PersonRequest, line: query.Line, several: bool) -> dict[str, Any]:
    owner = Owner.objects.of(request.user) if several else line.account.owner
    known = None if several or not line.value else line.value
    return _proposed(line) | {"value": known, "owner": owner.pk}


def _accepted(deals: list[Any]) -> str:
    if len(deals) == 1:
        return _("“%(name)s” stands in the pipeline now.") % {"name": deals[0].name}
    return _("%(count)d opportunities stand in the pipeline now.") % {"count": len(deals)}


def _dismiss(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    form = DismissForm(_data(request))
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Dismiss with a reason"), "dismiss")
    ids = chosen.values_list("pk", flat=True)
    count = dismiss_signals(signals=ids, reason=form.words(), by=request.user, on=on)
    messages.success(request, ngettext("%d signal dismissed.", "%d signals dismissed.", count) % count)
    return back(request, "expansion:signals")


def _snooze(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    form = PutOffForm(_data(request), on=on)
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Snooze with a reason"), "snooze")
    ids = chosen.values_list("pk", flat=True)
    count = snooze_signals(signals=ids, by=request.user, on=on, **form.cleaned_data)
    messages.success(request, ngettext("%d signal put off.", "%d signals put off.", count) % count)
    return back(request, "expansion:signals")
