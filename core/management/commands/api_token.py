"""manage.py api_token USERNAME [--days N] [--name NAME] [--write]: make a token and print it, this once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import ApiToken, User

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "Make a token for the API and print it. It is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=365, help="how long it lasts (default 365)")
        parser.add_argument("--name", default="", help="what uses it")
        parser.add_argument("--write", action="store_true", help="it may also change what its user may change")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}.")
        if not user.is_active:
            raise CommandError(f"{user.username} is disabled; a token would not work.")
        if not 1 <= options["days"] <= LONGEST_DAYS:
            raise CommandError(f"--days is a number from 1 to {LONGEST_DAYS}.")
        scope = ApiToken.Scope.WRITE if options["write"] else ApiToken.Scope.READ
        lasts = timedelta(days=options["days"])
        _row, token = ApiToken.objects.create(user, lasts, name=options["name"][:80], scope=scope)
        self.stdout.write(token)
