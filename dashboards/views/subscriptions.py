"""Pages by mail: ordering one, the list of one's own, changing, pausing, deleting, and stopping one from the mail."""

from collections.abc import Callable, Container
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.display import weekday_long
from core.holidays import our_holidays
from core.limits import within_limit
from core.models import PageSubscription
from core.page_mail import PageRefused, page_of, subscription_behind
from core.returning import place_of
from core.rhythm import Rhythm, next_due
from core.subscribing import (
    change_subscription,
    delete_subscription,
    pause_subscription,
    resume_subscription,
    subscribe,
)
from dashboards.papers import told
from dashboards.papers.forms import RhythmForm, SubscribeForm
from dashboards.papers.queue import understood

FORM = "dashboards/subscription_form.html"
LIST = "dashboards:subscriptions"
# Every person may receive so many, and order some for others.
LISTED = 200


@login_required
@require_safe
def subscriptions(request: PersonRequest) -> HttpResponse:
    """What comes to the reader, and what they ordered for others."""
    rows = (
        PageSubscription.objects.visible_to(request.user).select_related("user", "made_by").order_by("-made_on", "-pk")
    )
    closed = our_holidays()
    shown = [_shown(row, request, closed) for row in rows[:LISTED]]
    context = {
        "mine": [row for row in shown if row["row"].user_id == request.user.pk],
        "others": [row for row in shown if row["row"].user_id != request.user.pk],
    }
    return render(request, "dashboards/subscriptions_list.html", context)


def _shown(row: PageSubscription, request: PersonRequest, closed: Container[date]) -> dict[str, Any]:
    name, url = _page_of(row)
    stopped = row.paused_on is not None and row.paused_by_id == row.user_id and row.user_id != request.user.pk
    after = max(clock.today(), row.since_on)
    return {
        "row": row,
        "name": name,
        "url": url,
        "narrowed": ", ".join(text for _key, text in parse_qsl(row.query)),
        "next_on": None if row.paused_on else next_due(Rhythm(row.rhythm), after, row.weekday, closed),
        "stopped": stopped,
    }


def _page_of(row: PageSubscription) -> tuple[str, str]:
    """Its name and address; the bare name where the page is no longer there."""
    try:
        page = page_of(row.page, row.subject)
    except PageRefused:
        return str(row), ""
    return page.name(row.subject), page.url(row.subject, dict(parse_qsl(row.query)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_new(request: PersonRequest, page: str, subject: str = "") -> HttpResponse:
    """Order the page of this address with the filters of its own address."""
    try:
        found = page_of(page, subject)
    except PageRefused as refused:
        raise Http404(str(refused)) from refused
    if not found.may(request.user, subject):
        raise Http404
    query = {name: request.GET[name] for name in request.GET if name not in ("as_of", "next")}
    kept = found.kept(query)
    form = SubscribeForm(request.POST or None, user=request.user)
    if form.is_valid() and _ordered(request, form, page, subject):
        return redirect(LIST)
    context = {
        "form": form,
        "title": _("Send this page by mail"),
        "about": found.name(subject),
        "narrowed": told.narrowed(kept, request.user) or tuple(understood(kept).items()),
        "verb": _("Send it"),
        "back": place_of(request, found.url(subject, kept)),
    }
    return render(request, FORM, context, status=422 if form.is_bound else 200)


def _ordered(request: PersonRequest, form: SubscribeForm, page: str, subject: str) -> bool:
    said = dict(form.cleaned_data)
    receivers = list(said.pop("receivers", [request.user]))
    query = request.GET.urlencode()
    try:
        made = subscribe(
            page=page, subject=subject, query=query, receivers=receivers, by=request.user, on=clock.today(), **said
        )
    except PageRefused as refused:
        form.add_error(None, str(refused))
        return False
    first = next_due(Rhythm(made[0].rhythm), clock.today(), made[0].weekday, our_holidays())
    words = ngettext("It comes by mail, first on %(day)s.", "It goes to %(n)s people, first on %(day)s.", len(made))
    messages.success(request, words % {"n": len(made), "day": weekday_long(first)})
    return True


def _own(request: PersonRequest, pk: int) -> PageSubscription:
    rows = PageSubscription.objects.changeable_by(request.user).select_related("user", "made_by")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: PersonRequest, pk: int) -> HttpResponse:
    """Another rhythm."""
    row = _own(request, pk)
    form = RhythmForm(request.POST or None, initial={"rhythm": row.rhythm, "weekday": row.weekday or 1})
    if form.is_valid():
        change_subscription(subscription=row, by=request.user, on=clock.today(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(LIST)
    context = {
        "form": form,
        "title": _("Change when it comes"),
        "about": _page_of(row)[0],
        "narrowed": (),
        "verb": _("Save"),
        "back": place_of(request, LIST),
    }
    return render(request, FORM, context, status=422 if form.is_bound else 200)


def _done(request: PersonRequest, pk: int, do: Callable[[PageSubscription], None], said: str) -> HttpResponse:
    try:
        do(_own(request, pk))
    except PageRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect(LIST)


@login_required
@require_POST
def subscription_pause(request: PersonRequest, pk: int) -> HttpResponse:
    on = clock.today()
    return _done(
        request, pk, lambda row: pause_subscription(subscription=row, by=request.user, on=on), _("It is paused.")
    )


@login_required
@require_POST
def subscription_resume(request: PersonRequest, pk: int) -> HttpResponse:
    on = clock.today()
    return _done(
        request, pk, lambda row: resume_subscription(subscription=row, by=request.user, on=on), _("It comes again.")
    )


@login_required
@require_POST
def subscription_delete(request: PersonRequest, pk: int) -> HttpResponse:
    return _done(request, pk, lambda row: delete_subscription(subscription=row, by=request.user), _("It is deleted."))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the one mail that the signed address belongs to. Looking changes nothing: mail programs look first; one
    click is a POST (RFC 8058), without session or token of a form."""
    row = subscription_behind(token)
    if row is None:
        if within_limit("unsubscribe-wrong", request.META.get("REMOTE_ADDR", ""), most=60, seconds=3600):
            raise Http404
        said = _("This address was asked too often. Try again in an hour.")
        return HttpResponse(said, status=429, content_type="text/plain; charset=utf-8")
    if request.method == "POST":
        pause_subscription(subscription=row, by=row.user, on=clock.today())
    context = {"done": request.method == "POST", "name": _page_of(row)[0]}
    return render(request, "dashboards/subscription_stop.html", context)
