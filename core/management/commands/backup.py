"""`manage.py backup FOLDER`: a dump and its manifest."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.models.functions import Now

from core import backups, clock
from core.models import Job
from core.postgres import Unfit

KIND = "backup"


class Command(BaseCommand):
    help = (
        "Write a dump of the database and its manifest into a folder; `restore_check` proves that it can be restored."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        try:
            manifest = backups.take(folder, at=clock.now())
        except (backups.Failed, Unfit, OSError) as error:
            raise CommandError(str(error)) from error
        told = json.loads(manifest.read_text())
        rows = sum(table["rows"] for table in told["tables"].values())
        recorded = _record(told)
        self.stdout.write(f"{manifest}: {rows} rows in {len(told['tables'])} tables, {told['bytes']} bytes.{recorded}")


def _record(told: dict[str, Any]) -> str:
    """So that /readyz/jobs knows how old the last backup is. A replica cannot write that down."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        if cursor.fetchone()[0]:
            return " Taken from a replica, so it is not on record."
    result = {name: told[name] for name in ("dump", "bytes", "sha256")}
    Job.objects.create(kind=KIND, state=Job.State.DONE, started_at=Now(), finished_at=Now(), result=result)
    return ""
