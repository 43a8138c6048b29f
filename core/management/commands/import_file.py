"""manage.py import_file: a file of the outside world through a mapping into the base."""

import csv
import json
import sys
import time
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import clock
from core.importing.engine import Outcome, import_file
from core.importing.entities import kinds
from core.importing.problems import Problem, Refused
from core.models import User
from core.scope import System

_SHOWN = 20


def a_day(text: str) -> date:
    """A date as YYYY-MM-DD, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("%(text)s is no date; write YYYY-MM-DD") % {"text": text}) from None


class Command(BaseCommand):
    help = "Import a CSV or XLSX file through a mapping (docs/importing.md). Exit code 1 when a row was rejected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(kinds()), metavar="KIND", help=", ".join(sorted(kinds())))
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--mapping", type=Path, required=True, help="the TOML file that says what the columns mean")
        parser.add_argument("--on", type=a_day, help="the business date on which this became known (default: today)")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
        parser.add_argument("--atomic", action="store_true", help="write nothing while one row is bad")
        parser.add_argument("--report", type=Path, help="write line, column, value and reason of rejected rows as CSV")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")
        parser.add_argument("--by", metavar="USERNAME", help="import as this user, within what they may change")

    def handle(self, *args: Any, **options: Any) -> None:
        bar = _Bar(sys.stderr)
        try:
            outcome = import_file(
                kind=kinds()[options["kind"]],
                path=options["file"],
                mapping=options["mapping"],
                on=options["on"] or clock.today(),
                by=_actor(options["by"]),
                dry_run=options["dry_run"],
                atomic=options["atomic"],
                progress=bar.show,
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        finally:
            bar.close()
        if options["report"]:
            _write_report(options["report"], outcome.problems)
        self._tell(outcome, options)
        if outcome.rejected:
            sys.exit(1)

    def _tell(self, outcome: Outcome, options: dict[str, Any]) -> None:
        for warning in outcome.warnings:
            self.stderr.write(warning)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.as_json()))
            return
        for name, counts in {options["kind"]: outcome.as_json(), **_others(outcome, options["kind"])}.items():
            self.stdout.write(_line(name, counts))
        for problem in outcome.problems[:_SHOWN]:
            self.stderr.write(sentence(problem))
        if len(outcome.problems) > _SHOWN:
            left = len(outcome.problems) - _SHOWN
            self.stderr.write(_("... and %(left)s more; --report FILE writes all of them.") % {"left": left})
        if not outcome.written:
            self.stdout.write(_("Nothing was written."))


def _actor(username: str | None) -> User | System:
    if username is None:
        return System("import_file")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(_("There is no user %(name)s.") % {"name": username})
    return user


def _others(outcome: Outcome, kind: str) -> dict[str, dict[str, int]]:
    return {name: counts for name, counts in outcome.kinds.items() if name != kind}


def _line(name: str, counts: dict[str, int]) -> str:
    shown = ("read", "created", "updated", "unchanged", "rejected")
    return f"{name:<14}" + "  ".join(f"{word} {counts[word]:,}" for word in shown)


def sentence(problem: Problem) -> str:
    """A rejected row in one sentence that names the place."""
    where = _("Line %(line)s") % {"line": problem.line}
    column = f", {problem.column}" if problem.column else ""
    value = f" “{problem.value}”" if problem.value else ""
    return f"{where}{column}:{value} {problem.reason}."


def _write_report(path: Path, problems: list[Problem]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["line", "column", "value", "reason"])
            writer.writerows((p.line, p.column, p.value, p.reason) for p in problems)
    except OSError as error:
        raise CommandError(_("The report cannot be written: %(error)s.") % {"error": error}) from error


class _Bar:
    """A bar on a terminal; silence elsewhere."""

    _WIDTH = 30

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.shown_at = 0.0
        self.used = False

    def show(self, share: float, text: str) -> None:
        if not self.stream.isatty() or (share < 1 and time.monotonic() - self.shown_at < 0.1):
            return
        self.shown_at, self.used = time.monotonic(), True
        done = int(share * self._WIDTH)
        self.stream.write(f"\r{'█' * done}{'░' * (self._WIDTH - done)} {share:4.0%} {text:<10}")
        self.stream.flush()

    def close(self) -> None:
        if self.used:
            self.stream.write("\n")
