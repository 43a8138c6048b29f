"""The parts of an account: its rhythm of ordering, what it buys elsewhere, and why it buys fewer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.models import Organisation
from core.reach import Level, reach_of
from core.returning import back, place_of
from dashboards import parts_words
from dashboards.queries.parts import parts_of
from dashboards.tabs import account_tabs
from dashboards.views.accounts import survivor_page
from dashboards.words import receipt_of
from expansion.actions.checking_in import close_check_in
from expansion.forms.parts import CheckInOutcomeForm, StatementForm
from installed_base.actions.parts import StatementRefused, state_parts
from installed_base.models import Account, Contact

either = require_http_methods(["GET", "POST"])


def _reader(request: PersonRequest) -> None:
    """Parts are about money: who sees single machines only, or no prices, has no such page."""
    reach = reach_of(request.user)
    if reach.level is Level.ASSIGNED or not reach.sees_prices:
        raise Http404


@login_required
@require_safe
def account_parts(request: PersonRequest, pk: int) -> HttpResponse:
    _reader(request)
    on, user = as_of(request), request.user
    found = get_object_or_404(Account.objects.visible_to(user).select_related("group"), pk=pk)
    if found.merged_into_id:
        return redirect(survivor_page("dashboards:account_parts", found, request))
    parts, past = parts_of(found, user, on), on < clock.today()
    asked = {"account": found.pk} | ({"as_of": on.isoformat()} if past else {})
    currency = Organisation.objects.ours().reporting_currency
    context = {
        "account": found,
        "on": on,
        "today": clock.today(),
        "tabs": account_tabs(found, user, "parts", on if past else None),
        "trail": [(reverse("dashboards:accounts"), _("Accounts")), (_page(found.pk), found.name)],
        "parts": parts,
        "currency": currency,
        "standfirst": parts_words.standfirst(parts, on),
        "rhythm_title": parts_words.rhythm_title(parts, on),
        "share": parts_words.share(parts),
        "share_url": receipt_of("wallet_share", **asked),
        "rows": [parts_words.row(beat, on) for beat in parts.beats],
        "trend": parts_words.trend(parts.whole),
        "may": not past and Account.objects.changeable_by(user).filter(pk=pk).exists(),
    }
    return render(request, "dashboards/account_parts.html", context)


def _page(pk: int) -> str:
    return reverse("dashboards:account", args=[pk])


def _own(request: PersonRequest, pk: int) -> Account:
    _reader(request)
    return get_object_or_404(Account.objects.changeable_by(request.user), pk=pk)


def _form(request: PersonRequest, form: Any, *, title: str, verb: str, about: str, home: str) -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place_of(request, home)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@either
def check_in_outcome(request: PersonRequest, pk: int) -> HttpResponse:
    """How the check-in ended: who or what took the parts away."""
    account, today = _own(request, pk), clock.today()
    home = reverse("dashboards:account_parts", args=[pk])
    form = CheckInOutcomeForm(request.POST or None)
    if form.is_valid():
        row = close_check_in(account=account, by=request.user, on=today, **form.cleaned_data)
        ended = _("The reason is written down, and the check-in is closed.")
        messages.success(request, ended if row.play_id else _("The reason is written down."))
        return back(request, home)
    title, verb = _("How did the check-in end?"), _("Write it down")
    return _form(request, form, title=title, verb=verb, about=account.name, home=home)


@login_required
@either
def statement_new(request: PersonRequest, pk: int) -> HttpResponse:
    """What they say to spend elsewhere."""
    account, today = _own(request, pk), clock.today()
    home = reverse("dashboards:account_parts", args=[pk])
    contacts = Contact.objects.visible_to(request.user).filter(account=account, left_on__isnull=True).order_by("name")
    form = StatementForm(request.POST or None, initial={"said_on": today}, today=today, contacts=contacts)
    if form.is_valid():
        try:
            state_parts(account=account, by=request.user, on=today, **form.cleaned_data)
        except StatementRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("It is written down; the wallet share counts with it."))
            return back(request, home)
    title, verb = _("What do they spend on parts elsewhere?"), _("Write it down")
    return _form(request, form, title=title, verb=verb, about=account.name, home=home)
