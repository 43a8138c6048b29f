"""The day a page shows: `?as_of=YYYY-MM-DD`, today without it. A past day is read-only."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import clock


def as_of(request: HttpRequest) -> date:
    """The day asked for, and on the request `as_of` and `is_past` for the shell.

    A date that is none, or lies ahead, shows today and says so.
    """
    today = clock.today()
    on = _asked(request, today)
    request.as_of, request.is_past = on, on < today  # type: ignore[attr-defined]
    return on


def _asked(request: HttpRequest, today: date) -> date:
    text = request.GET.get("as_of", "")
    if not text:
        return today
    try:
        on = date.fromisoformat(text)
    except ValueError:
        messages.error(request, _("“%(text)s” is no date; this is today.") % {"text": text[:40]})
        return today
    if on > today:
        messages.error(request, _("That day has not come yet; this is today."))
        return today
    return on
