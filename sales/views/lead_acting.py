"""What is done with a lead: written down, changed, touched, handed over, dropped, opened again, linked, made a deal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.models import Owner
from core.reach import reach_of
from core.returning import back, place_of
from installed_base.models import Account
from sales.actions import dealer
from sales.actions import lead as actions
from sales.actions.lead_undo import undo_conversion
from sales.forms import lead as forms
from sales.models import Lead, Touch, works_leads
from sales.queries.dealer import dealers_seen
from sales.queries.lead import accounts_called
from sales.views.lead import reader

View = Callable[..., HttpResponse]
# Dealers whom the form names beside its field.
MOST_NAMED = 8


def _form(view: View) -> View:
    return login_required(require_http_methods(["GET", "POST"])(view))  # type: ignore[return-value]


def _mine(request: PersonRequest, pk: int) -> Lead:
    rows = Lead.objects.changeable_by(request.user).select_related("account", "owner", "lead_source")
    found: Lead = get_object_or_404(rows, pk=pk)
    return found


def _page(request: PersonRequest, form: Form, title: str, verb: str, lead: Lead) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "about": lead.company,
        "next": place_of(request, reverse("sales:lead", args=[lead.pk])),
    }
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


def _after(request: PersonRequest, pk: int) -> HttpResponse:
    """Back to the lead; to the list, where it is no longer theirs to see."""
    if not Lead.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("sales:leads")
    return back(request, reverse("sales:lead", args=[pk]))


@_form
def lead_new(request: PersonRequest) -> HttpResponse:
    """Write a lead down; one that is open already is shown first."""
    reader(request)
    if not works_leads(request.user):
        raise PermissionDenied
    on = clock.today()
    form = forms.NewLeadForm(request.POST or None, user=request.user, on=on)
    double = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.create_lead(
                said=form.said, owner=said["owner"] or Owner.objects.of(request.user), created_on=said["created_on"],
                all_the_same=said["all_the_same"], by=request.user, on=on,
            )  # fmt: skip
        except actions.DoubleLead as found:
            double = found.row
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The lead is written down."))
            seen = Lead.objects.visible_to(request.user).filter(pk=made.pk).exists()
            return redirect("sales:lead", made.pk) if seen else redirect("sales:leads")
    context = {"form": form, "double": double, "trail": [(reverse("sales:leads"), _("Leads"))]}
    return render(request, "sales/lead_new.html", context, status=422 if form.is_bound else 200)


@_form
def lead_change(request: PersonRequest, pk: int) -> HttpResponse:
    """Say anew what is known of it."""
    row, user = _mine(request, pk), request.user
    initial = {name: getattr(row, name) for name in actions.FIELDS}
    form = forms.LeadForm(request.POST or None, user=user, lead=row, initial=initial)
    if _acted(form, lambda: actions.change_lead(lead=row, said=form.said, by=user, on=clock.today())):
        return _after(request, pk)
    return _page(request, form, _("Change the lead"), _("Save"), row)


@_form
def lead_touch(request: PersonRequest, pk: int) -> HttpResponse:
    """Log a touch; a call, a visit or a demonstration starts the work."""
    row, on = _mine(request, pk), clock.today()
    form = forms.TouchForm(request.POST or None, user=request.user, on=on)
    if _acted(form, lambda: actions.log_touch(lead=row, by=request.user, on=on, **form.cleaned_data)):
        messages.success(request, _("The touch is kept."))
        return _after(request, pk)
    return _page(request, form, _("Log a touch"), _("Keep it"), row)


@_form
def touch_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask first, then take a touch away."""
    rows = Touch.objects.changeable_by(request.user).select_related("lead")
    found = get_object_or_404(rows, pk=pk)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        actions.remove_touch(touch_row=found, by=request.user, on=clock.today())
        messages.success(request, _("The touch is taken away."))
        return redirect("sales:lead", found.lead_id)
    return _page(request, form, _("Take this touch away?"), _("Take it away"), found.lead)


