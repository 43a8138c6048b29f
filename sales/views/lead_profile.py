"""The profile of the ideal customer: tried on the leads of the past year, published from a day on (LG-02)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock, display
from core.actions import publish_policy
from core.asking import PersonRequest
from core.policies import PolicyRefused, policy_on, versions_of
from core.reach import reach_of
from sales.forms.lead import ProfileForm, PublishProfileForm
from sales.queries.icp import profile_counts
from sales.rules.icp import IcpPolicy
from sales.tabs import lead_tabs
from sales.views.lead import asked_of, reader
from sales.words.lead import CRITERION_LABELS


@login_required
@require_http_methods(["GET", "POST"])
def lead_profile(request: PersonRequest) -> HttpResponse:
    """Tried with other values by GET, published with them by POST. Who sets policy publishes."""
    reader(request)
    on, may = clock.today(), reach_of(request.user).sets_policy
    current = policy_on(IcpPolicy, on).values
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        form: Any = PublishProfileForm(request.POST, policy=current, on=on)
        if form.is_valid() and _published(request, form):
            return redirect("sales:lead_profile")
        return _page(request, form, current, status=422)
    asked = ProfileForm(request.GET, policy=current) if "try" in request.GET else None
    tried = asked.chosen() if asked and asked.is_valid() else current
    blank = PublishProfileForm(policy=tried, on=on) if may else ProfileForm(policy=tried)
    form = blank if asked is None or asked.is_valid() else asked
    return _page(request, form, tried, status=200 if form is blank else 422)


def _published(request: PersonRequest, form: PublishProfileForm) -> bool:
    day = form.cleaned_data["valid_from"]
    try:
        publish_policy(values=form.chosen(), valid_from=day, by=request.user)
    except PolicyRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("The profile counts like that from %(day)s.") % {"day": display.day(day)})
    return True


def _page(request: PersonRequest, form: ProfileForm, policy: IcpPolicy, *, status: int) -> HttpResponse:
    on = clock.today()
    found = profile_counts(policy, request.user, on)
    versions = versions_of(IcpPolicy)
    context = {
        "form": form,
        "may": reach_of(request.user).sets_policy,
        "found": found,
        "shares": {"good": found.fit, "risk": found.unfit, "unknown": found.unknown},
        "criteria": [
            {"label": CRITERION_LABELS[name], "asked": asked_of(policy, name), "unmet": unmet, "unknown": unknown}
            for name, unmet, unknown in found.criteria
        ],
        "tried": "try" in request.GET,
        "history": [
            {
                "since": _("always") if v.number == 1 else display.day(v.valid_from),
                "coming": v.valid_from > on,
                "sentence": sentence(v.values),
            }
            for v in reversed(versions)
            if len(versions) > 1
        ],
        "sentence": sentence(policy),
        "tabs": lead_tabs(request.user),
        "trail": [(reverse("sales:leads"), _("Leads"))],
    }
    return render(request, "sales/lead_profile.html", context, status=status)


def sentence(policy: IcpPolicy) -> str:
    """A profile in one line: "Country: NL, DE · Employees: 50 or more"."""
    said = [f"{CRITERION_LABELS[name]}: {asked_of(policy, name)}" for name in policy.asked]
    return " · ".join(said) or _("It asks nothing: nobody is known to fit.")
