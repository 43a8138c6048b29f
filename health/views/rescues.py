"""Rescues: all of them with their clocks, one of them with everything that is done in it, and starting them by hand."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.display import number
from core.reach import reach_of
from core.returning import back, place_of
from core.subjects import subject
from health.actions import rescuing as act
from health.door import many, reader_of_health
from health.forms.rescues import ActionForm, CauseForm, EndForm, SponsorForm
from health.models import Spell
from health.pictures import rescue_line
from health.queries.rescues import Standing, rescues_of, standings
from health.rules import Tier
from health.rules.rescue import OPEN_STATES, RescueState
from health.tabs import customer_tabs
from health.words import rescues as words
from installed_base.models import Account, ContactMoment
from playbooks.models import Play, Task

SHOWN = 200


@require_safe
@reader_of_health
def rescues(request: PersonRequest) -> HttpResponse:
    """Open rescues, those whose time is nearly over first; and those that ended in the last year."""
    on = clock.today()
    plays = rescues_of(request.user).order_by("anchor_on", "pk")
    open_ = standings(list(plays.filter(closed_on__isnull=True)[:SHOWN]), on)
    ended = list(plays.filter(closed_on__gt=on - timedelta(days=365)).order_by("-closed_on", "-pk")[:SHOWN])
    context = {
        "open": [_shown(row) for row in open_],
        "ended": [_shown(row) for row in standings(ended, on)],
        "standfirst": _counted(open_),
        "tabs": customer_tabs(request.user, "rescues"),
        "sees_prices": reach_of(request.user).sees_prices,
        "on": on,
    }
    return render(request, "health/rescues_list.html", context)


def _counted(rows: list[Standing]) -> str:
    if not rows:
        return _("No account is being rescued.")
    asked = sum(1 for row in rows if row.clock.left <= 0)
    said = ngettext("One account is being rescued.", "%(count)s accounts are being rescued.", len(rows))
    parts = [said % {"count": number(len(rows))}]
    if asked:
        late = ngettext("One has to be decided.", "%(count)s have to be decided.", asked)
        parts.append(late % {"count": number(asked)})
    return " ".join(parts)


def _shown(row: Standing) -> dict[str, Any]:
    return {
        "row": row,
        "state": words.state_word(row.state),
        "status": words.STATUS[row.state],
        "clock": words.clock_words(row),
        "missing": words.missing_short(row.lacks),
        "score": words.score_words(row),
    }


def _play(request: PersonRequest, pk: int, *, change: bool = True) -> Play:
    rows = rescues_of(request.user)
    if change:
        rows = rows.filter(pk__in=Play.objects.changeable_by(request.user))
    return get_object_or_404(rows, pk=pk)


@require_safe
@reader_of_health
def rescue(request: PersonRequest, pk: int) -> HttpResponse:
    """One rescue: cause, plan, sponsor, clock, and what happened."""
    return _page(request, _play(request, pk, change=False), {})


def _page(request: PersonRequest, play: Play, tried: dict[str, Form], status: int = 200) -> HttpResponse:
    user, on = request.user, clock.today()
    [found] = standings([play], on)
    tasks = list(
        Task.objects.visible_to(user)
        .filter(play=play)
        .select_related("owner__user", "owner__team", "done_by")
        .order_by("due_on", "pk")
    )
    moments = ContactMoment.objects.visible_to(user).filter(
        account=play.account, on__gte=found.facts.began_on, on__lte=on
    )
    may = Play.objects.changeable_by(user).filter(pk=play.pk).exists()
    context: dict[str, Any] = {
        "play": play,
        "found": found,
        "rescue": found.rescue,
        "state": words.state_word(found.state),
        "status": words.STATUS[found.state],
        "road": [(words.state_word(state), state is found.state) for state in _road(found.state)],
        "clock": words.clock_words(found),
        "score": words.score_words(found),
        "standfirst": words.standfirst(found),
        "picture": rescue_line(play.account_id, found, on),
        "actions": _tasks(tasks, user, own=True),
        "steps": _tasks(tasks, user, own=False),
        "events": words.events(found, tasks, list(moments.select_related("contact").order_by("-on", "-pk")[:60]), user),
        "may": may and found.open,
        "may_undo": may and found.rescue is not None and found.rescue.outcome != "" and found.facts.tier is Tier.RED,
        "trail": _trail(play),
        "sees_prices": reach_of(user).sees_prices,
        "on": on,
        "here": request.get_full_path() if request.method == "GET" else reverse("health:rescue", args=[play.pk]),
    }
    context |= _forms(request, found) | tried
    return render(request, "health/rescue_detail.html", context, status=status)


def _road(state: RescueState) -> tuple[RescueState, ...]:
    """The states in their order; of the two ends the one that came."""
    end = RescueState.LOST if state is RescueState.LOST else RescueState.RECOVERED
    return (*OPEN_STATES, end)


def _tasks(tasks: list[Task], user: Any, *, own: bool) -> list[dict[str, Any]]:
    chosen = [t for t in tasks if t.step.startswith(act.ACTION) is own and (own or not t.closed_on)]
    return [{"task": task, "title": words.title_of(task, user)} for task in chosen]


def _forms(request: PersonRequest, found: Standing) -> dict[str, Form]:
    rescue = found.rescue
    return {
        "cause_form": CauseForm(initial={"cause": rescue.cause, "note": rescue.cause_note} if rescue else None),
        "sponsor_form": SponsorForm(initial={"sponsor": rescue.sponsor_id} if rescue else None),
        "action_form": ActionForm(user=request.user, on=clock.today()),
    }


def _trail(play: Play) -> list[tuple[str, str]]:
    return [(reverse("health:rescues"), _("Rescues"))]


def _doing(request: PersonRequest, pk: int, name: str, form: Form, do: Any) -> HttpResponse:
    """Do it and go back to the page; what is wrong stands beside its field, on the page."""
    play = _play(request, pk)
    if form.is_valid():
        try:
            do(play, form.cleaned_data)
            return back(request, reverse("health:rescue", args=[pk]))
        except ValidationError as refused:
            form.add_error(None, refused)
    return _page(request, play, {name: form}, status=422)


@require_POST
@reader_of_health
def cause(request: PersonRequest, pk: int) -> HttpResponse:
    by, on = request.user, clock.today()
    return _doing(
        request,
        pk,
        "cause_form",
        CauseForm(request.POST),
        lambda p, said: act.write_cause(play=p, by=by, on=on, **said),
    )


@require_POST
@reader_of_health
def sponsor(request: PersonRequest, pk: int) -> HttpResponse:
    by, on = request.user, clock.today()
    form = SponsorForm(request.POST)
    return _doing(request, pk, "sponsor_form", form, lambda p, said: act.name_sponsor(play=p, by=by, on=on, **said))


@require_POST
@reader_of_health
def action(request: PersonRequest, pk: int) -> HttpResponse:
    by, on = request.user, clock.today()
    form = ActionForm(request.POST, user=by, on=on)
    return _doing(request, pk, "action_form", form, lambda p, said: act.add_action(play=p, by=by, on=on, **said))


@require_safe
@reader_of_health
def spell(request: PersonRequest, pk: int) -> HttpResponse:
    """What is done about a stretch in a tier: its rescue where there is one, else the account."""
    found = get_object_or_404(Spell.objects.visible_to(request.user), pk=pk)
    play = rescues_of(request.user).filter(subject_id=found.pk).first()
    if play:
        return redirect("health:rescue", play.pk)
    return redirect(subject("account").url(found.account_id) or "/")


@require_http_methods(["GET", "POST"])
@reader_of_health
def end(request: PersonRequest, pk: int) -> HttpResponse:
    """How it ended: asked on day 90, possible before."""
    play, on = _play(request, pk), clock.today()
    [found] = standings([play], on)
    if not found.open:
        raise Http404
    place = reverse("health:rescue", args=[pk])
    form = EndForm(request.POST or None, red=found.facts.tier is Tier.RED)
    if form.is_valid():
        try:
            act.conclude(play=play, by=request.user, on=on, **form.cleaned_data)
            return back(request, place)
        except ValidationError as refused:
            form.add_error(None, refused)
    context = {"form": form, "title": _("How did this rescue end?"), "verb": _("Write it down")}
    context |= {"about": str(play.account), "next": place_of(request, place)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@reader_of_health
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back the end that somebody wrote down."""
    try:
        act.take_back(play=_play(request, pk), by=request.user, on=clock.today())
        messages.success(request, _("The rescue goes on."))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back(request, reverse("health:rescue", args=[pk]))


@require_POST
@reader_of_health
def start(request: PersonRequest) -> HttpResponse:
    """Begin rescues by hand, of one account or of many: first what will happen, then it happens."""
    ids = many(request)
    found = list(Account.objects.changeable_by(request.user).filter(pk__in=ids).select_related("owner").order_by("pk"))
    if not ids:
        messages.warning(request, _("Choose some accounts first."))
        return back(request)
    if len(found) != len(ids):
        raise Http404
    if "confirmed" not in request.POST:
        context = {"accounts": found, "next": place_of(request)}
        return render(request, "health/rescue_start.html", context)
    done = act.start_rescues(accounts=found, by=request.user, on=clock.today())
    for sentence in done.refused:
        messages.warning(request, sentence)
    if len(done.plays) == 1:
        return redirect("health:rescue", done.plays[0].pk)
    if done.plays:
        said = ngettext("%(count)s rescue began.", "%(count)s rescues began.", len(done.plays))
        messages.success(request, said % {"count": number(len(done.plays))})
    return back(request)
