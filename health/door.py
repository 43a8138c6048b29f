"""Who gets in to the pages of health, and which rows of a list were chosen."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.http.response import HttpResponseBase

from core.asking import PersonRequest
from core.models import Role, User
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


def reader_of_prices(view: View) -> View:
    """For pages that sort accounts by what they are worth: who sees no prices finds no page."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not reach_of(request.user).sees_prices:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def leads(user: User) -> bool:
    """Who looks after the work of others."""
    return Role(user.role) in (Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR)


def lead_of_prices(view: View) -> View:
    """For those who divide the work among others."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not leads(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return reader_of_prices(guarded)


def many(request: PersonRequest) -> list[int]:
    """The ids that were picked, each once; what is no id was not picked."""
    picked = request.POST.getlist("pick")[:MOST]
    return sorted({int(pk) for pk in picked if pk.isdecimal() and len(pk) < 18})
