"""Who gets in, and which rows they get: out of reach is as if it were not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from core import opening
from core.asking import PersonRequest
from core.reach import reach_of
from renewals.models import Renewal

View = Callable[..., HttpResponseBase]


def reader_of_prices(view: View) -> View:
    """For pages full of euros: who sees no prices finds no page."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not reach_of(request.user).sees_prices:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(guarded)


def currency_of(request: PersonRequest) -> str:
    return str(opening.ours().reporting_currency)


def changeable(request: PersonRequest, pk: int) -> Renewal:
    """The renewal, if this user may change it."""
    rows = Renewal.objects.changeable_by(request.user)
    found: Renewal = get_object_or_404(rows.select_related("account", "term", "term__contract", "term__level"), pk=pk)
    return found
