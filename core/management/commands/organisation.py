"""manage.py organisation: who we are, and the currency in which every sum is reported."""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.audit import audited
from core.importing.engine import has_amounts
from core.models import Organisation
from core.scope import System


class Command(BaseCommand):
    help = "Show or set name, reporting currency, country and language of the organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name")
        parser.add_argument("--currency", help="ISO code of the reporting currency; fixed once amounts are recorded")
        parser.add_argument("--country", help="ISO code, two letters; its holidays count")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES])

    def handle(self, *args: Any, **options: Any) -> None:
        ours = Organisation.objects.ours()
        chosen = {
            "name": options["name"],
            "reporting_currency": _code(options["currency"], 3),
            "country": _code(options["country"], 2),
            "language": options["language"],
        }
        changed = {name: value for name, value in chosen.items() if value and getattr(ours, name) != value}
        if "reporting_currency" in changed and has_amounts():
            raise CommandError(
                _("Amounts are recorded in %(ours)s; the reporting currency can no longer change.")
                % {"ours": ours.reporting_currency}
            )
        if changed:
            with audited(by=System("organisation"), why="core.organisation"):
                for name, value in changed.items():
                    setattr(ours, name, value)
                ours.save()
        self.stdout.write(f"{ours.name}, {ours.reporting_currency}, {ours.country}, {ours.language}")


def _code(text: str | None, length: int) -> str | None:
    if text is not None and not re.fullmatch(rf"[A-Za-z]{{{length}}}", text):
        raise CommandError(_("%(text)s is no code of %(length)s letters.") % {"text": text, "length": length})
    return text.upper() if text else None
