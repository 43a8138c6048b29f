"""What is counted over all customers for a hint or a comparison: kept for some minutes, so that no page counts anew."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection

SECONDS = 300


def kept(name: str, on: date, depends_on: Any, read: Callable[[], Any]) -> Any:
    """What `read` says of that day, at most five minutes old. Inside a transaction, which sees its own writes, anew."""
    if connection.in_atomic_block:
        return read()
    named = repr((connection.settings_dict["NAME"], on, depends_on))
    key = f"{name}:{sha256(named.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = read()
        cache.set(key, found, SECONDS)
    return found
