"""`manage.py demo`: fill the demo company, or say who can sign in."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bowtie.demo import company
from bowtie.demo.people import PASSWORD, PEOPLE, SHOWN
from core.clock import today
from core.models import User
from installed_base.models import Account


class Command(BaseCommand):
    help = "Fill the demo company Voss Robotics as it stands on a date; an installation that holds data is left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, default=None, metavar="DATE", help="default: today")
        parser.add_argument("--tables", action="store_true", help="make the tables first")
        parser.add_argument("--without-figures", action="store_true", help="leave the figures to --figures")
        parser.add_argument("--figures", action="store_true", help="only store the figures that are missing")
        parser.add_argument("--who", action="store_true", help="only say who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or today()
        if options["tables"]:
            call_command("migrate", skip_checks=True, verbosity=0)
        if options["figures"]:
            company.keep_figures(on=on)
            return
        if not options["who"]:
            self._fill(on, figures=not options["without_figures"])
        self._introduce()

    def _fill(self, on: date, *, figures: bool) -> None:
        if User.objects.filter(username=SHOWN[0]).exists():
            self.stdout.write("Voss Robotics is here already; its data is kept.")
            return
        if Account.objects.exists():
            raise CommandError("This database holds accounts of its own. Fill the demo company into an empty one.")
        made = company.fill(on=on) if figures else company.work(on=on)
        counts = "{customers} customers, {machines} machines, {terms} contract terms, {deals} deals".format(**made)
        self.stdout.write(f"Voss Robotics on {on.isoformat()}: {counts}.")

    def _introduce(self) -> None:
        self.stdout.write(f"Sign in with one of these names and the password {PASSWORD}:")
        for person in (p for p in PEOPLE if p.username in SHOWN):
            self.stdout.write(f"  {person.username:10} {person.first_name} {person.last_name}, {person.role.label}")
