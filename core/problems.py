"""Problem details (RFC 9457) for every error the API answers with."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_details(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into `application/problem+json`; anything unknown is left to Django."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    detail = getattr(exc, "detail", "")
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(getattr(exc, "default_detail", response.status_text)),
        "status": response.status_code,
    }
    if isinstance(detail, str):
        body["detail"] = detail
    else:
        body["detail"] = str(getattr(exc, "default_detail", ""))
        body["errors"] = detail
    response.data = body
    response.content_type = "application/problem+json"
    return response
