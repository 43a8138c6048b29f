"""What a load balancer or a monitor asks: is the process alive, can it serve, does the day run."""

from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Case, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bowtie.day import LARGEST_SKEW_SECONDS, clock_skew
from core.models import Job, Outbox

# Seconds that a silent broker may hold the answer up.
BROKER_PATIENCE = 1.0
# How old the last good day, and the oldest unsent message, may be.
DAY = "run_day"
DAY_PATIENCE = timedelta(minutes=60)
BACKUP, BACKUP_PATIENCE = "backup", timedelta(hours=26)
OUTBOX_PATIENCE = timedelta(minutes=15)
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
    """200 when the database answers and has all migrations, else 503; a silent broker only degrades."""
    checks = {"database": _database(), "broker": _broker()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    ready = checks["database"] == checks["migrations"] == "ok"
    status = "ok" if ready and checks["broker"] == "ok" else "degraded" if ready else "unavailable"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


@never_cache
@require_safe
def jobs(request: HttpRequest) -> JsonResponse:
    """200 when the day runs and messages leave; 503 and the reasons otherwise. For a monitor, not a balancer."""
    troubles = _late_day() + _late_outbox() + _skewed_clock() + _late_backup()
    troubles += ["paused by BOWTIE_PAUSED"] * settings.PAUSED
    return JsonResponse(
        {"status": "failing" if troubles else "ok", "troubles": troubles}, status=503 if troubles else 200
    )


# The database wrote the moments below, so its own clock measures their age, also where a test clock is set.


def _late_day() -> list[str]:
    late = Case(When(finished_at__lt=Now() - DAY_PATIENCE, then=True), default=False)
    good = Job.objects.filter(kind=DAY, state=Job.State.DONE, finished_at__isnull=False)
    last = good.annotate(late=late).order_by("-finished_at").values("finished_at", "late", "found_by_audit").first()
    if last is None or last["finished_at"] is None:
        return ["the day has never run"]
    too_old = [f"the last good day ended at {last['finished_at'].isoformat(timespec='seconds')}"] * last["late"]
    return too_old + [f"the audit found {last['found_by_audit']} missed firings"] * bool(last["found_by_audit"])


def _late_outbox() -> list[str]:
    pending = Outbox.objects.filter(state=Outbox.State.PENDING, recorded_at__lt=Now() - OUTBOX_PATIENCE)
    dead = Outbox.objects.filter(state=Outbox.State.DEAD).count()
    waiting = pending.count()
    return [f"{waiting} messages wait longer than 15 minutes"] * bool(waiting) + [f"{dead} messages are dead"] * bool(
        dead
    )


def _skewed_clock() -> list[str]:
    seconds = clock_skew()
    return [f"the clock differs from the database's by {seconds:.0f} seconds"] * (seconds > LARGEST_SKEW_SECONDS)


def _late_backup() -> list[str]:
    """Only where `manage.py backup` is in use: others back the server up as a whole."""
    done = Job.objects.filter(kind=BACKUP, state=Job.State.DONE)
    late = done.exists() and not done.filter(finished_at__gte=Now() - BACKUP_PATIENCE).exists()
    return ["the last backup is older than 26 hours"] * late


QUESTIONS = {"/livez": livez, "/readyz": readyz, "/readyz/jobs": jobs}


class HealthMiddleware:
    """Answers health questions before anything else: sessions and languages ask a database that may be away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = QUESTIONS.get(request.path_info)
        return answer(request) if answer else self.get_response(request)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
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
    asking = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE
    )
    try:
        asking.ping()
    except redis.RedisError:
        return "unreachable"
    finally:
        asking.close()
    return "ok"
