"""How often somebody may ask for what needs no session. Counted in the cache: while that is away, nobody is held up."""

from django.core.cache import cache
from redis.exceptions import RedisError


def within_limit(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one more of `what` by `who`; False from the first above `most` in so many seconds."""
    key = f"limit-{what}-{who}"
    try:
        if cache.add(key, 1, timeout=seconds):
            return most >= 1
        return bool(cache.incr(key) <= most)
    except RedisError:
        return True
    except ValueError:  # it ran out between the two
        return True
