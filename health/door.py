"""Who gets in to the pages of health, and which rows of a list were chosen."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.http.response import HttpResponseBase

from core.asking import PersonRequest
from core.reach import Level, reach_of

View = Callable[..., HttpResponseBase]
MOST = 500


def reader_of_health(view: View) -> View:
    """For those who work with customers or read figures; whoever sees single machines only finds no page."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if reach_of(request.user).level is Level.ASSIGNED:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def many(request: PersonRequest) -> list[int]:
    """The ids that were picked, each once; what is no id was not picked."""
    picked = request.POST.getlist("pick")[:MOST]
    return sorted({int(pk) for pk in picked if pk.isdecimal() and len(pk) < 18})
