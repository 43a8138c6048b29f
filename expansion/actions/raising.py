"""Raising signals when an age rung fires, and closing them when their machine or its age no longer says so."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop as _

from core.bulk import copy_rows
from expansion.rules import KINDS, AssetFacts, ladder, stands
from playbooks.triggers import Fired, Moment

# Why a signal closed by itself. English; translated when shown.
GONE = _("The machine is no longer in service")
PASSED_OVER = _("The machine has reached the next age")
TOO_YOUNG = _("The installation date was corrected")

_SIGNAL = (
    "firing_id",
    "kind",
    "account_id",
    "asset_id",
    "raised_on",
    "due_on",
    "value_reporting",
    "snoozed_reason",
    "decision",
    "reason",
    "closed_reason",
)


def raise_signals(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One signal per firing, with its estimate; no task, no mail, one digest per owner and day."""
    copy_rows("expansion_signal", _SIGNAL, (_signal(row, moment.on) for row in fired))
    _digest(fired, moment)
    return Counter(signals=len(fired))


def _signal(row: Fired, on: date) -> tuple[Any, ...]:
    asset: AssetFacts = row.facts
    rung = row.occurrence.rung
    value = asset.estimate(rung.milestone)
    return (row.firing_id, rung.milestone, asset.account_id, asset.id, on, rung.due_on, value, "", "", "", "")


def _digest(fired: Sequence[Fired], moment: Moment) -> None:
    """Count the new signals into the owner's digest of the day; one that was sent already gets a second, per run."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in fired:
        counts[row.facts.owner_id][row.occurrence.rung.milestone] += 1
    key = f"signals.raised:{{}}:{moment.on.isoformat()}"
    sent = set(counts) - _count_in({key.format(owner): (owner, found) for owner, found in counts.items()})
    if sent:
        again = {f"{key.format(owner)}:{moment.job_id}": (owner, counts[owner]) for owner in sorted(sent)}
        _count_in(again)


def _count_in(digests: dict[str, tuple[int, Counter[str]]]) -> set[int]:
    """Add to these digests, or make them; answers the owners whose digest was still there to add to."""
    rows = sorted((key, f"owner:{owner}", json.dumps(found)) for key, (owner, found) in digests.items())
    merged = ", ".join(
        f"'{kind}', COALESCE((core_outbox.payload->>'{kind}')::int, 0)"
        f" + COALESCE((EXCLUDED.payload->>'{kind}')::int, 0)"
        for kind in KINDS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outbox (dedupe_key, kind, subject_kind, destination, payload, error, next_at)"
            " SELECT d.key, 'signals.raised', '', d.destination, d.payload::jsonb, '', now() + interval '10 minutes'"
            " FROM unnest(%s::text[], %s::text[], %s::text[]) AS d(key, destination, payload)"
            f" ON CONFLICT (dedupe_key) DO UPDATE SET payload = jsonb_build_object({merged})"
            " WHERE core_outbox.state = 'pending' AND core_outbox.leased_until IS NULL"
            " RETURNING destination",
            [list(column) for column in zip(*rows, strict=True)],
        )
        return {int(row[0].removeprefix("owner:")) for row in cursor.fetchall()}


def follow_assets(assets: Sequence[AssetFacts], moment: Moment) -> Counter[str]:
    """Close the open signals whose reason is gone, and open again those that closed because the machine had gone."""
    facts = {asset.id: asset for asset in assets}
    closing: dict[str, list[int]] = defaultdict(list)
    back: list[int] = []
    for pk, asset_id, kind, reason in _signals(list(facts)):
        asset = facts[asset_id]
        why = _why_closed(asset, kind, moment)
        if why and not reason:
            closing[why].append(pk)
        elif reason in (GONE, TOO_YOUNG) and not why:
            back.append(pk)
    _close(closing, moment.on)
    _open_again(back)
    return Counter(closed=sum(map(len, closing.values())))


def _why_closed(asset: AssetFacts, kind: str, moment: Moment) -> str:
    if not asset.in_service(moment.on):
        return GONE
    if stands(asset, kind, moment.policy, moment.on):
        return ""
    due = {rung.milestone: rung.due_on for rung in ladder(asset, moment.policy)}
    return TOO_YOUNG if kind not in due or due[kind] > moment.on else PASSED_OVER


def _signals(asset_ids: Sequence[int]) -> list[tuple[int, int, str, str]]:
    """Undecided signals of the age ladder, open or closed by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.asset_id, s.kind, s.closed_reason FROM unnest(%s::bigint[]) AS wanted(id)"
            " JOIN expansion_signal s ON s.asset_id = wanted.id AND s.kind = ANY(%s) AND s.decision = '' ORDER BY s.id",
            [list(asset_ids), list(KINDS)],
        )
        return cursor.fetchall()


def _close(closing: dict[str, list[int]], on: date) -> None:
    with connection.cursor() as cursor:
        for reason, ids in closing.items():
            cursor.execute(
                "UPDATE expansion_signal SET closed_on = %s, closed_reason = %s WHERE id = ANY(%s)", [on, reason, ids]
            )


def _open_again(ids: Sequence[int]) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE expansion_signal SET closed_on = NULL, closed_reason = '' WHERE id = ANY(%s)", [list(ids)]
            )
