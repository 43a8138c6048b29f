"""`manage.py snapshots`: store the figures of last night and of the month ends, as far as they are missing or stale."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core import clock
from core.metrics import Taken, take_snapshots


class Command(BaseCommand):
    help = "Store every metric of yesterday and of 24 month ends, for everything and each member of a dimension."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=a_day, metavar="DATE", help="as on this date; the clock's today without it")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        taken = take_snapshots(on=options["on"] or clock.today())
        self.stdout.write(json.dumps(taken.as_json()) if options["json"] else in_words(taken))


def a_day(text: str) -> date:
    """A date as YYYY-MM-DD; argparse turns the ValueError into a usage message and exit code 2."""
    return date.fromisoformat(text)


def in_words(taken: Taken) -> str:
    """The figures of a run for a person."""
    words = {"rows": taken.rows, "dates": len(taken.dates), "kept": taken.kept, "passes": taken.passes}
    if not taken.passes:
        return _("Nothing was missing or stale: %(kept)d passes stand as they are.") % words
    return _("%(rows)d figures of %(dates)d dates stored in %(passes)d passes; %(kept)d stood already.") % words
