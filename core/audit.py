"""One transaction with its who and why: every action runs inside `audited`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.db import transaction

from core.scope import System, unguarded


@contextmanager
def audited(*, by: Any, why: str) -> Iterator[None]:
    """Open one transaction whose audit events name the actor and the reason.

    `by` is a user or `System`; `why` names the action ("renewals.decide"). What the action reads is not guarded:
    its subject was checked where it came in.
    """
    who = {"system": by.reason} if isinstance(by, System) else {"user": getattr(by, "pk", None)}
    with unguarded(), transaction.atomic(), pghistory.context(**who, why=why):
        yield
