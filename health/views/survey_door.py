"""Who reads what customers answered: everybody but technicians, to whom there is no such page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.http.response import HttpResponseBase

from core.asking import PersonRequest
from core.reach import Level, reach_of
from health.queries.surveys import sends

View = Callable[..., HttpResponseBase]


def reader_of_answers(view: View) -> View:
    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if reach_of(request.user).level is Level.ASSIGNED:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def sender_of_surveys(view: View) -> View:
    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not sends(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)
