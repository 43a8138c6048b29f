"""Writes of the foundations: touched subjects, jobs, messages, policies."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from core.audit import audited
from core.calendar import BEGINNING
from core.metrics import mark_policy
from core.models import Outbox, Policy, User
from core.models.people import Density, Theme
from core.policies import check_policy, known_at, to_json


def touch(kind: str, ids: Iterable[int], *, since: date, account_of: dict[int, int] | None = None) -> None:
    """Say that the facts of these subjects changed, from `since` on. Set-based, in the caller's transaction.

    The rooms above look at them at the next bell; touching twice before that counts once, from the earlier date.
    """
    chosen = list(ids)
    accounts = [(account_of or {}).get(i) for i in chosen]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_touched (kind, subject_id, account_id, since, revision)"
            " SELECT %s, t.id, t.account, %s, 1 FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, account)"
            f" ORDER BY t.id {_ONCE}",
            [kind, since, chosen, accounts],
        )


def touch_found(kind: str, found: str, *, on: date) -> dict[int, int]:
    """Touch what SQL of ours finds, as (id, account, since), from the earliest `since` of all, or `on`.

    Answers how many of each account. Nothing passes through this process: an import touches a million at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found(id, account, since) AS MATERIALIZED ({found}),"
            " told AS (INSERT INTO core_touched (kind, subject_id, account_id, since, revision)"
            " SELECT %s, f.id, f.account, LEAST((SELECT min(since) FROM found), %s), 1 FROM found f"
            f" ORDER BY f.id {_ONCE})"
            " SELECT account, count(*) FROM found GROUP BY account",
            [kind, on],
        )
        return dict(cursor.fetchall())


_ONCE = """ON CONFLICT (kind, subject_id) DO UPDATE SET since = LEAST(core_touched.since, EXCLUDED.since),
    account_id = COALESCE(EXCLUDED.account_id, core_touched.account_id), revision = core_touched.revision + 1,
    touched_at = statement_timestamp()"""


def post(messages: Iterable[Outbox]) -> None:
    """Put messages into the outbox, in the caller's transaction; a known dedupe key is left alone."""
    Outbox.objects.bulk_create(messages, ignore_conflicts=True, batch_size=2000)


def publish_policy(*, values: Any, valid_from: date, by: User) -> Policy:
    """Publish the next version of a policy, from a day later than the last one's.

    Version 1, the defaults, is written down first, so that history shows what counted before. Stored figures that it
    decides are stale from its first day. Raises PolicyRefused where its own rules find it wrong, ValueError for a day
    that is not later.
    """
    check_policy(values)
    name = values.policy_name
    with audited(by=by, why="core.publish_policy"):
        last = Policy.objects.filter(name=name).order_by("-version").first()
        if last is None:
            last = Policy.objects.create(name=name, version=1, valid_from=BEGINNING, values=to_json(type(values)()))
        if valid_from <= last.valid_from:
            raise ValueError(f"Version {last.version} of {name} counts from {last.valid_from}; choose a later day.")
        mark_policy(name, valid_from)
        known_at("")
        return Policy.objects.create(
            name=name, version=last.version + 1, valid_from=valid_from, values=to_json(values), published_by=by
        )


def change_preferences(*, user: User, language: str = "", theme: str = "", density: str = "") -> None:
    """Keep what a person chose for themselves; empty leaves as it is. ValueError for what is not on offer."""
    offered = {"language": dict(settings.LANGUAGES), "theme": dict(Theme.choices), "density": dict(Density.choices)}
    wanted = {k: v for k, v in (("language", language), ("theme", theme), ("density", density)) if v}
    for field, value in wanted.items():
        if value not in offered[field]:
            raise ValueError(f"There is no {field} {value!r}.")
        setattr(user, field, value)
    if wanted:
        with audited(by=user, why="core.change_preferences"):
            user.save(update_fields=list(wanted))
