"""manage.py run_day: everything that happens because a date says so."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from bowtie.day import Refused, run_day
from playbooks.day import Report


class Command(BaseCommand):
    help = "Fire what is due: renewal milestones and age signals, for every business day since the last completed one."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=a_day, help="the business date to do; the clock's today if it is left out")
        parser.add_argument("--through", type=a_day, help="go on, day by day, to this date")
        parser.add_argument(
            "--audit", action="store_true", help="afterwards look at everything; 1 if anything was missed"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        on, through = options["on"], options["through"]
        if on and through and on > through:
            raise CommandError(_("--through lies before --on."), returncode=2)
        try:
            report = run_day(on=on, through=through, audit=options["audit"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else in_words(report))
        if report.found_by_audit:
            raise CommandError(
                _("The audit found %(n)d occurrences that had been missed.") % {"n": report.found_by_audit}
            )


def a_day(text: str) -> date:
    """A date as YYYY-MM-DD; argparse turns the ValueError into a usage message and exit code 2."""
    return date.fromisoformat(text)


def in_words(report: Report) -> str:
    """The figures of a run for a person."""
    figures = report.as_json()
    lines = [_("The day %(on)s is done (%(days)d days, %(examined)d subjects looked at).") % figures]
    lines += [f"  {rule}: {count}" for rule, count in figures["fired"].items()] or ["  " + _("Nothing was due.")]
    lines += [
        "  "
        + _("passed over: %(superseded)d, ended before we knew them: %(baseline)d, withdrawn: %(withdrawn)d") % figures,
        "  " + _("made: %(signals)d signals, %(plays)d plays, %(tasks)d tasks") % figures,
        "  " + _("cannot evaluate (no installation date): %(cannot_evaluate)d") % figures,
        "  " + _("health unknown before a renewal: %(gate_listed)d") % figures,
    ]
    lines += [f"  {entry['kind']} {entry['id']}: {entry['error']}" for entry in report.poison]
    return "\n".join(lines)
