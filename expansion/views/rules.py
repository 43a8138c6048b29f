"""The rules behind the signals: what each says, what it would say with other values, and a new version of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, display
from core.actions import publish_policy
from core.asking import PersonRequest
from core.models import Role
from core.policies import Version, policy_on, versions_of
from core.reach import Level, reach_of
from expansion import rule_words
from expansion.chances import RULES, Chance
from expansion.models import Signal
from expansion.queries.preview import PAST, Preview, preview
from expansion.rule_form import PublishForm, RuleForm
from expansion.rules import KINDS
from expansion.tabs import tabs
from installed_base.models import Account
from playbooks.library import playbook

# Without a part of what it needs a rule is silent: said beside it, so that nobody waits for it.
NEEDS = {
    "parts_due": gettext_noop("It speaks where parts carry a number of hours until they are worn."),
    "capacity": gettext_noop("It speaks where machines have readings."),
    "successor": gettext_noop("It speaks where a product names its successor and the day."),
    "breakdown": gettext_noop("It speaks where tickets carry hours of standstill."),
}


@dataclass(frozen=True)
class Line:
    """A rule in the list, with what it raised so far."""

    key: str
    name: Any
    sentence: str
    active: bool
    since: str
    coming: str
    waiting: int
    raised: int
    url: str


def _reader(request: PersonRequest) -> None:
    """Whoever sees single machines only finds no rules."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404


@login_required
@require_GET
def rules(request: PersonRequest) -> HttpResponse:
    """Every rule with its values in words, whether it is on, and what it raised. Two queries beside the policies."""
    _reader(request)
    on = clock.today()
    raised = _raised(request, on)
    lines = [_line(key, chance, raised, on) for key, chance in RULES.items()]
    context = {
        "lines": lines,
        "tabs": tabs(request, "rules"),
        "on_count": sum(line.active for line in lines),
        "may_change": request.user.role == Role.ADMINISTRATOR,
    }
    return render(request, "expansion/rules_list.html", context)


def _raised(request: PersonRequest, on: date) -> dict[str, tuple[int, int]]:
    """By kind of signal: how many wait, and how many were raised in a year."""
    rows = Signal.objects.visible_to(request.user).order_by().values("kind")
    waiting = Count("pk", filter=Q(decision="", closed_on__isnull=True))
    year = Count("pk", filter=Q(raised_on__gt=on - timedelta(days=365)))
    return {row["kind"]: (row["waiting"], row["year"]) for row in rows.annotate(waiting=waiting, year=year)}


def _line(key: str, chance: Chance, raised: dict[str, tuple[int, int]], on: date) -> Line:
    version, later = policy_on(chance.policy, on), versions_of(chance.policy)[-1]
    kinds = KINDS if key == "age" else (chance.name,)
    counts = [raised.get(kind, (0, 0)) for kind in kinds]
    return Line(
        key, rule_words.NAMES[key], rule_words.sentence(key, version.values), version.values.active,
        _since(version), _coming(key, later) if later.valid_from > on else "", sum(n for n, _ in counts),
        sum(n for _, n in counts), reverse("expansion:rule", args=[key]),
    )  # fmt: skip


def _since(version: Version[Any]) -> str:
    return "" if version.number == 1 else display.day(version.valid_from)


def _coming(key: str, version: Version[Any]) -> str:
    said = rule_words.sentence(key, version.values) if version.values.active else _("Off.")
    return _("From %(day)s: %(sentence)s") % {"day": display.day(version.valid_from), "sentence": said}


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: PersonRequest, key: str) -> HttpResponse:
    """One rule: tried with other values by GET, published with them by POST. Only an administrator publishes."""
    _reader(request)
    chance = RULES.get(key)
    if chance is None:
        raise Http404
    on, may_change = clock.today(), request.user.role == Role.ADMINISTRATOR
    current = policy_on(chance.policy, on).values
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        form: Any = PublishForm(request.POST, policy=current, on=on)
        if form.is_valid():
            return _publish(request, key, form)
        return _page(request, key, chance, form, current, status=422)
    asked = RuleForm(request.GET, policy=current) if "try" in request.GET else None
    tried = asked.chosen() if asked and asked.is_valid() else current
    blank = PublishForm(policy=tried, on=on) if may_change else RuleForm(policy=tried)
    form = blank if asked is None or asked.is_valid() else asked
    return _page(request, key, chance, form, tried, status=200 if form is blank else 422)


def _publish(request: PersonRequest, key: str, form: PublishForm) -> HttpResponse:
    day = form.cleaned_data["valid_from"]
    publish_policy(values=form.chosen(), valid_from=day, by=request.user)
    messages.success(request, _("The rule counts like that from %(day)s.") % {"day": display.day(day)})
    return redirect("expansion:rule", key)


def _page(
    request: PersonRequest, key: str, chance: Chance, form: RuleForm, policy: Any, *, status: int
) -> HttpResponse:
    on = clock.today()
    found = preview(chance, policy, request.user, on)
    book = playbook(chance.playbook, on)
    context = {
        "name": rule_words.NAMES[key],
        "sentence": rule_words.sentence(key, policy),
        "needs": _(NEEDS[key]) if key in NEEDS else "",
        "form": form,
        "may_change": isinstance(form, PublishForm),
        "trail": [(reverse("expansion:signals"), _("Signals")), (reverse("expansion:rules"), _("Rules"))],
        "found": found,
        "estimated": not found.whole,
        "standing": found.scaled(found.standing),
        "past": [(days, found.scaled(found.fired[days])) for days in PAST],
        "samples": _samples(request, found),
        "book": _(book.name),
        "steps": [(_(step.title), _(step.guide) if step.guide else "") for step in book.steps],
        "sees_prices": reach_of(request.user).sees_prices,
        "tried": "try" in request.GET,
        "history": _history(key, chance, on),
    }
    return render(request, "expansion/rule_detail.html", context, status=status)


def _samples(request: PersonRequest, found: Preview) -> list[dict[str, Any]]:
    accounts = Account.objects.visible_to(request.user).in_bulk({account for account, _ in found.samples})
    return [
        {"account": accounts[account], "due_on": episode.due_on, "value": episode.value}
        for account, episode in found.samples
        if account in accounts
    ]


def _history(key: str, chance: Chance, on: date) -> list[dict[str, Any]]:
    """The versions of the policy, the latest first; none but the one everybody begins with is no history."""
    versions = versions_of(chance.policy)
    return [
        {
            "number": v.number,
            "since": _since(v) or _("always"),
            "coming": v.valid_from > on,
            "sentence": rule_words.sentence(key, v.values) if v.values.active else _("Off."),
        }
        for v in reversed(versions)
        if len(versions) > 1
    ]
