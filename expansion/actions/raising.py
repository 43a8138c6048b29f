"""Raising signals when a rule fires: one per firing, no task, no mail, one digest per owner and day."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from core.bulk import copy_rows
from expansion.rules import AssetFacts
from expansion.rules.episodes import Episode
from playbooks.triggers import Fired, Moment

_SIGNAL = (
    "firing_id", "kind", "account_id", "asset_id", "raised_on", "due_on", "value_reporting", "worth", "seen",
    "snoozed_reason", "decision", "reason", "closed_reason",
)  # fmt: skip
Tell = Callable[[Fired], tuple[str, Any, str, dict[str, Any], int | None]]


def raise_ages(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Signals of the age ladder: the rung is the kind."""
    return _raise(fired, moment, _of_age)


def raise_chances(kind: str) -> Callable[[Sequence[Fired], Moment], Counter[str]]:
    """Signals of one trigger, with what its episode says."""

    def raise_them(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
        return _raise(fired, moment, lambda row: _of_episode(kind, row))

    return raise_them


def _of_age(row: Fired) -> tuple[str, Any, str, dict[str, Any], int]:
    asset: AssetFacts = row.facts
    kind = row.occurrence.rung.milestone
    value = asset.estimate(kind)
    worth = "" if value is None else asset.worth(kind)
    return kind, value, worth, {"installed_on": str(asset.installed_on)}, asset.id


def _of_episode(kind: str, row: Fired) -> tuple[str, Any, str, dict[str, Any], int | None]:
    episode: Episode = row.occurrence.rung.about
    return kind, episode.value, episode.worth, episode.seen, episode.asset_id


def _raise(fired: Sequence[Fired], moment: Moment, tell: Tell) -> Counter[str]:
    copy_rows("expansion_signal", _SIGNAL, (_signal(row, tell(row), moment.on) for row in fired))
    _digest([(row.facts.owner_id, tell(row)[0]) for row in fired], moment)
    return Counter(signals=len(fired))


def _signal(row: Fired, said: tuple[str, Any, str, dict[str, Any], int | None], on: date) -> tuple[Any, ...]:
    kind, value, worth, seen, asset = said
    due_on = row.occurrence.rung.due_on
    return (
        row.firing_id, kind, row.facts.account_id, asset, on, due_on, value, worth, json.dumps(seen), "", "", "", ""
    )  # fmt: skip


def _digest(raised: Sequence[tuple[int, str]], moment: Moment) -> None:
    """Count the new signals into the owner's digest of the day; one that was sent already gets a second, per run."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for owner, kind in raised:
        counts[owner][kind] += 1
    key = f"signals.raised:{{}}:{moment.on.isoformat()}"
    sent = set(counts) - _count_in({key.format(owner): (owner, found) for owner, found in counts.items()})
    if sent:
        again = {f"{key.format(owner)}:{moment.job_id}": (owner, counts[owner]) for owner in sorted(sent)}
        _count_in(again)


def _count_in(digests: dict[str, tuple[int, Counter[str]]]) -> set[int]:
    """Add to these digests, or make them; answers the owners whose digest was still there to add to."""
    rows = sorted((key, f"owner:{owner}", json.dumps(found)) for key, (owner, found) in digests.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outbox (dedupe_key, kind, subject_kind, destination, payload, error, next_at)"
            " SELECT d.key, 'signals.raised', '', d.destination, d.payload::jsonb, '', now() + interval '10 minutes'"
            " FROM unnest(%s::text[], %s::text[], %s::text[]) AS d(key, destination, payload)"
            " ON CONFLICT (dedupe_key) DO UPDATE SET payload = ("
            "   SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, SUM(n::int) AS n FROM ("
            "     SELECT * FROM jsonb_each_text(core_outbox.payload)"
            "     UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.payload)) AS told(kind, n) GROUP BY kind) AS added)"
            " WHERE core_outbox.state = 'pending' AND core_outbox.leased_until IS NULL"
            " RETURNING destination",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return {int(row[0].removeprefix("owner:")) for row in cursor.fetchall()}
