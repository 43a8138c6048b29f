"""The lab: versions of the score card and the drafts of the next one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core import clock, display
from core.asking import PersonRequest
from core.free_text import free_text
from core.models import Policy, User
from core.policies import Version, policy_on, versions_of
from core.reach import Level, reach_of
from health import words
from health.actions.drafting import begin_draft, first_day, policy_in, roll_back
from health.forms import DraftForm, PublishForm
from health.models import Draft
from health.rules.changes import changes
from health.rules.policy import HealthPolicy
from health.tabs import customer_tabs

# A version tells so many of its changes; its page tells all.
CHANGES_SHOWN = 4


def check_reader(request: PersonRequest) -> None:
    """Technicians see no figures, and no thresholds of figures."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise PermissionDenied


def check_setter(request: PersonRequest) -> None:
    if not reach_of(request.user).sets_policy:
        raise PermissionDenied


@login_required
@require_http_methods(["GET", "POST"])
def lab(request: PersonRequest) -> HttpResponse:
    """Which version counts, which came before, and what somebody is trying."""
    check_reader(request)
    on = clock.today()
    form = DraftForm(request.POST or None)
    if request.method == "POST":
        check_setter(request)
        if form.is_valid():
            made = begin_draft(title=form.cleaned_data["title"], by=request.user, on=on)
            return redirect("health:draft", made.pk)
    live = policy_on(HealthPolicy, on)
    drafts = list(Draft.objects.visible_to(request.user).open().select_related("made_by").order_by("-changed_at"))
    context = {
        "tabs": customer_tabs(request.user, "lab"),
        "form": form,
        "live": live,
        "standfirst": _standfirst(live, len(drafts)),
        "versions": _versions(live.number, on),
        "drafts": [_draft(row, live) for row in drafts],
        "may_set": reach_of(request.user).sets_policy,
    }
    return render(request, "health/lab.html", context, status=422 if form.is_bound else 200)


def _standfirst(live: Version[HealthPolicy], drafts: int) -> str:
    counts = _("Version %(number)s counts.") % {"number": live.number}
    if not drafts:
        return counts
    waits = ngettext("%(count)s draft is being worked on.", "%(count)s drafts are being worked on.", drafts)
    return f"{counts} {waits % {'count': display.number(drafts)}}"


def _versions(live: int, on: Any) -> list[dict[str, Any]]:
    """Newest first, each with what changed with it."""
    found = versions_of(HealthPolicy)
    who = {row.version: row.published_by for row in _rows()}
    shown = []
    for index, version in enumerate(found):
        changed = changes(found[index - 1].values, version.values) if index else ()
        shown.append(
            {
                "number": version.number,
                "valid_from": version.valid_from if index else None,
                "by": who.get(version.number),
                "state": "counts" if version.number == live else "planned" if version.valid_from > on else "past",
                "changes": [words.change_words(change) for change in changed[:CHANGES_SHOWN]],
                "more": max(len(changed) - CHANGES_SHOWN, 0),
            }
        )
    return shown[::-1]


def _rows() -> Any:
    return Policy.objects.filter(name=HealthPolicy.policy_name).select_related("published_by")


def _draft(row: Draft, live: Version[HealthPolicy]) -> dict[str, Any]:
    policy = policy_in(row)
    changed = changes(live.values, policy)
    return {
        "row": row,
        "wrong": len(policy.problems()),
        "changes": [words.change_words(change) for change in changed[:CHANGES_SHOWN]],
        "more": max(len(changed) - CHANGES_SHOWN, 0),
    }


@login_required
@require_http_methods(["GET", "POST"])
def version_back(request: PersonRequest, number: int) -> HttpResponse:
    """Publish an earlier version once more."""
    check_reader(request)
    check_setter(request)
    on = clock.today()
    version = next((v for v in versions_of(HealthPolicy) if v.number == number), None)
    live = policy_on(HealthPolicy, on)
    if version is None or number == live.number:
        raise Http404
    form = PublishForm(request.POST or None, first=first_day(on))
    if form.is_valid():
        try:
            made = roll_back(number=number, by=request.user, on=on, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, published_words(made))
            return redirect("health:lab")
    context = {
        "form": form,
        "title": _("Back to version %(number)s") % {"number": number},
        "about": _("Its values become the next version. What was published stays as it was."),
        "changes": [words.change_words(change) for change in changes(live.values, version.values)],
        "verb": _("Publish it again"),
        "trail": trail(),
    }
    return render(request, "health/lab_publish.html", context, status=422 if form.is_bound else 200)


def published_words(made: Policy) -> str:
    said = {"number": made.version, "day": display.day(made.valid_from)}
    return _("Version %(number)s counts from %(day)s. Every score is worked out anew on that day.") % said


def trail(draft: Draft | None = None, reader: User | None = None) -> list[tuple[str, Any]]:
    """The path above a page of the lab; a title may name people."""
    found: list[tuple[str, Any]] = [(reverse("health:lab"), _("Score lab"))]
    if draft is None or reader is None:
        return found
    return [*found, (reverse("health:draft", args=[draft.pk]), free_text(draft.title, reader))]
