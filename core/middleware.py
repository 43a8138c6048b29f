"""Per request: its id in the log, the reader's language, the scope guard, and who is behind an audit event."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import SimpleLazyObject, empty
from pghistory.middleware import HistoryMiddleware

from core import opening
from core.scope import guarded

GetResponse = Callable[[HttpRequest], HttpResponse]
# What stands in an address instead of a password is not logged.
SECRET = re.compile(r"^(/feeds/[^/]*/|/notifications/mail/|/survey/).+")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = structlog.get_logger(__name__)


class RequestIdMiddleware:
    """The id that a proxy gave, or a new one: in every line of the request and of its tasks, and in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, identity = time.monotonic(), request_id(request.headers.get("X-Request-ID", ""))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        try:
            response = self.get_response(request)
            _bind_user(request)
            took = round((time.monotonic() - began) * 1000)
            log.info(
                "request", method=request.method, path=shown_path(request.path), status=response.status_code, ms=took
            )
        finally:
            structlog.contextvars.clear_contextvars()
        response.headers["X-Request-ID"] = identity
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """By now most pages know who asks; a line in the middle of the work shall tell it too."""
        _bind_user(request)


def shown_path(path: str) -> str:
    """The path as it may be kept: without a secret in it."""
    return SECRET.sub(r"\1…", path)


def request_id(given: str) -> str:
    """The given id if it is one: 8 to 64 letters, digits, dots, dashes, underscores. Else a new one."""
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def _bind_user(request: HttpRequest) -> None:
    """Bind the user's id if it is known already; asking for it would cost queries."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped") is empty:
        return
    if user is not None and user.pk is not None:
        structlog.contextvars.bind_contextvars(user_id=user.pk)


class UserLocaleMiddleware:
    """The language a user chose; before sign-in the browser's; else the organisation's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self._language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def _language(self, request: HttpRequest) -> str:
        if request.path_info.startswith("/api/"):
            # A program says in its header what it reads; asking the session or the organisation would cost queries.
            asked = request.headers.get("Accept-Language")
            return translation.get_language_from_request(request) if asked else settings.LANGUAGE_CODE
        return getattr(request.user, "language", "") or self._asked(request)

    def _asked(self, request: HttpRequest) -> str:
        if request.headers.get("Accept-Language"):
            return translation.get_language_from_request(request)
        return opening.ours().language


class ScopeMiddleware:
    """Unscoped reads of scoped models raise while a request is served."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with guarded():
            return self.get_response(request)


class AuditMiddleware(HistoryMiddleware):
    """Audit events of a request carry its user and path."""
