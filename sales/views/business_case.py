"""Keep or replace: the business case of a deal, to be filled in with the customer and printed for them."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock, display
from core.asking import PersonRequest
from core.reach import reach_of
from sales.actions.business_case import KINDS, save_case
from sales.forms.business_case import CaseForm
from sales.models import BusinessCase, Opportunity
from sales.queries import deals
from sales.queries.business_case import OnRecord, case_row, on_record
from sales.rules import OPEN_STAGES
from sales.rules.business_case import Case, case_of, from_json
from sales.words.business_case import INPUT_LABELS, PART_LABELS, QUESTIONS, SOURCE_LABELS, WAY_LABELS


@login_required
@require_http_methods(["GET", "POST"])
def case(request: PersonRequest, pk: int) -> HttpResponse:
    """The case as it stands, and the form that asks for what is unknown."""
    user, on = request.user, clock.today()
    deal = get_object_or_404(deals(user, on), pk=pk)
    if deal.kind not in KINDS or not reach_of(user).sees_prices:
        raise Http404
    may_change = Opportunity.objects.changeable_by(user).filter(pk=pk).exists()
    row, recorded = case_row(deal), on_record(deal, user, on)
    form = CaseForm(request.POST or None, initial=_initial(row, recorded))
    if request.method == "POST":
        if not may_change:
            raise Http404
        if form.is_valid() and _saved(request, form, deal, on):
            return redirect("sales:business_case", pk=pk)
    context = {
        "deal": deal,
        "row": row,
        "form": form,
        "may_change": may_change,
        "on": on,
        "recorded": recorded,
        "machines": [line.asset for line in deal.lines.select_related("asset__product") if line.asset],
        **shown(row),
        "trail": [(reverse("sales:pipeline"), _("Pipeline")), (reverse("sales:opportunity", args=[pk]), deal.name)],
    }
    return render(request, "sales/business_case.html", context, status=422 if form.is_bound else 200)


def _saved(request: PersonRequest, form: CaseForm, deal: Opportunity, on: date) -> bool:
    said = form.cleaned_data
    try:
        save_case(
            opportunity=deal, inputs=form.inputs, sources=form.sources, capex_year=said["capex_year"],
            note=said["note"], by=request.user, on=on,
        )  # fmt: skip
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    messages.success(request, _("The business case is kept."))
    return True


def _initial(row: BusinessCase | None, recorded: OnRecord) -> dict[str, Any]:
    """What is kept; before that, what is on record."""
    if row is None:
        return recorded.values | {f"{name}_source": source for name, source in recorded.sources.items()}
    kept = {name: value for name, value in asdict(from_json(row.inputs)).items() if value is not None}
    sources = {f"{name}_source": source for name, source in row.sources.items()}
    return kept | sources | {"capex_year": row.capex_year, "note": row.note}


def shown(row: BusinessCase | None) -> dict[str, Any]:
    """The answer in words and rows, for the page and for the block on the page of the deal."""
    if row is None:
        return {"answer": None, "questions": []}
    inputs = from_json(row.inputs)
    answer: Case = case_of(inputs)
    return {
        "answer": answer,
        "parts": [(PART_LABELS[part.key], part) for part in answer.parts],
        "ways": [(WAY_LABELS[way.key], way) for way in answer.ways],
        "questions": [QUESTIONS[name] for name in answer.asked],
        "figures": [
            (
                INPUT_LABELS[name],
                display.number(value, 0 if value == int(value) else 2),
                SOURCE_LABELS.get(row.sources.get(name, ""), ""),
            )
            for name, value in asdict(inputs).items()
            if value is not None
        ],
    }


def block(request: PersonRequest, deal: Opportunity, may_change: bool) -> dict[str, Any]:
    """What the page of a deal shows of its business case; nothing for other kinds, nor to whom prices are not shown."""
    offered = deal.kind in KINDS and reach_of(request.user).sees_prices
    row = case_row(deal) if offered else None
    return {
        "case_row": row,
        "case_offered": row is not None or (offered and may_change and deal.stage in OPEN_STAGES),
        **shown(row),
    }
