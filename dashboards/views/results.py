"""Results of a machine: the calculator, and the record of before and after."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.reach import reach_of
from core.returning import back, place_of
from dashboards.starts.forms import ResultForm
from dashboards.views.onboarding import changeable_asset, page_of
from installed_base.actions.results import ResultRefused, agree_result, realise_result
from installed_base.models import Asset, RoiRecord
from installed_base.rules.returns import Inputs, from_json, to_json, worth_of

_OF_ROW = ("goal", "unit", "before", "promised", "agreed_on", "realised")
either = require_http_methods(["GET", "POST"])


@login_required
@either
def result_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Agree on a result, with what it is worth a year. "Work it out" shows the sum and keeps nothing."""
    asset = _asset(request, pk)
    start = {"agreed_on": clock.today(), "weeks": Inputs().weeks, "price": _plain(asset.price_reporting)}
    return _page(request, asset, None, start)


@login_required
@either
def result(request: PersonRequest, pk: int) -> HttpResponse:
    """One result: what it is now, and the day on which it was realised."""
    row = _row(request, pk)
    start = {name: _plain(getattr(row, name)) for name in _OF_ROW}
    start |= {"realised_on": row.realised_on, "weeks": Inputs().weeks} | to_json(from_json(row.inputs))
    return _page(request, row.asset, row, start)


@login_required
@require_POST
def result_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back that it was realised."""
    row = _row(request, pk)
    realise_result(result=pk, realised=None, realised_on=None, by=request.user, on=clock.today())
    messages.success(request, _("The result is open again."))
    return back(request, page_of(row.asset_id, row.account_id))


def _plain(value: Any) -> Any:
    """A whole figure as somebody would type it: without decimals."""
    return int(value) if isinstance(value, Decimal) and value % 1 == 0 else value


def _asset(request: PersonRequest, pk: int) -> Asset:
    if not reach_of(request.user).sees_prices:
        raise Http404
    return changeable_asset(request, pk)


def _row(request: PersonRequest, pk: int) -> Any:
    if not reach_of(request.user).sees_prices:
        raise Http404
    rows = RoiRecord.objects.changeable_by(request.user).filter(asset__isnull=False)
    return get_object_or_404(rows.select_related("asset__product", "asset__account"), pk=pk)


def _page(request: PersonRequest, asset: Asset, row: Any, start: dict[str, Any]) -> HttpResponse:
    form = ResultForm(request.POST or None, initial=start, today=clock.today())
    home = page_of(asset.pk, asset.account_id)
    if row:
        for name in ("goal", "unit", "before", "promised", "agreed_on"):
            form.fields[name].disabled = True
    valid, worth = form.is_valid(), None
    if valid:
        worth = worth_of(form.inputs)
        if "keep" in request.POST and _kept(request, form, asset, row):
            return back(request, home)
    elif not form.is_bound and row:
        worth = worth_of(from_json(row.inputs))
    context = {
        "form": form,
        "asset": asset,
        "row": row,
        "worth": worth,
        "next": place_of(request, home),
        "title": _("A result of this machine") if row else _("Agree on a result"),
    }
    failed = form.is_bound and bool(form.errors)
    return render(request, "dashboards/start_result.html", context, status=422 if failed else 200)


def _kept(request: PersonRequest, form: ResultForm, asset: Asset, row: Any) -> bool:
    """Write it down; False, with the sentence on the form, where it is refused."""
    by, on, said = request.user, clock.today(), form.cleaned_data
    inputs = form.inputs if worth_of(form.inputs).total is not None else None
    try:
        kept = row or agree_result(account=asset.account, asset=asset, inputs=inputs, by=by, on=on, **form.agreed)
        if row or said["realised_on"]:
            day, realised = said["realised_on"], said["realised"]
            realise_result(result=kept.pk, realised=realised, realised_on=day, by=by, on=on, inputs=inputs)
    except ResultRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("The result is written down."))
    return True
