"""What each figure should reach: the list by stage, and one with all that was said of it (PL-02, RO-03)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, opening
from core.asking import PersonRequest
from core.asof import as_of
from core.metrics import (
    Choice,
    Filters,
    Metric,
    Targets,
    Unit,
    UnknownMetric,
    catalogue,
    choices,
    metric,
    read_targets,
)
from core.metrics.aiming import NARROWEST_FIRST, Said, Scope, in_force
from core.metrics.targets import said_of
from core.models import FigureAim
from core.reach import Level, reach_of
from core.targeting import may_set, period_of, scopes_of, set_target
from dashboards.bowtie.places import BY_SLUG, PAGES, StagePage, metrics_of
from dashboards.targets.forms import FigureTargetForm
from dashboards.targets.words import Names, changes, names_of, said_words, typed, whole_words
from dashboards.views.asking import asked, filters_of, menus


@login_required
@require_GET
def figure_targets(request: PersonRequest) -> HttpResponse:
    """What was said and counts; or every figure of a stage, of everything or of what the address narrows to."""
    _refuse_the_blind(request)
    on, filters = as_of(request), filters_of(request)
    targets, names = read_targets(), names_of(choices(request.user))
    page = BY_SLUG.get(request.GET.get("stage", ""))
    seen = [m for m in catalogue() if reach_of(request.user).sees_prices or m.unit is not Unit.MONEY]
    if page is None:
        rows = [line for m in seen for line in _standing(m, targets, names, on)]
    else:
        shown = {m.key for m in seen}
        rows = [_line(request, m, targets, names, on, filters) for m in metrics_of(page) if m.key in shown]
    context = {
        "page": page,
        "rows": rows,
        "on": on,
        "today": clock.today(),
        "menus": [m for m in menus(request) if m["options"]] if page else [],
        "may_set": may_set(request.user) and not request.is_past,
        "narrowed": bool(asked(request)),
        "tabs": _tabs(request, page),
    }
    return render(request, "dashboards/figure_targets.html", context)


def _tabs(request: PersonRequest, page: StagePage | None) -> list[dict[str, Any]]:
    """What was said, of whatever; and each stage with all its figures."""
    kept = {key: value for key, value in request.GET.items() if key != "stage"}
    offered = [("", _("Your own")), *((one.slug, f"{one.number} {one.name}") for one in PAGES)]
    return [
        {
            "url": f"?{urlencode(kept | ({'stage': slug} if slug else {}))}",
            "label": label,
            "count": "",
            "current": slug == (page.slug if page else ""),
        }
        for slug, label in offered
    ]


def _standing(wanted: Metric, targets: Targets, names: Names, on: Any) -> list[dict[str, Any]]:
    """What counts of a figure on a day besides the catalogue, of everything first."""
    found = sorted(in_force(targets.said.get(wanted.key, ()), on), key=lambda s: (s.scope, s.days))
    return [_told(wanted, said, names, {said.scope.dimension: said.scope.member}) for said in found]


def _refuse_the_blind(request: PersonRequest) -> None:
    if reach_of(request.user).level is Level.ASSIGNED:
        raise PermissionDenied


def _line(
    request: PersonRequest, wanted: Metric, targets: Targets, names: Names, on: Any, filters: Filters
) -> dict[str, Any]:
    """One figure: what counts, and where it comes from."""
    return _told(wanted, targets.chosen(wanted, on, filters), names, asked(request))


def _told(wanted: Metric, said: Said | None, names: Names, narrowed: dict[str, str]) -> dict[str, Any]:
    currency = opening.ours().reporting_currency
    catalogues = whole_words(wanted, wanted.target, currency)
    address = reverse("dashboards:figure_target", args=[wanted.key])
    query = {key: value for key, value in narrowed.items() if key}
    return {
        "metric": wanted,
        "counts": catalogues if said is None else said_words(wanted, said, currency),
        "catalogue": catalogues,
        "said": said is not None,
        "of": names.of(said.scope) if said else "",
        "since": said.valid_from if said else None,
        "period": period_of(said.starts_on, said.ends_on) if said else "",
        "url": f"{address}?{urlencode(query)}" if query else address,
    }


@login_required
@require_http_methods(["GET", "POST"])
def figure_target(request: PersonRequest, key: str) -> HttpResponse:
    """What was said of one figure, and a form that says something else from a day on."""
    _refuse_the_blind(request)
    wanted, on = _metric(request, key), clock.today()
    currency = opening.ours().reporting_currency
    offered = choices(request.user)
    may = may_set(request.user)
    if request.method == "POST" and not may:
        raise PermissionDenied(_("Team leads, executives and administrators say what figures should reach."))
    form = FigureTargetForm(
        request.POST or None,
        metric=wanted,
        currency=currency,
        on=on,
        offered=_offered(request, offered) if may else {},
        initial=_initial(request, wanted),
    )
    if form.is_bound and form.is_valid() and _said(request, form):
        return redirect(request.get_full_path())
    said = said_of([wanted.key])
    counts = read_targets().of(wanted, on, Filters())
    told = changes(wanted, said, names_of(offered), currency, on)
    allowed = scopes_of(request.user) if may else set()
    for one in told:
        one["may"] = one["stands"] and (allowed is None or (one["row"].dimension, one["row"].member) in allowed)
    context = {
        "metric": wanted,
        "form": form,
        "may_set": may,
        "counts": whole_words(wanted, counts, currency),
        "catalogue": whole_words(wanted, wanted.target, currency),
        "changes": told,
        "today": on,
        "trail": [(reverse("dashboards:figure_targets"), _("Targets of figures"))],
    }
    return render(request, "dashboards/figure_target.html", context, status=422 if form.is_bound else 200)


def _metric(request: PersonRequest, key: str) -> Metric:
    try:
        found = metric(key)
    except UnknownMetric as unknown:
        raise Http404(str(unknown)) from unknown
    if found.unit is Unit.MONEY and not reach_of(request.user).sees_prices:
        raise PermissionDenied
    return found


def _offered(request: PersonRequest, offered: dict[str, list[Choice]]) -> dict[str, list[Choice]]:
    """The scopes of which this person may say it; the key "" stands for everything."""
    allowed = scopes_of(request.user)
    found = {
        key: [c for c in offered.get(key, []) if allowed is None or (key, c.value) in allowed]
        for key in NARROWEST_FIRST
    }
    return found | ({"": []} if allowed is None else {})


def _initial(request: PersonRequest, wanted: Metric) -> dict[str, Any]:
    """The scope of the address, and the target that counts there today."""
    on = clock.today()
    narrowed = [(key, value) for key, value in asked(request).items() if key in NARROWEST_FIRST]
    scope = Scope(*narrowed[0]) if len(narrowed) == 1 else Scope()
    found: dict[str, Any] = {
        "scope": f"{scope.dimension}:{scope.member}" if scope.dimension else "",
        "valid_from": on,
        "aim": wanted.target.aim.value or FigureAim.NONE.value,
        "value": typed(wanted.unit, wanted.target.value),
        "watch_from": typed(wanted.unit, wanted.target.watch_from),
    }
    said = read_targets().chosen(wanted, on, filters_of(request))
    if said is not None:
        found |= {
            "aim": said.aim,
            "value": typed(wanted.unit, said.value),
            "watch_from": typed(wanted.unit, said.watch_from),
            "period": period_of(said.starts_on, said.ends_on) if said.scope == scope else "",
        }
    return found


def _said(request: PersonRequest, form: FigureTargetForm) -> bool:
    """Write it down; False with the sentence at its place."""
    try:
        set_target(wanted=form.wanted(), valid_from=form.cleaned_data["valid_from"], by=request.user, on=clock.today())
    except ValidationError as refused:
        places = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
        for place, words in places.items():
            form.add_error({"member": "scope", "dimension": "scope"}.get(place, place) or None, words)
        return False
    messages.success(request, _("The target of %(name)s is written down.") % {"name": form.metric.name})
    return True
