"""The iCal feed: the page on which a person makes, renews and revokes its address, and what the address answers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import opening
from core.asking import PersonRequest
from core.clock import now, today
from core.feeds import digest_of, make_feed, reader_of, revoke_feed
from core.limits import within_limit
from core.models import CalendarFeed
from renewals.ical import MIME, calendar_file
from renewals.queries.own_days import own_days
from renewals.views import words
from renewals.views.door import reader_of_prices

# A calendar program asks every few minutes at most; somebody who guesses asks often.
MOST, GUESSES, WINDOW = 60, 60, 3600


@require_http_methods(["GET", "HEAD", "POST"])
@reader_of_prices
def feed(request: PersonRequest) -> HttpResponse:
    """Make the address, or a new one in its place. It is shown in the answer to the making, and never again."""
    address = ""
    if request.method == "POST":
        token = make_feed(user=request.user, at=now())
        address = request.build_absolute_uri(reverse("renewals:ics", args=[token]))
    made = CalendarFeed.objects.filter(user=request.user).first()
    context = {"address": address, "made": made, "trail": words.trail(("", _("Calendar feed")))}
    response = render(request, "renewals/renewal_feed.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@reader_of_prices
def revoke(request: PersonRequest) -> HttpResponse:
    """The address answers no more."""
    if revoke_feed(user=request.user):
        messages.success(request, _("The address no longer works. Remove it from your calendar."))
    return redirect("renewals:feed")


@require_safe
def ics(request: HttpRequest, token: str) -> HttpResponse:
    """The own open renewals of whoever the token belongs to, as far as they see them now. No session, no prices."""
    reader = reader_of(token)
    if reader is None:
        if not within_limit("ics-wrong", request.META.get("REMOTE_ADDR", ""), most=GUESSES, seconds=WINDOW):
            return _too_often()
        raise Http404
    if not within_limit("ics", digest_of(token), most=MOST, seconds=WINDOW):
        return _too_often()
    language = reader.language or opening.ours().language
    with translation.override(language):
        body = calendar_file(
            own_days(reader, on=today()),
            at=now(),
            host=request.get_host().partition(":")[0],
            url_of=lambda pk: request.build_absolute_uri(reverse("renewals:renewal", args=[pk])),
        )
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'inline; filename="renewals.ics"',
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    return HttpResponse(body, content_type=MIME, headers=headers)


def _too_often() -> HttpResponse:
    said = _("This address was asked too often. Try again in an hour.")
    return HttpResponse(
        said, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": str(WINDOW)}
    )
