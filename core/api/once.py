"""A request under a key is done once: whoever repeats it gets the first answer again (firing.md, I-keys).

The key is written in the transaction of the effect. Two at once: the second waits at the unique key until the first has
committed, then reads its answer; a server that is killed leaves neither key nor effect. A request that was refused
has done nothing, so its key is free again.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.rendering import as_json
from core.models import ApiToken, IdempotencyKey
from core.problems import KeyReused

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 200
KEPT = timedelta(hours=48)


def once(request: Request, do: Callable[[], Response]) -> Response:
    """Do it in one transaction; under a key that was used, answer as the first time. KeyReused: another request."""
    key = _key_of(request)
    with transaction.atomic():
        if not key:
            return do()
        pk = _claim(request, key)
        if pk is None:
            return _again(request, key)
        response = do()
        _keep(pk, response)
        return response


def forget_keys(*, at: datetime) -> int:
    """Delete what was answered more than two days ago; a key is honoured for at least 24 hours."""
    return IdempotencyKey.objects.filter(at__lt=at - KEPT).delete()[0]


def _key_of(request: Request) -> str:
    """The key of a POST; nothing where none was sent."""
    key = request.headers.get(HEADER, "") if request.method == "POST" else ""
    if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [_("Send at most 200 printable ASCII characters, a UUID for instance.")]})
    return key


def _whose(request: Request) -> dict[str, Any]:
    return {"user_id": request.user.pk, "token": request.auth.pk if isinstance(request.auth, ApiToken) else ""}


def _hash(request: Request) -> str:
    said = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS) if request.data else b""
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + said).hexdigest()


def _claim(request: Request, key: str) -> int | None:
    """Take the key; None where it was taken before, after waiting for whoever is taking it just now."""
    values = {**_whose(request), "key": key, "request_hash": _hash(request), "at": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencykey (user_id, token, key, request_hash, at, status, headers, body)"
            " VALUES (%(user_id)s, %(token)s, %(key)s, %(request_hash)s, %(at)s, 0, '{}', '')"
            " ON CONFLICT (user_id, token, key) DO NOTHING RETURNING id",
            values,
        )
        row = cursor.fetchone()
        return row[0] if row else None


def _keep(pk: int, response: Response) -> None:
    headers = {name: response.headers[name] for name in ("ETag", "Location") if name in response.headers}
    IdempotencyKey.objects.filter(pk=pk).update(
        status=response.status_code, headers=headers, body=as_json(response.data).decode()
    )


def _again(request: Request, key: str) -> Response:
    kept = IdempotencyKey.objects.get(key=key, **_whose(request))
    if kept.request_hash != _hash(request):
        raise KeyReused
    return Response(orjson.loads(kept.body), status=kept.status, headers={**kept.headers, REPLAYED: "true"})
