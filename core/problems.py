"""Problem details (RFC 9457) for every error the API answers with."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


class Refused(exceptions.APIException):
    """The thing stands in a way that forbids this; the sentence says why. Nothing was written."""

    status_code = HTTPStatus.CONFLICT


class Stale(exceptions.APIException):
    """Somebody changed it since it was read."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = _(
        "If-Match: this was changed since you read it. Read it again, look at what stands there now, and send the"
        " change with the new ETag."
    )


class MatchMissing(exceptions.APIException):
    """A change that does not say on which version it stands."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_detail = _("If-Match: send the ETag that came with what you read, so that nobody's change is overwritten.")


class KeyReused(exceptions.APIException):
    """One key, two requests."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = _(
        "Idempotency-Key: this key stands for another request. Repeat that request as it was, or take a new key."
    )


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
        errors = {name: list(_reasons(found)) for name, found in detail.items()}
        return body | {"detail": _first(errors), "errors": errors}
    if isinstance(detail, list):
        return body | {"detail": str(detail[0]), "errors": {"body": detail}}
    return body | {"detail": str(detail)}


def _reasons(found: Any) -> Iterator[str]:
    """Why a field is wrong, as flat sentences; those of an item of a list begin with its number."""
    if isinstance(found, dict):
        yield from (f"{name}: {reason}" for name, inner in found.items() for reason in _reasons(inner))
    elif isinstance(found, list):
        yield from (reason for inner in found for reason in _reasons(inner))
    else:
        yield str(found)


def _first(errors: dict[str, list[str]]) -> str:
    """One sentence for a person: the first error with the name of its place."""
    name, reasons = next(iter(errors.items()))
    return f"{name}: {reasons[0]}"