@_form
def lead_hand_over(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _mine(request, pk), clock.today()
    form = forms.HandOverForm(request.POST or None, lead=row)
    if _acted(form, lambda: actions.hand_lead_over(lead=row, by=request.user, on=on, **form.cleaned_data)):
        messages.success(request, _("%(name)s has it now.") % {"name": form.cleaned_data["to"]})
        return _after(request, pk)
    return _page(request, form, _("Hand the lead over"), _("Hand it over"), row)


@_form
def lead_to_dealer(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a dealer work it; the owner keeps watch."""
    row, user, on = _mine(request, pk), request.user, clock.today()
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    brought = row.lead_source.partner_id if row.lead_source else None
    initial = {"account": accounts.filter(pk=brought).first() if brought else ""}
    known = list(dealers_seen(user).order_by("name").values_list("name", flat=True)[:MOST_NAMED])
    form = forms.ToDealerForm(request.POST or None, accounts=accounts, on=on, known=known, initial=initial)

    def act() -> None:
        said = form.cleaned_data
        dealer.hand_to_dealer(lead=row, partner=said["account"], answer_by=said["answer_by"], by=user, on=on)

    if _acted(form, act):
        messages.success(request, _("%(name)s works it now; you keep watch.") % {"name": form.cleaned_data["account"]})
        return _after(request, pk)
    return _page(request, form, _("Hand the lead to a dealer"), _("Hand it to them"), row)


@_form
def lead_from_dealer(request: PersonRequest, pk: int) -> HttpResponse:
    """Work it ourselves again."""
    row, on = _mine(request, pk), clock.today()
    form = forms.TakeBackForm(request.POST or None)
    if _acted(form, lambda: dealer.take_back_from_dealer(lead=row, by=request.user, on=on, **form.cleaned_data)):
        return _after(request, pk)
    return _page(request, form, _("Take it back from the dealer"), _("Take it back"), row)


@_form
def lead_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Keep what the dealer told us; their clock starts again."""
    row, on = _mine(request, pk), clock.today()
    form = forms.ReportForm(request.POST or None, on=on)
    if _acted(form, lambda: dealer.note_report(lead=row, by=request.user, on=on, **form.cleaned_data)):
        messages.success(request, _("The report is kept, and their clock starts again."))
        return _after(request, pk)
    return _page(request, form, _("What the dealer told us"), _("Keep it"), row)


@_form
def lead_undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Make a lead of its deal again, while nobody worked on it."""
    row, on = _mine(request, pk), clock.today()
    form = forms.UndoForm(request.POST or None)
    if _acted(form, lambda: undo_conversion(lead=row, by=request.user, on=on, **form.cleaned_data)):
        messages.success(request, _("It is a lead again; the deal is gone."))
        return redirect("sales:lead", pk)
    return _page(request, form, _("Make a lead of it again?"), _("Take the deal away"), row)


@_form
def lead_drop(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _mine(request, pk), clock.today()
    form = forms.DropForm(request.POST or None)
    if _acted(form, lambda: actions.drop_lead(lead=row, by=request.user, on=on, **form.cleaned_data)):
        return _after(request, pk)
    return _page(request, form, _("Drop the lead"), _("Drop it"), row)


@_form
def lead_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = _mine(request, pk), clock.today()
    form = forms.ReopenForm(request.POST or None)
    if _acted(form, lambda: actions.reopen_lead(lead=row, by=request.user, on=on, **form.cleaned_data)):
        return _after(request, pk)
    return _page(request, form, _("Open the lead again"), _("Open it again"), row)


@login_required
@require_POST
def lead_start(request: PersonRequest, pk: int) -> HttpResponse:
    """Somebody spoke with them."""
    row = _mine(request, pk)
    try:
        actions.start_lead(lead=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return _after(request, pk)


@_form
def lead_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Say which account of the base it is."""
    row, user, on = _mine(request, pk), request.user, clock.today()
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    called = [] if request.POST else accounts_called(row.company, user)
    initial = {"account": f"#{called[0].pk}" if len(called) == 1 else row.account or row.company}
    form = forms.LinkForm(request.POST or None, accounts=accounts, initial=initial)
    if _acted(form, lambda: actions.link_account(lead=row, by=user, on=on, **form.cleaned_data)):
        return _after(request, pk)
    return _page(request, form, _("Which account is it?"), _("Link it"), row)


@login_required
@require_POST
def lead_unlink(request: PersonRequest, pk: int) -> HttpResponse:
    row = _mine(request, pk)
    try:
        actions.link_account(lead=row, account=None, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return _after(request, pk)


@_form
def lead_convert(request: PersonRequest, pk: int) -> HttpResponse:
    """Make a deal of it, at an account of the base or at a new one."""
    row, user, on = _mine(request, pk), request.user, clock.today()
    if not reach_of(user).works:
        raise Http404
    owner = row.owner_id if row.owner_id in reach_of(user).owners else None
    called = [] if request.POST or row.account else accounts_called(row.company, user)
    initial = {"account": row.account or next(iter(called), row.company), "name": row.company, "owner": owner}
    form = forms.ConvertForm(request.POST or None, user=user, lead=row, initial=initial)

    def act() -> Any:
        said = form.cleaned_data
        return actions.convert_lead(
            lead=row, account=form.at, company=form.company, owner=said["owner"] or Owner.objects.of(user),
            kind=said["kind"], name=said["name"], value=said["value"], another=said.get("another", False), by=user,
            on=on,
        )  # fmt: skip

    if made := _acted(form, act):
        messages.success(request, _("The deal stands in the pipeline, and the lead with its touches hangs on it."))
        return redirect("sales:opportunity", made.pk)
    return _page(request, form, _("Make a deal of it"), _("Make the deal"), row)
