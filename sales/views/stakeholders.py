"""Who at the customer has a say in a deal: on its page, and the form that says it anew."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.asking import PersonRequest
from core.reach import reach_of
from sales import actions, queries
from sales.forms import StakeholdersForm, contacts_of, people_in, said_before
from sales.models import Opportunity
from sales.rules import OPEN_STAGES
from sales.rules.stakeholders import Said, gaps
from sales.words.stakeholders import GAPS, STANCE_SHAPES


def block(request: PersonRequest, deal: Opportunity, may_change: bool) -> dict[str, Any]:
    """The people, by name for who reads names, and what is missing among them while the deal is open."""
    rows = queries.stakeholders_of(deal)
    said = [Said(row.contact_id, row.role, row.stance) for row in rows]
    named = reach_of(request.user).sees_names
    return {
        "stakeholders": [(row, STANCE_SHAPES[row.stance], row.note if named else "") for row in rows],
        "stakeholder_gaps": [GAPS[gap] for gap in gaps(said)] if deal.stage in OPEN_STAGES else [],
        "may_name_people": may_change and named and deal.account_id is not None,
        "sees_people": named,
    }


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_stakeholders(request: PersonRequest, pk: int) -> HttpResponse:
    """Say anew who decides, pays, advises, works with it and buys."""
    if not reach_of(request.user).sees_names:
        raise Http404
    rows: Any = Opportunity.objects.changeable_by(request.user)
    deal = get_object_or_404(rows.select_related("account"), pk=pk)
    if deal.account_id is None:
        messages.error(request, _("Nobody knows whose deal this is; say which account first."))
        return redirect("sales:opportunity", pk=deal.pk)
    form: Any = StakeholdersForm(
        request.POST or None,
        initial=said_before(queries.stakeholders_of(deal)),
        form_kwargs={"contacts": contacts_of(deal)},
    )
    refused = ""
    if form.is_bound and form.is_valid():
        try:
            actions.name_stakeholders(opportunity=deal, people=people_in(form), by=request.user, on=clock.today())
            messages.success(request, _("The people of this deal are noted."))
            return redirect("sales:opportunity", pk=deal.pk)
        except ValidationError as error:
            refused = " ".join(error.messages)
    trail = [(reverse("sales:pipeline"), _("Pipeline")), (reverse("sales:opportunity", args=[deal.pk]), deal.name)]
    context = {"deal": deal, "form": form, "refused": refused, "trail": trail}
    return render(request, "sales/opportunity_stakeholders.html", context, status=422 if form.is_bound else 200)
