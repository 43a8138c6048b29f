"""Replacement plays that work towards the end of a machine's life."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from core.calendar import add_months
from expansion.queries.candidates.source import fetch
from expansion.rules.replacing import ReplacementFacts
from playbooks.library import REPLACEMENT

_OPEN = f"""
SELECT id FROM playbooks_play
WHERE playbook = '{REPLACEMENT}' AND closed_on IS NULL AND anchor_on IS NOT NULL
"""
_FACTS = """
SELECT p.id, p.account_id, p.owner_id, p.opened_on, p.anchor_on, p.subject_kind, p.subject_id, p.value_reporting,
       c.country, p.closed_on IS NULL AND COALESCE(o.stage NOT IN ('won', 'lost'), TRUE),
       ARRAY(SELECT split_part(t.step, '@', 1) FROM playbooks_task t
             WHERE t.play_id = p.id AND t.step <> '' AND t.release_id IS NULL)
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN playbooks_play p ON p.id = wanted.id
JOIN installed_base_account c ON c.id = p.account_id
LEFT JOIN sales_opportunity o ON p.subject_kind = 'opportunity' AND o.id = p.subject_id
WHERE p.anchor_on IS NOT NULL
ORDER BY p.id
"""


def all_plays() -> list[int]:
    return sorted(row[0] for row in fetch(_OPEN, {}))


def due_plays(months: Iterable[int], after: date | None, until: date) -> set[int]:
    """Plays of which a milestone falls due in (after, until], so many months before their anchor.

    From the 28th on three days wider, because the ends of months differ: the rule decides, this finds candidates.
    """
    if after is None:
        return set(all_plays())
    slack = timedelta(days=3 if until.day >= 28 else 0)
    windows = [(add_months(after, m), add_months(until, m) + slack) for m in sorted(months)]
    within = " OR ".join(f"anchor_on BETWEEN %(after{n})s AND %(until{n})s" for n in range(len(windows))) or "FALSE"
    days = {
        f"{name}{n}": day for n, pair in enumerate(windows) for name, day in zip(("after", "until"), pair, strict=True)
    }
    return {row[0] for row in fetch(f"{_OPEN} AND ({within})", days)}


def replacement_facts(ids: Sequence[int], on: date) -> list[ReplacementFacts]:
    rows = ((*row[:-1], frozenset(row[-1])) for row in fetch(_FACTS, {"ids": list(ids)}))
    return [ReplacementFacts(*row) for row in rows]
