"""The request of somebody who is signed in, for views behind `login_required`."""

from datetime import date

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from core.models import User


class PersonRequest(HttpRequest):
    """What the middleware and `core.asof` have put on it."""

    user: User
    htmx: HtmxDetails
    as_of: date
    is_past: bool
