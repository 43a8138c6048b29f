"""A deal is won: the form that asks what was sold, and the machines that come of it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.policies import policy_on
from core.reach import reach_of
from core.subjects import subject
from installed_base.actions.ordering import OrderRefused, record_installation
from installed_base.models import Asset
from sales.actions.winning import plan_key, win
from sales.forms.winning import InstalledForm, WonForm, order_lines
from sales.models import Opportunity
from sales.queries import delivery as deliveries
from sales.queries import winning as query
from sales.rules import OPEN_STAGES
from sales.rules.delivery import delay
from sales.rules.winning import WinningPolicy
from sales.words.delivery import NAMES, state_of


@login_required
@require_http_methods(["GET", "POST"])
def won(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what was sold. Only value and day are asked for; nothing is written that is not confirmed here."""
    user, on = request.user, clock.today()
    rows = Opportunity.objects.changeable_by(user).select_related("account", "owner")
    deal = get_object_or_404(rows, pk=pk)
    if deal.stage not in OPEN_STAGES:
        messages.error(request, _("This deal was decided already."))
        return redirect("sales:opportunity", pk=pk)
    proposed = query.orders_to_confirm(deal, on) if deal.account_id else []
    initial = query.won_to_confirm(deal, proposed, policy_on(WinningPolicy, on).values, on)
    form = WonForm(request.POST or None, deal=deal, user=user, on=on, initial=initial)
    lines = order_lines(request.POST or None, deal, user, proposed)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        orders = [order for line in lines if (order := line.ordered)]
        try:
            win(opportunity=deal, winning=form.winning(orders), by=user, on=on)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("Won. Hand it over to CS now, with what was promised."))
            return redirect("sales:opportunity", pk=pk)
    context = {
        "deal": deal,
        "form": form,
        "lines": lines,
        "has_account": deal.account_id is not None,
        "trail": [(reverse("sales:pipeline"), _("Pipeline")), (reverse("sales:opportunity", args=[pk]), deal.name)],
    }
    return render(request, "sales/opportunity_won.html", context, status=422 if form.is_bound else 200)


def block(request: PersonRequest, deal: Opportunity, on: date) -> dict[str, Any]:
    """What the page of a deal shows of what it brought."""
    rows = query.deliveries(deal)
    machines = [row.asset for row in rows if row.asset is not None]
    old = query.replaced_by(machines)
    coming = deliveries.of_assets([m.pk for m in machines], request.user, on) if machines else {}
    for machine in machines:
        machine.coming = coming.get(machine.pk)
        machine.state = state_of(machine.coming.stands) if machine.coming else None
        machine.step = NAMES.get(machine.coming.stands.step, "") if machine.coming else ""
        machine.url = subject("asset").url(machine.pk)
        machine.replaced = old.get(machine.pk)
        machine.delay = delay(machine.promised_on, machine.installed_on, on)
    mine = Asset.objects.changeable_by(request.user).filter(pk__in=[m.pk for m in machines])
    return {
        "brought": machines,
        "signed": [row.term for row in rows if row.term is not None],
        "invoices": query.planned_invoices(deal, plan_key(deal), request.user) if deal.account_id else [],
        "installable": set(mine.filter(installed_on__isnull=True).values_list("pk", flat=True)),
        "sees_invoices": reach_of(request.user).sees_prices,
    }


@login_required
@require_POST
def installed(request: PersonRequest, pk: int, asset: int) -> HttpResponse:
    """A machine that a deal brought stands: the old one goes out on that day."""
    deal = get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk)
    form = InstalledForm(request.POST)
    if not deal.deliveries.filter(asset=asset).visible_to(request.user).exists():
        raise Http404
    if not form.is_valid():
        messages.error(request, _("Say on which day it was installed."))
        return redirect("sales:opportunity", pk=pk)
    try:
        record_installation(asset=asset, by=request.user, on=clock.today(), **form.cleaned_data)
    except OrderRefused as refused:
        messages.error(request, str(refused))
    except Asset.DoesNotExist:
        raise Http404 from None
    else:
        messages.success(request, _("Installed: it is in service from that day."))
    return redirect("sales:opportunity", pk=pk)
