"""What every measurement needs: the date, the two bases, and a caller with a token and a session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import NoReverseMatch, reverse

from bench import base
from bench.client import Client
from core.models import ApiToken, User

# Sees the tenth of the accounts that one team owns.
LEAD = "lead0"


@dataclass(frozen=True)
class Setting:
    """`large` and `small` are names of databases; `application` is the product as a web server calls it."""

    on: date
    accounts: int
    large: str
    small: str
    application: Callable[..., Any]
    say: Callable[[str], None]

    def program(self, database: str) -> Client:
        """A program of this base, with a token and nothing else. Points the connection there."""
        base.use(database)
        _row, token = ApiToken.objects.create(User.objects.get(username=LEAD), name="bench")
        return Client(self.application, token)

    def person(self, database: str, username: str = LEAD) -> Client:
        """Somebody of this base, signed in. Points the connection there."""
        base.use(database)
        session = _session(User.objects.get(username=username))
        return Client(self.application, cookie=f"{settings.SESSION_COOKIE_NAME}={session}")


def _session(user: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def page(name: str, *args: Any) -> str | None:
    """The address of a page; None while there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None
