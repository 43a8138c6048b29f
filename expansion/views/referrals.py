"""Referrals: who may be asked, who was, what they gave, and what became of it (RF-01..05)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.paging import page_of
from core.policies import policy_on
from core.reach import Level, reach_of
from core.returning import place_of
from expansion.actions import referring
from expansion.forms import referrals as forms
from expansion.models import Referral, ReferralKind
from expansion.queries import referrals as query
from expansion.rules.referral import ReferralPolicy, thank_by
from expansion.tabs import tabs
from installed_base.models import Account
from playbooks.forms import AboutAccount

View = Callable[..., HttpResponse]
WORDS = {
    "asked": ("watch", gettext_lazy("asked")),
    "declined": ("unknown", gettext_lazy("declined")),
    "given": ("good", gettext_lazy("given")),
    "opportunity": ("good", gettext_lazy("opportunity")),
    "won": ("good", gettext_lazy("won")),
    "lost": ("risk", gettext_lazy("lost")),
}


@login_required
@require_GET
def referrals(request: PersonRequest) -> HttpResponse:
    """Suggested advocates, and the referrals of a state."""
    user, on = request.user, clock.today()
    if reach_of(user).level is Level.ASSIGNED:
        raise Http404
    every = query.referrals(user)
    asked = request.GET.get("state", "")
    state = asked if asked in query.STATES else ""
    rows = query.in_state(every, state) if state else every
    page = page_of(rows, ["-known_on", "-pk"], cursor=request.GET.get("cursor", ""))
    counts = {key: query.in_state(every, key).count() for key in query.STATES}
    policy = policy_on(ReferralPolicy, on).values
    suggested = query.advocates(user, on)
    mine = set(
        Account.objects.changeable_by(user)
        .filter(pk__in=[a.account.pk for a in suggested])
        .values_list("pk", flat=True)
    )
    waiting = query.to_thank(user, on).count()
    context = {
        "on": on,
        "tabs": tabs(request, "referrals"),
        "page": page,
        "referrals": [dressed(row, policy, on) for row in page.rows],
        "state": state,
        "chips": [("", _("All"), ""), *((key, chip(key), counts[key]) for key in query.STATES)],
        "advocates": suggested[: policy.shown],
        "more": max(0, len(suggested) - policy.shown),
        "mine": mine,
        "works": reach_of(user).works,
        "standfirst": standfirst(len(suggested), counts["asked"], waiting),
        "sees_names": reach_of(user).sees_names,
        "sees_prices": reach_of(user).sees_prices,
    }
    return render(request, "expansion/referrals_list.html", context)


def chip(key: str) -> str:
    names = {
        "asked": _("Asked"), "given": _("Given"), "won": _("Won"), "lost": _("Lost"), "declined": _("Declined"),
    }  # fmt: skip
    return names[key]


def standfirst(advocates: int, asked: int, waiting: int) -> str:
    parts = []
    if advocates:
        said = ngettext("%(n)d happy customer can be asked", "%(n)d happy customers can be asked", advocates)
        parts.append(said % {"n": advocates})
    if asked:
        parts.append(ngettext("%(n)d was asked", "%(n)d were asked", asked) % {"n": asked})
    if waiting:
        parts.append(ngettext("%(n)d waits for thanks", "%(n)d wait for thanks", waiting) % {"n": waiting})
    return (
        f"{', '.join(parts)}."
        if parts
        else _("Nobody can be asked today: it takes a green customer who says nine or ten.")
    )


def dressed(row: Any, policy: ReferralPolicy, on: date) -> Any:
    """A referral with its state in words and the clock of its thanks."""
    row.shape, row.word = WORDS[row.state]
    row.thank_by = thank_by(row.given_on, policy) if row.given_on and not row.thanked_on else None
    row.late = bool(row.thank_by and row.thank_by < on)
    row.to_tell = row.state == "won" and row.told_on is None
    return row


@login_required
@require_GET
def referral(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(query.referrals(request.user), pk=pk)
    on = clock.today()
    user = request.user
    shown = dressed(row, policy_on(ReferralPolicy, on).values, on)
    deal = row.opportunity
    context = {
        "referral": shown,
        "on": on,
        "trail": [(reverse("expansion:referrals"), _("Referrals"))],
        "standfirst": _what_next(shown),
        "may": Referral.objects.changeable_by(user).filter(pk=pk).exists(),
        "sees_names": reach_of(user).sees_names,
        "sees_prices": reach_of(user).sees_prices,
        "sees_deal": bool(deal and type(deal).objects.visible_to(user).filter(pk=deal.pk).exists()),
        "introduces": row.kind == ReferralKind.INTRODUCTION,
    }
    return render(request, "expansion/referral_detail.html", context)


def _what_next(row: Any) -> str:
    if row.state == "declined":
        return _("They would rather not.")
    if row.state == "asked":
        if row.approved_on:
            return _("They said OK to the introduction; now it has to be sent.")
        return _("They were asked, and have not answered yet.")
    if row.thank_by:
        return _("Given, and not thanked for yet.")
    if row.to_tell:
        return _("It became a deal: tell who gave it.")
    if row.state == "given" and row.kind == ReferralKind.INTRODUCTION:
        return _("Given and thanked for. Follow it up.")
    return _("The loop is closed.") if row.told_on else _("Given and thanked for.")


def _page(request: PersonRequest, form: Form, title: str, verb: str, about: Any) -> HttpResponse:
    context = {
        "form": form, "title": title, "verb": verb, "about": about,
        "next": place_of(request, "expansion:referrals"),
    }  # fmt: skip
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _acted(form: Form, act: Callable[[], Any]) -> Any:
    """What it made, or True; None where it was refused, with the sentence on the form."""
    if not form.is_valid():
        return None
    try:
        return act() or True
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


def _account(request: PersonRequest, pk: int) -> Account:
    found: Account = get_object_or_404(Account.objects.changeable_by(request.user).select_related("owner"), pk=pk)
    return found


def _changeable(request: PersonRequest, pk: int) -> Referral:
    rows: Any = Referral.objects.changeable_by(request.user).select_related(
        "account", "contact", "opportunity", "owner"
    )
    found: Referral = get_object_or_404(rows, pk=pk)
    return found


def _forms(view: View) -> View:
    return login_required(require_http_methods(["GET", "POST"])(view))  # type: ignore[return-value]


@_forms
def ask(request: PersonRequest, account: int) -> HttpResponse:
    at, on = _account(request, account), clock.today()
    contact = request.GET.get("contact", "")
    initial = {"contact": int(contact)} if contact.isdecimal() and len(contact) < 19 else {}
    form = forms.AskForm(request.POST or None, account=at, user=request.user, initial=initial)
    made = _acted(form, lambda: referring.ask_referral(account=at, by=request.user, on=on, **form.cleaned_data))
    if made:
        return redirect("expansion:referral", made.pk)
    return _page(request, form, _("Ask for a referral"), _("They are asked"), at)


@_forms
def choose(request: PersonRequest, what: str) -> HttpResponse:
    """Name the account first: to ask there, or to write down what came from there."""
    pages = {"ask": _("Ask for a referral"), "came": _("A referral came by itself")}
    if what not in pages:
        raise Http404
    rows = Account.objects.changeable_by(request.user).filter(merged_into__isnull=True)
    form = AboutAccount(request.POST or None, accounts=rows)
    if form.is_valid():
        return redirect(f"expansion:referral_{what}", form.cleaned_data["account"].pk)
    return _page(request, form, pages[what], _("Go on"), _("At which customer?"))


@_forms
def came(request: PersonRequest, account: int) -> HttpResponse:
    at, on = _account(request, account), clock.today()
    form = forms.CameForm(request.POST or None, account=at, user=request.user)
    made = _acted(form, lambda: referring.record_referral(account=at, by=request.user, on=on, **form.cleaned_data))
    if made:
        return redirect("expansion:referral", made.pk)
    return _page(request, form, _("A referral came by itself"), _("Write it down"), at)


@_forms
def intro(request: PersonRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    initial = {"talking_points": row.talking_points, "intro": row.intro}
    form = forms.IntroForm(request.POST or None, initial=initial)
    on = clock.today()
    if _acted(form, lambda: referring.write_intro(referral=row, by=request.user, on=on, **form.cleaned_data)):
        return redirect("expansion:referral", pk)
    return _page(request, form, _("Make it easy for them"), _("Save"), row.account)


@_forms
def given(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _changeable(request, pk), clock.today()
    if row.kind != ReferralKind.INTRODUCTION:
        return _done(request, pk, lambda: referring.give(referral=row, by=request.user, on=on))
    form = forms.GivenForm(request.POST or None)
    if _acted(form, lambda: referring.give(referral=row, by=request.user, on=on, **form.cleaned_data)):
        return redirect("expansion:referral", pk)
    return _page(request, form, _("They gave a referral"), _("Write it down"), row.account)


@_forms
def decline(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _changeable(request, pk), clock.today()
    form = forms.DeclineForm(request.POST or None)
    if _acted(form, lambda: referring.decline(referral=row, by=request.user, on=on, **form.cleaned_data)):
        return redirect("expansion:referral", pk)
    return _page(request, form, _("They would rather not"), _("Write it down"), row.account)


@_forms
def pursue(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _changeable(request, pk), clock.today()
    form = forms.PursueForm(request.POST or None, user=request.user, initial={"account": row.company})

    def act() -> Any:
        said = form.cleaned_data
        return referring.pursue(
            referral=row, prospect=form.prospect, company=form.company, name=said["name"], value=said["value"],
            by=request.user, on=on,
        )  # fmt: skip

    if _acted(form, act):
        messages.success(request, _("The opportunity stands in the pipeline, and the referral follows it."))
        return redirect("expansion:referral", pk)
    return _page(request, form, _("Make an opportunity of it"), _("Make the opportunity"), row)


@_forms
def recognise(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _changeable(request, pk), clock.today()
    form = forms.RecogniseForm(request.POST or None)
    if _acted(form, lambda: referring.recognise(referral=row, by=request.user, on=on, **form.cleaned_data)):
        return redirect("expansion:referral", pk)
    return _page(request, form, _("How they were recognised"), _("Save"), row.account)


def _done(request: PersonRequest, pk: int, act: Callable[[], Any]) -> HttpResponse:
    """A single press: do it, say why not, and go back to the referral."""
    if request.method == "POST":
        try:
            act()
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
    return redirect("expansion:referral", pk)


@login_required
@require_POST
def approve(request: PersonRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    return _done(request, pk, lambda: referring.approve_intro(referral=row, by=request.user, on=clock.today()))


@login_required
@require_POST
def thank(request: PersonRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    return _done(request, pk, lambda: referring.thank(referral=row, by=request.user, on=clock.today()))


@login_required
@require_POST
def tell(request: PersonRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    return _done(request, pk, lambda: referring.tell_won(referral=row, by=request.user, on=clock.today()))
