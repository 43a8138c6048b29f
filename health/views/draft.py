"""One draft of the score card: its weights and curves under somebody's hands, and what it would change."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.charts.curves import Bend, draw_bend
from core.policies import policy_on
from core.reach import reach_of
from health import words
from health.actions.drafting import change_draft, discard_draft, first_day, policy_in, publish_draft
from health.forms import CardForm, PublishForm
from health.forms.card import Bent
from health.models import Draft
from health.queries.moves import moves
from health.rules.changes import changes
from health.rules.measure import Measure
from health.rules.policy import HealthPolicy
from health.rules.problem import Problem
from health.views.lab import check_reader, check_setter, published_words, trail
from health.words.moving import dressed, moves_standfirst


def draft_of(request: PersonRequest, pk: int) -> Draft:
    check_reader(request)
    found: Draft = get_object_or_404(Draft.objects.visible_to(request.user).select_related("made_by"), pk=pk)
    return found


def _is_open(draft: Draft) -> bool:
    return not draft.published_as_id and not draft.discarded_on  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Edit it, and see at once who would change tier. Every change is kept, right or wrong; only right ones count."""
    row = draft_of(request, pk)
    form = CardForm(request.POST or None, policy=policy_in(row))
    if request.method == "POST":
        check_setter(request)
        if not _is_open(row):
            raise PermissionDenied
        if form.is_valid():
            row = change_draft(draft=row, by=request.user, values=form.policy())
            if not request.htmx:
                return redirect("health:draft", row.pk)
    return render(request, "health/draft.html", _context(request, row, form), status=_status(request, form))


def _status(request: PersonRequest, form: CardForm) -> int:
    return 422 if request.method == "POST" and not form.is_valid() else 200


def _context(request: PersonRequest, row: Draft, form: CardForm) -> dict[str, Any]:
    on, user = clock.today(), request.user
    policy, live = policy_in(row), policy_on(HealthPolicy, on)
    problems, sees_prices = policy.problems(), reach_of(user).sees_prices
    changed = changes(live.values, policy)
    found = None if problems or not changed else moves(policy, user, on)
    return {
        "draft": row,
        "open": _is_open(row),
        "may_set": reach_of(user).sets_policy and _is_open(row),
        "form": form,
        "sides": list(_sides(form, policy, live.values, problems)),
        "cards": list(_cards(form, policy)),
        "bends": ",".join(f"#bend-{m.key}" for m in policy.measures),
        "live": live,
        "problems": [words.problem_words(problem) for problem in problems],
        "changes": [words.change_words(change) for change in changed],
        "moves": found and dressed(found, sees_prices=sees_prices),
        "standfirst": moves_standfirst(found, problems=len(problems), sees_prices=sees_prices),
        "sees_prices": sees_prices,
        "trail": trail(),
        "on": on,
    }


def _sides(
    form: CardForm, policy: HealthPolicy, live: HealthPolicy, problems: tuple[Problem, ...]
) -> Iterator[dict[str, Any]]:
    present = {m.key: m for m in live.measures}
    tried = {m.key: m for m in policy.measures}
    for dimension, weight, measures in form.sides():
        yield {
            "name": words.dimension_name(dimension.key),
            "weight": weight,
            "measures": [_measure(bent, tried[bent.measure.key], present, problems) for bent in measures],
        }


def _measure(bent: Bent, measure: Measure, live: dict[str, Measure], problems: tuple[Problem, ...]) -> dict[str, Any]:
    place = f"measures.{measure.key}"
    was = live.get(measure.key)
    return {
        "key": measure.key,
        "name": words.wording(measure.key).name,
        "bent": bent,
        "unit": _unit(measure),
        "note": _note(measure),
        "picture": bend_of(measure, was),
        "wrong": [words.problem_words(p) for p in problems if p.place in (place, f"{place}.curve")],
    }


def _unit(measure: Measure) -> str:
    units = {
        words.Unit.SHARE: "%",
        words.Unit.DAYS: _("days"),
        words.Unit.MARK: _("of 10"),
        words.Unit.YES: _("1 is yes"),
    }
    return units.get(words.wording(measure.key).unit, _("how many"))


def _note(measure: Measure) -> str:
    if measure.instead_of:
        return _("stands in where nothing of usage is known, on top of the 100%")
    return "" if measure.always else _("counts only where it is given, on top of the 100%")


def bend_of(measure: Measure, was: Measure | None) -> SafeString | str:
    """The picture of a curve, over the one that counts where it differs."""
    corners = sorted((float(value), float(points)) for value, points in measure.curve)
    if not corners:
        return ""
    before = (
        [(float(value), float(points)) for value, points in was.curve] if was and was.curve != measure.curve else []
    )
    lowest, highest = min(v for v, _ in measure.curve), max(v for v, _ in measure.curve)
    title = _("%(name)s: points by value, %(corners)s") % {
        "name": words.wording(measure.key).name,
        "corners": words.curve_words(measure.key, measure.curve),
    }
    ends = (words.value_words(measure.key, lowest), words.value_words(measure.key, highest))
    return draw_bend(Bend(corners, title, before, *ends))


def _cards(form: CardForm, policy: HealthPolicy) -> Iterator[dict[str, Any]]:
    for card, fields in form.cards():
        left_out = [words.name_of(key) for key in card.without]
        yield {
            "name": words.card_name(card.key),
            "judges": words.judged_words(card, policy.ramp_up_days),
            "fields": [(field, words.dimension_name(field.name.rpartition(".")[2])) for field in fields],
            "without": ", ".join(left_out),
        }


@login_required
@require_http_methods(["GET", "POST"])
def draft_publish(request: PersonRequest, pk: int) -> HttpResponse:
    """What changes in words, and from which day."""
    row, on = draft_of(request, pk), clock.today()
    check_setter(request)
    if not _is_open(row):
        return redirect("health:draft", row.pk)
    form = PublishForm(request.POST or None, first=first_day(on))
    if form.is_valid():
        try:
            made = publish_draft(draft=row, by=request.user, on=on, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, published_words(made))
            return redirect("health:lab")
    policy, live = policy_in(row), policy_on(HealthPolicy, on)
    context = {
        "form": form,
        "title": _("Publish: %(title)s") % {"title": row.title},
        "about": _("It counts for every customer, also those you do not see."),
        "changes": [words.change_words(change) for change in changes(live.values, policy)],
        "problems": [words.problem_words(problem) for problem in policy.problems()],
        "verb": _("Publish"),
        "trail": trail(row, request.user),
    }
    return render(request, "health/lab_publish.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def draft_discard(request: PersonRequest, pk: int) -> HttpResponse:
    row = draft_of(request, pk)
    check_setter(request)
    try:
        discard_draft(draft=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The draft is put aside."))
    return redirect("health:lab")
