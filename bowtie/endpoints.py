"""What a load balancer or a monitor asks: is the process alive, can it serve, does the day run."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# Seconds that a silent broker may hold the answer up.
BROKER_PATIENCE = 1.0
# Missing migrations are looked for until they are there; nobody takes them back under a running server.
_seen_migrated: list[bool] = []


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers; asks nothing of anybody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has all migrations, else 503. A silent broker only degrades: our tables remember."""
    checks = {"database": _database(), "broker": _broker()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    ready = checks["database"] == checks["migrations"] == "ok"
    status = "ok" if ready and checks["broker"] == "ok" else "degraded" if ready else "unavailable"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    if not _seen_migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "missing"
        _seen_migrated.append(True)
    return "ok"


def _broker() -> str:
    asking = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE)
    try:
        asking.ping()
    except redis.RedisError:
        return "unreachable"
    finally:
        asking.close()
    return "ok"
