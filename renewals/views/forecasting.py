"""The forecast on the page of one renewal: target, what the person says, what the table expects, what was signed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.asking import PersonRequest
from core.clock import today
from core.policies import policy_on
from renewals.actions.forecasting import say_forecast, withdraw_forecast
from renewals.actions.working import WorkRefused
from renewals.forms import ForecastForm
from renewals.rules.forecast import early_days, expected, target_of
from renewals.rules.offer import OfferPolicy
from renewals.views.door import changeable, reader_of_prices


def panel(row: Any) -> dict[str, Any]:
    """What the panel says of a renewal that was read by `visible_renewals`."""
    uplift = policy_on(OfferPolicy, row.opened_on).values.uplift
    days = early_days(row.final_on, row.ends_on)
    return {
        "target": target_of(row.annual_value_reporting, uplift),
        "uplift": uplift,
        "said": getattr(row, "forecast", None),
        "chance": row.kept_chance,
        "expected": expected(row.annual_value_reporting, row.kept_chance),
        "final": row.final_annual,
        "final_on": row.final_on,
        "early": "" if days is None else early_words(days),
        "late": days is not None and days < 0,
    }


def early_words(days: int) -> str:
    """How long before or after the last day of the term it was signed."""
    if days >= 0:
        return ngettext("%(count)s day before the end", "%(count)s days before the end", days) % {"count": days}
    return ngettext("%(count)s day after the end", "%(count)s days after the end", -days) % {"count": -days}


@require_POST
@reader_of_prices
def say(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what comes back and how surely, or nothing any more."""
    row = changeable(request, pk)
    form = ForecastForm(request.POST)
    if not form.is_valid():
        messages.error(request, _wrong(form))
        return redirect("renewals:renewal", pk)
    said, on = form.cleaned_data, today()
    try:
        if said["category"]:
            say_forecast(
                renewal=row.pk, category=said["category"], annual=said["annual"], version=said["version"],
                by=request.user, on=on,
            )  # fmt: skip
            messages.success(request, _("The forecast is written down."))
        else:
            withdraw_forecast(renewal=row.pk, version=said["version"], by=request.user, on=on)
            messages.success(request, _("There is no forecast any more. What was said stays in the trail."))
    except WorkRefused as refused:
        messages.error(request, str(refused))
    return redirect("renewals:renewal", pk)


def _wrong(form: ForecastForm) -> str:
    """The first thing that is wrong, by the name of its field."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label or name if name in form.fields else ""
    return _("%(field)s: %(sentence)s Nothing was changed.") % {"field": label, "sentence": errors[0]}
