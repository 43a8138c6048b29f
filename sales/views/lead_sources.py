"""Where leads come from: the list of sources with what each brought, kept by marketing (LG-05, IB-17)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.asking import PersonRequest
from core.returning import place_of
from installed_base.models import Account
from sales.actions.lead_source import save_source
from sales.forms.lead import SourceChangeForm, SourceForm
from sales.models import LeadSource, keeps_sources
from sales.queries.lead import source_lines
from sales.tabs import lead_tabs
from sales.views.lead import reader


@login_required
@require_http_methods(["GET", "POST"])
def lead_sources(request: PersonRequest) -> HttpResponse:
    """Every source with its leads, those of the past year first; and the form for another one."""
    reader(request)
    user, may = request.user, keeps_sources(request.user)
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = SourceForm(request.POST or None, user=user)
    if form.is_valid() and _saved(request, form):
        return redirect("sales:lead_sources")
    lines = source_lines(user, clock.today())
    partners = {line.source.partner_id for line in lines if line.source.partner_id}
    context = {
        "lines": lines,
        "form": form,
        "may": may,
        "total": sum(line.year for line in lines),
        "partners": set(Account.objects.visible_to(user).filter(pk__in=partners).values_list("pk", flat=True)),
        "tabs": lead_tabs(user),
        "trail": [(reverse("sales:leads"), _("Leads"))],
    }
    return render(request, "sales/lead_sources.html", context, status=422 if form.is_bound else 200)


def _saved(request: PersonRequest, form: Any, source: LeadSource | None = None) -> bool:
    said = form.cleaned_data
    try:
        save_source(
            source=source, name=said["name"], channel=said["channel"], partner=said["account"],
            is_active=said.get("is_active", True), by=request.user,
        )  # fmt: skip
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    messages.success(request, _("The source is kept."))
    return True


@login_required
@require_http_methods(["GET", "POST"])
def lead_source(request: PersonRequest, pk: int) -> HttpResponse:
    """Rename a source, give it another channel or its dealer, take it out of use."""
    row = get_object_or_404(LeadSource.objects.changeable_by(request.user).select_related("partner"), pk=pk)
    initial = {"name": row.name, "channel": row.channel, "account": row.partner or "", "is_active": row.is_active}
    form = SourceChangeForm(request.POST or None, user=request.user, initial=initial)
    if form.is_valid() and _saved(request, form, row):
        return redirect("sales:lead_sources")
    context = {
        "form": form,
        "title": _("Change the source"),
        "verb": _("Save"),
        "about": row.name,
        "next": place_of(request, reverse("sales:lead_sources")),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)
