"""The request of a page behind the sign-in, with what the middleware and the page put on it."""

from datetime import date

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from core.models import Organisation, User


class Request(HttpRequest):
    """For the signature of a view under `login_required`: the user is somebody. Only a type; nothing makes one."""

    user: User
    htmx: HtmxDetails
    as_of: date
    is_past: bool
    organisation: Organisation
