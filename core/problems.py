"""Problem details (RFC 9457) for every error the API answers with."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


def problem_details(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into `application/problem+json`; anything unknown is left to Django.

    `errors` names each wrong parameter or field with its reasons. What is out of scope and what is not there
    answer with one and the same body.
    """
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = _body(_as_api_exception(exc), response.status_code)
    response.content_type = MEDIA_TYPE
    return response


def _as_api_exception(exc: Exception) -> Any:
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    return exceptions.PermissionDenied() if isinstance(exc, PermissionDenied) else exc


def _body(exc: Any, status: int) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    detail = getattr(exc, "detail", "")
    if isinstance(detail, dict):
        return body | {"detail": _first(detail), "errors": detail}
    if isinstance(detail, list):
        return body | {"detail": str(detail[0]), "errors": {"non_field_errors": detail}}
    return body | {"detail": str(detail)}


def _first(errors: dict[str, Any]) -> str:
    """One sentence for a person: the first error with the name of its place."""
    name, reasons = next(iter(errors.items()))
    return f"{name}: {reasons[0] if isinstance(reasons, list) else reasons}"
