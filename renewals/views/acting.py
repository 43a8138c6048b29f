"""Working renewals from a page: one in place, many at once. Everything works without scripts."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.asking import PersonRequest
from core.clock import today
from core.display import day
from core.exporting import file_of
from core.reach import reach_of
from core.returning import back, place_of
from renewals.actions.undoing import keep, restore
from renewals.actions.working import (
    NotAll,
    WorkRefused,
    assign,
    move_next_step,
    save_work,
    snooze,
    take,
    wake,
    write_note,
)
from renewals.exports import HEAD, line_of
from renewals.forms import BULK_LIMIT, AssignForm, MoveForm, NoteForm, PickForm, SnoozeForm, WorkForm
from renewals.models import Renewal
from renewals.queries.choice import Choice, choice_of
from renewals.queries.queue import one_row, queue_rows
from renewals.queries.rows import rows_of
from renewals.views.door import changeable, currency_of, reader_of_prices

UNDO = "renewals_undo"
FORMS: dict[str, type[Form]] = {"assign": AssignForm, "move": MoveForm, "snooze": SnoozeForm}


@require_POST
@reader_of_prices
def work(request: PersonRequest, pk: int) -> HttpResponse:
    """Save stage and next step of one renewal; in place, or as a form that comes back with what was typed."""
    row = changeable(request, pk)
    form = WorkForm(request.POST)
    if form.is_valid():
        try:
            save_work(renewal=pk, work=form.work, version=form.cleaned_data["version"], by=request.user)
        except WorkRefused as refused:
            form.add_error(None, str(refused))
    if form.errors:
        return _not_saved(request, row, form)
    if request.htmx:
        shown = one_row(pk, user=request.user, on=today())
        return render(request, "renewals/renewal_queue.html#saved", {"row": shown, "on": today()})
    messages.success(request, _("Saved."))
    return back(request, "renewals:queue")


def _not_saved(request: PersonRequest, row: Renewal, form: WorkForm) -> HttpResponse:
    if request.htmx:
        said = " ".join(str(e) for errors in form.errors.values() for e in errors)
        return HttpResponse(said, status=422, content_type="text/plain; charset=utf-8")
    fresh = Renewal.objects.visible_to(request.user).select_related("account").get(pk=row.pk)
    context = {"form": form, "renewal": fresh, "next": place_of(request, "renewals:queue")}
    return render(request, "renewals/renewal_work.html", context, status=422)


@require_POST
@reader_of_prices
def act(request: PersonRequest) -> HttpResponse:
    """Assign, move, snooze, wake or export the chosen renewals: all of them, or none and a sentence for each that
    stands in the way. One id out of sight, and there is no such page."""
    verb = request.POST.get("act", "")
    ids = PickForm(request.POST).ids
    if not ids:
        messages.warning(request, _("Choose some renewals first."))
        return back(request, "renewals:queue")
    if verb == "export":
        return _export(request, ids)
    choice = choice_of(ids, request.user)
    if choice.foreign or (verb != "wake" and verb not in FORMS) or not reach_of(request.user).works:
        raise Http404
    if verb != "wake":
        return _ask_and_act(request, verb, ids, choice)
    if choice.refused:
        for sentence in choice.refused:
            messages.error(request, sentence)
        return back(request, "renewals:queue")
    before = keep(ids)
    return _done(request, verb, wake(renewals=ids, by=request.user), {}, before)


def _ask_and_act(request: PersonRequest, verb: str, ids: list[int], choice: Choice) -> HttpResponse:
    answered = "confirmed" in request.POST
    form = FORMS[verb](request.POST if answered else None, user=request.user, on=today())  # type: ignore[call-arg]
    refused, seen = choice.refused, choice.seen | _seen(request)
    if answered and form.is_valid() and not refused:
        before = keep(ids)
        try:
            return _done(request, verb, _do(request, verb, seen, form.cleaned_data), form.cleaned_data, before)
        except NotAll as some:
            form.add_error(None, str(some))
            refused, seen = some.rows, choice.seen
        except WorkRefused as wrong:
            form.add_error(None, str(wrong))
    template = "renewals/renewal_act.html"
    context = {"form": form, "verb": verb, "next": place_of(request, "renewals:queue")} | _heads(verb, ids)
    context |= {"refused": refused, "seen": [(pk, seen[pk]) for pk in ids]}
    if request.htmx:
        return render(request, f"{template}#fields", context)
    return render(request, template, context, status=422 if form.errors or refused else 200)


def _seen(request: PersonRequest) -> dict[int, int]:
    """The versions that stood in the form; what is no pair of numbers was not seen."""
    pairs = (text.partition(":") for text in request.POST.getlist("seen")[:BULK_LIMIT])
    return {int(pk): int(v) for pk, _colon, v in pairs if (pk + v).isdecimal() and v and len(pk + v) < 18}


def _heads(verb: str, ids: list[int]) -> dict[str, str]:
    many = {
        "assign": ngettext("Assign %(count)s renewal", "Assign %(count)s renewals", len(ids)),
        "move": ngettext(
            "Move the next step of %(count)s renewal", "Move the next step of %(count)s renewals", len(ids)
        ),
        "snooze": ngettext("Snooze %(count)s renewal", "Snooze %(count)s renewals", len(ids)),
    }
    save = {"assign": _("Assign"), "move": _("Move date"), "snooze": _("Snooze")}
    return {"title": many[verb] % {"count": len(ids)}, "save": save[verb]}


def _do(request: PersonRequest, verb: str, seen: dict[int, int], said: dict[str, Any]) -> int:
    by: Any = request.user
    ids = PickForm(request.POST).ids
    if verb == "assign":
        return assign(renewals=ids, owner=said["owner"].pk, by=by, seen=seen)
    if verb == "move":
        return move_next_step(renewals=ids, next_step_on=said["next_step_on"], by=by, seen=seen)
    return snooze(renewals=ids, until=said["until"], reason=said["reason"], by=by, on=today(), seen=seen)


def _done(
    request: PersonRequest, verb: str, count: int, said: dict[str, Any], before: list[dict[str, Any]]
) -> HttpResponse:
    words = {
        "assign": ngettext(
            "%(count)s renewal now lies with %(owner)s.", "%(count)s renewals now lie with %(owner)s.", count
        ),
        "move": ngettext(
            "The next step of %(count)s renewal moved to %(day)s.",
            "The next steps of %(count)s renewals moved to %(day)s.",
            count,
        ),
        "snooze": ngettext(
            "%(count)s renewal is put aside until %(day)s.", "%(count)s renewals are put aside until %(day)s.", count
        ),
        "wake": ngettext("%(count)s renewal is back.", "%(count)s renewals are back.", count),
    }
    on = said.get("next_step_on") or said.get("until")
    request.session[UNDO] = before
    words_of_it = words[verb] % {"count": count, "owner": said.get("owner"), "day": day(on)}
    messages.success(request, words_of_it, extra_tags="renewals:undo_act" if count else "")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": place_of(request, "renewals:queue")})
    return back(request, "renewals:queue")


@require_POST
@reader_of_prices
def undo_act(request: PersonRequest) -> HttpResponse:
    """Take back the last act on many, once; refused with a sentence for each renewal that changed since."""
    before = request.session.pop(UNDO, None)
    if not before:
        messages.warning(request, _("There is nothing to take back."))
        return back(request, "renewals:queue")
    try:
        count = restore(kept=before, by=request.user)
    except NotAll as some:
        for sentence in (str(some), *some.rows):
            messages.error(request, sentence)
    else:
        said = ngettext("%(count)s renewal is as it was.", "%(count)s renewals are as they were.", count)
        messages.success(request, said % {"count": count})
    return back(request, "renewals:queue")


def _export(request: PersonRequest, ids: list[int]) -> HttpResponse:
    rows = rows_of(queue_rows(request.user).filter(pk__in=ids).order_by("decides_on", "pk"), on=today())
    if len(rows) != len(ids):
        raise Http404
    currency = currency_of(request)
    lines = (line_of(row, currency) for row in rows)
    return file_of([str(name) for name in HEAD], lines, name=f"renewals-{today():%Y-%m-%d}", kind="csv")


@require_POST
@reader_of_prices
def wake_one(request: PersonRequest, pk: int) -> HttpResponse:
    changeable(request, pk)
    wake(renewals=[pk], by=request.user)
    return back(request, "renewals:queue")


@require_POST
@reader_of_prices
def take_one(request: PersonRequest, pk: int) -> HttpResponse:
    """From a pool to oneself."""
    row = changeable(request, pk)
    try:
        take(renewals=[pk], by=request.user)
        messages.success(
            request, _("%(account)s is yours now, with the open steps of the pool.") % {"account": row.account}
        )
    except WorkRefused as refused:
        messages.error(request, str(refused))
    return back(request, "renewals:queue")


@require_POST
@reader_of_prices
def note(request: PersonRequest, pk: int) -> HttpResponse:
    """Write down what was said, in the journal of the account."""
    row = changeable(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        write_note(renewal=pk, text=form.cleaned_data["text"], by=request.user, on=today())
        messages.success(request, _("It stands in the journal of %(account)s.") % {"account": row.account})
        return HttpResponseRedirect(f"{place_of(request, 'renewals:queue')}#history")
    context = {"form": form, "renewal": row, "next": place_of(request, "renewals:queue")}
    return render(request, "renewals/renewal_note.html", context, status=422)
