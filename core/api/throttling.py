"""How much a program may write: a loop that has gone wild is slowed down, nobody else notices."""

from typing import Any

from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import SimpleRateThrottle

from core.models import ApiToken


class WriteThrottle(SimpleRateThrottle):
    """600 writes a minute for each token, or for each person at the pages. 429 says after how many seconds to go on.

    Counted in the cache: while that is away, writing goes on uncounted.
    """

    scope = "writes"
    rate = "600/min"

    def allow_request(self, request: Any, view: Any) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except RedisError:
            return True

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        if request.method in SAFE_METHODS:
            return None
        who = request.auth.pk if isinstance(request.auth, ApiToken) else f"user-{request.user.pk}"
        return f"api-writes-{who}"
