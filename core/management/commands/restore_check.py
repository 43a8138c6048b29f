"""`manage.py restore_check MANIFEST`: restore a backup into a scratch database and compare it with its manifest."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import backups
from core.postgres import Unfit


class Command(BaseCommand):
    help = "Restore a backup into a scratch database beside ours, compare every table with the manifest, drop it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("manifest", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            differences = backups.prove(options["manifest"])
            told = json.loads(options["manifest"].read_text())
        except (backups.Failed, Unfit, OSError, ValueError, KeyError) as error:
            raise CommandError(str(error)) from error
        if differences:
            raise CommandError("\n".join(["The restored database differs:", *differences]))
        rows = sum(table["rows"] for table in told["tables"].values())
        took = time.monotonic() - began
        self.stdout.write(
            f"{told['dump']} restores in {took:.1f} s: {rows} rows in {len(told['tables'])} tables, all equal."
        )
        if told["version"] != backups.version():
            self.stdout.write(f"It was written by version {told['version']}: restore it with that version.")
