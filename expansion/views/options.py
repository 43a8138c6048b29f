"""The catalogue of upgrade options, and what is fitted to a machine (EX-31, IB-04)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.context import find_url
from core.menus import menu
from core.reach import Level, reach_of
from core.returning import back, place_of
from expansion.forms.options import FittingForm, OptionForm
from expansion.queries.options import fleet
from expansion.tabs import tabs
from installed_base.actions.catalogue import save_option
from installed_base.actions.fitting import fit_option, take_off_option
from installed_base.models import Asset, UpgradeOption
from installed_base.rules.options import Option

LIST = "expansion:options"


@login_required
@require_GET
def options(request: PersonRequest) -> HttpResponse:
    """All that can be offered, with how many machines have it."""
    reach = reach_of(request.user)
    if reach.level is Level.ASSIGNED:
        raise Http404
    rows = UpgradeOption.objects.visible_to(request.user).select_related("product", "family", "to_product")
    kind = request.GET.get("kind", "")
    if kind in UpgradeOption.Kind.values:
        rows = rows.filter(kind=kind)
    here = fleet(clock.today())
    found: list[Any] = list(rows.order_by("kind", "name", "pk"))
    for row in found:
        row.have, row.could = here.fitted(Option(row.pk, row.name, row.kind, row.product_id, row.family_id))
        row.lack = row.could - row.have
    context = {
        "options": found,
        "menus": [menu(request, "kind", _("Kind"), UpgradeOption.Kind.choices, _("all"))],
        "tabs": tabs(request, "options"),
        "sees_prices": reach.sees_prices,
        "may_change": reach.sets_policy,
        "filtered": bool(kind),
    }
    return render(request, "expansion/options_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def option_new(request: PersonRequest) -> HttpResponse:
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def option_change(request: PersonRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(UpgradeOption.objects.changeable_by(request.user), pk=pk))


def _edit(request: PersonRequest, option: UpgradeOption | None) -> HttpResponse:
    if not reach_of(request.user).sets_policy:
        raise Http404
    form = OptionForm(request.POST or None, option=option)
    if form.is_valid():
        try:
            row = save_option(option=option, by=request.user, on=clock.today(), **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("“%(name)s” stands in the catalogue.") % {"name": row.name})
            return back(request, LIST)
    title = _("Change an option") if option else _("New option")
    return _form(request, form, title, _("Save"), place_of(request, LIST))


def _form(request: PersonRequest, form: Any, title: str, verb: str, place: str, about: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _fitting(request: PersonRequest, pk: int, option: int) -> tuple[Asset, UpgradeOption, str]:
    """A machine that may be changed, the option, and the page of the machine."""
    asset = get_object_or_404(Asset.objects.changeable_by(request.user), pk=pk)
    return asset, get_object_or_404(UpgradeOption.objects.visible_to(request.user), pk=option), _page_of(pk)


def _page_of(pk: int) -> str:
    return find_url("dashboards:asset", pk) or reverse(LIST)


@login_required
@require_http_methods(["GET", "POST"])
def fit(request: PersonRequest, pk: int, option: int) -> HttpResponse:
    """On which day the option came onto the machine."""
    asset, found, page = _fitting(request, pk, option)
    form = FittingForm(request.POST or None, on=clock.today())
    if form.is_valid():
        try:
            fit_option(asset=asset, option=found, by=request.user, on=clock.today(), **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            told = {"option": found.name, "machine": str(asset)}
            messages.success(request, _("“%(option)s” is on %(machine)s now.") % told)
            return back(request, page)
    about = f"{found.name}, {asset}"
    return _form(request, form, _("Fitted to a machine"), _("Write it down"), place_of(request, page), about)


@login_required
@require_POST
def take_off(request: PersonRequest, pk: int, option: int) -> HttpResponse:
    """It is no longer on the machine."""
    asset, found, page = _fitting(request, pk, option)
    try:
        take_off_option(asset=asset, option=found, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        told = {"option": found.name, "machine": str(asset)}
        messages.success(request, _("“%(option)s” is no longer on %(machine)s.") % told)
    return back(request, page)
