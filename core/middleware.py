"""Per request: the reader's language, the scope guard, and who is behind an audit event."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from pghistory.middleware import HistoryMiddleware

from core import opening
from core.scope import guarded

GetResponse = Callable[[HttpRequest], HttpResponse]


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
