"""Checks that need the database. `migrate`, the web server and the worker make them before they do anything."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connection, connections

from bowtie.safety import in_words

_POWERS = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
TOO_POWERFUL = (
    "the database role {role} is a superuser or passes row security: one hole in the application would be a hole in "
    "the server. Connect as an ordinary role that owns the database (docs/operations.md)."
)


@register(Tags.database)
def ordinary_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """In production the role must not be a superuser. A database that does not answer is no error here."""
    if not settings.PRODUCTION or not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(_POWERS)
            role, *powers = cursor.fetchone()
    except OperationalError:
        return []
    return [Error(TOO_POWERFUL.format(role=role), id="bowtie.E001")] if any(powers) else []


def refuse_powerful_role() -> None:
    """For a process that is about to serve; SystemExit with the sentence."""
    found = ordinary_role(databases=["default"])
    connections.close_all()
    if found:
        raise SystemExit(in_words([str(error.msg) for error in found]))
