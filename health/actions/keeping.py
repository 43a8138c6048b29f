"""Writing scores, spells and due days down, in sets and only where they differ from what stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from django.db import connection

from core.bulk import copy_rows
from health.rules.card import Total
from health.rules.spells import Course, Stretch


class Scored(NamedTuple):
    """A score that should be on record, with its readings as JSON and the version of the policy it was made by."""

    on: date
    total: Total
    kept: str
    hash: str
    version: int


class HasPast(Protocol):
    start: date
    rows: list[Any]
    spells: list[tuple[int, Stretch]]


_COLUMNS = (
    "account_id", "on", "score", "low", "high", "coverage", "tier", "may_be", "policy_version", "inputs_hash",
    "readings",
)  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_VALUES = ", ".join(f'EXCLUDED."{name}"' for name in _COLUMNS[2:])
_UPSERT = f"""
INSERT INTO health_score ({_NAMES}) SELECT {_NAMES} FROM score_new ORDER BY account_id, "on"
ON CONFLICT (account_id, "on") DO UPDATE SET ({", ".join(f'"{name}"' for name in _COLUMNS[2:])}) = ({_VALUES})
WHERE health_score.inputs_hash <> EXCLUDED.inputs_hash OR health_score.readings <> EXCLUDED.readings
RETURNING account_id
"""


def keep_scores(scored: Mapping[int, Sequence[Scored]], starts: Mapping[int, date], on: date) -> set[int]:
    """Make the scores from each account's start to `on` those given; the accounts for which something changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE IF NOT EXISTS score_new (account_id bigint, "on" date, score numeric(5, 2),'
            " low numeric(5, 2), high numeric(5, 2), coverage numeric(4, 3), tier text, may_be text,"
            " policy_version int, inputs_hash text, readings jsonb) ON COMMIT DELETE ROWS"
        )
        cursor.execute("DELETE FROM score_new")
        copy_rows("score_new", _COLUMNS, _score_rows(scored))
        cursor.execute(
            "DELETE FROM health_score s USING unnest(%s::bigint[], %s::date[]) AS w(id, start)"
            ' WHERE s.account_id = w.id AND s."on" BETWEEN w.start AND %s AND NOT EXISTS'
            ' (SELECT 1 FROM score_new n WHERE n.account_id = s.account_id AND n."on" = s."on") RETURNING account_id',
            [list(starts), list(starts.values()), on],
        )
        gone = {row[0] for row in cursor.fetchall()}
        cursor.execute(_UPSERT)
        return gone | {row[0] for row in cursor.fetchall()}


def _score_rows(scored: Mapping[int, Sequence[Scored]]) -> Iterator[tuple[Any, ...]]:
    for account, rows in scored.items():
        for on, total, kept, hash_, version in rows:
            yield (
                account, on, total.score, total.low, total.high, total.coverage, total.tier.value,
                total.may_be.value if total.may_be else "", version, hash_, kept,
            )  # fmt: skip


_SPELL = ("account_id", "tier", "came_from", "began_on", "ended_on", "score")


def keep_spells(courses: Mapping[int, tuple[HasPast, Course, Sequence[Scored]]]) -> set[int]:
    """Make the spells that reach into each account's stretch those of its course; the accounts that changed.

    A spell that only began on another day stays the same row: plays and alerts hang on it.
    """
    gone: list[int] = []
    moved: list[tuple[Any, ...]] = []
    fresh: list[tuple[Any, ...]] = []
    changed: set[int] = set()
    for account, (past, found, scored) in courses.items():
        lost, kept, new = _compare(past.spells, found.stretches)
        if lost or kept or new:
            changed.add(account)
            gone += lost
            moved += [(pk, *_spell(account, s, past, scored)) for pk, s in kept]
            fresh += [_spell(account, s, past, scored) for s in new]
    _write_spells(gone, moved, fresh)
    return changed


Kept = list[tuple[int, Stretch]]


def _compare(present: Kept, wanted: Sequence[Stretch]) -> tuple[list[int], Kept, list[Stretch]]:
    """Rows to take away, rows that say something else now, and new ones."""
    left = list(present)
    kept, fresh = [], []
    for stretch in wanted:
        match = next((p for p in left if p[1].began_on == stretch.began_on and p[1].tier is stretch.tier), None)
        match = match or next((p for p in left if p[1].tier is stretch.tier and _free(p[1], wanted)), None)
        if match is None:
            fresh.append(stretch)
        else:
            left.remove(match)
            if match[1] != stretch:
                kept.append((match[0], stretch))
    return [pk for pk, _ in left], kept, fresh


def _free(stretch: Stretch, wanted: Sequence[Stretch]) -> bool:
    """Whether no stretch that is wanted is this very one."""
    return all((w.began_on, w.tier) != (stretch.began_on, stretch.tier) for w in wanted)


def _spell(account: int, stretch: Stretch, past: HasPast, scored: Sequence[Scored]) -> tuple[Any, ...]:
    came_from = stretch.came_from.value if stretch.came_from else ""
    rows = [(row.on, row.score) for row in past.rows if row.on < past.start]
    rows += [(row.on, row.total.score) for row in scored]
    value = next((score for on, score in reversed(rows) if on <= stretch.began_on), None)
    return account, stretch.tier.value, came_from, stretch.began_on, stretch.ended_on, value


def _write_spells(gone: Sequence[int], moved: Sequence[tuple[Any, ...]], fresh: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if gone:
            cursor.execute("DELETE FROM health_spell WHERE id = ANY(%s)", [list(gone)])
        if moved:
            ids, _, tiers, came_from, began, ended, _ = (list(c) for c in zip(*moved, strict=True))
            cursor.execute(
                "UPDATE health_spell s SET tier = w.tier, came_from = w.came_from, began_on = w.began_on,"
                " ended_on = w.ended_on FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::date[])"
                " AS w(id, tier, came_from, began_on, ended_on) WHERE s.id = w.id",
                [ids, tiers, came_from, began, ended],
            )
    if fresh:
        copy_rows("health_spell", _SPELL, fresh)


def keep_due(due: Mapping[int, date | None]) -> None:
    """Note the next day of each account."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO health_scoredue (account_id, "on") SELECT * FROM unnest(%s::bigint[], %s::date[])'
            ' ON CONFLICT (account_id) DO UPDATE SET "on" = EXCLUDED."on"'
            ' WHERE health_scoredue."on" IS DISTINCT FROM EXCLUDED."on"',
            [list(due), list(due.values())],
        )
