"""All alerts: what fell, fell silent or collapsed; closed or put off many at a time, each with a reason."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.display import number
from core.menus import menu
from core.models import Owner
from core.reach import Level, reach_of
from core.returning import back, place_of
from health import words
from health.actions.people import close_alerts, snooze_alerts
from health.door import many, reader_of_health
from health.forms import CloseForm
from health.models import Alert
from health.queries import alerts as query
from health.tabs import customer_tabs
from playbooks.forms import SnoozeForm

NAMES = {
    "open": pgettext_lazy("alerts", "Open"),
    "snoozed": pgettext_lazy("alerts", "Snoozed"),
    "closed": pgettext_lazy("alerts", "Closed"),
}
TIERS = (("red", gettext_lazy("Red")), ("yellow", gettext_lazy("Yellow")))


@require_safe
@reader_of_health
def alerts(request: PersonRequest) -> HttpResponse:
    """Open ones first; those that are put off or closed stand under their own word."""
    on, user = clock.today(), request.user
    state = request.GET.get("state", "")
    state = state if state in query.STATES else "open"
    rows = query.alerts_of(user, request.GET)
    counted = query.counts(rows, on)
    found = query.page(query.in_state(rows, state, on), request.GET.get("cursor", ""))
    mine = set(Alert.objects.changeable_by(user).filter(pk__in=[a.pk for a in found.rows]).values_list("pk", flat=True))
    context = {
        "page": found,
        "rows": [_shown(row, row.pk in mine) for row in found.rows],
        "state": state,
        "chips": [(key, name, counted[key], key == state) for key, name in NAMES.items()],
        "menus": _menus(request),
        "standfirst": _standfirst(counted["open"]),
        "tabs": customer_tabs(user, "alerts"),
        "works": reach_of(user).works and state != "closed",
        "filtered": any(request.GET.get(key) for key in ("q", "kind", "tier", "owner")),
        "on": on,
        "keys": [("j k", _("move")), ("x", _("choose")), ("e", _("open"))],
    }
    return render(request, "health/alerts_list.html", context)


def _standfirst(count: int) -> str:
    if not count:
        return _("Nothing asks for attention.")
    said = ngettext("One alert asks for attention.", "%(count)s alerts ask for attention.", count)
    return said % {"count": number(count)}


def _shown(row: Alert, may: bool) -> dict[str, Any]:
    return {
        "alert": row,
        "title": words.alert_title(row),
        "words": words.alert_words(row),
        "shape": row.tier or "watch",
        "may": may,
    }


def _menus(request: PersonRequest) -> list[Any]:
    reach = reach_of(request.user)
    owners = Owner.objects.order_by("name", "pk")
    seen = owners if reach.level is Level.ALL else owners.filter(pk__in=reach.owners)
    return [
        menu(request, "kind", _("What"), Alert.Kind.choices, _("all")),
        menu(request, "tier", _("Fell to"), TIERS, _("any")),
        menu(request, "owner", _("Owner"), list(seen.values_list("pk", "name")), _("everyone")),
    ]


@require_POST
@reader_of_health
def act(request: PersonRequest) -> HttpResponse:
    """Close or put off the chosen alerts: first the reason, then it happens. One out of reach, and there is no page."""
    verb, ids = request.POST.get("act", ""), many(request)
    place = "health:alerts"
    if not ids:
        messages.warning(request, _("Choose some alerts first."))
        return back(request, place)
    rows = list(Alert.objects.changeable_by(request.user).filter(pk__in=ids).select_related("account").order_by("pk"))
    if len(rows) != len(ids) or verb not in ("close", "snooze"):
        raise Http404
    on = clock.today()
    data = request.POST if "confirmed" in request.POST else None
    form: Form = CloseForm(data) if verb == "close" else SnoozeForm(data, on=on)
    if form.is_valid():
        done = (close_alerts if verb == "close" else snooze_alerts)(
            alerts=rows, by=request.user, on=on, **form.cleaned_data
        )
        messages.success(request, _said(verb, done))
        return back(request, place)
    context = {
        "form": form,
        "verb": verb,
        "rows": [_shown(row, True) for row in rows],
        "next": place_of(request, place),
    }
    return render(request, "health/alerts_act.html", context, status=422 if form.is_bound else 200)


def _said(verb: str, done: int) -> str:
    closed = ngettext("%(count)s alert is closed.", "%(count)s alerts are closed.", done)
    snoozed = ngettext("%(count)s alert is put off.", "%(count)s alerts are put off.", done)
    return (closed if verb == "close" else snoozed) % {"count": number(done)}
