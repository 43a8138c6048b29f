"""Which machines the day looks at because they went live, and what it knows of them. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from core.calendar import add_months
from health.rules.adoption import AdoptionPolicy, GoLive, first_days, months_asked
from playbooks.library import ONBOARDING

# Machines that go live at one site on one day are one start: the one that carries its play leads, else the first.
_FACTS = """
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.went_live_on, COALESCE(lead.id, a.id), c.country, a.taken_out_on,
       a.standing = 'ours' AND COALESCE(p.counts_as_machine, true), f.maintenance_months, f.software_months
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
LEFT JOIN installed_base_productfamily f ON f.id = p.family_id
LEFT JOIN LATERAL (
    SELECT s.id FROM installed_base_asset s
    LEFT JOIN installed_base_product sp ON sp.id = s.product_id
    LEFT JOIN playbooks_play y ON y.playbook = %(book)s AND y.subject_kind = 'asset' AND y.subject_id = s.id
    WHERE s.account_id = a.account_id AND s.site_id IS NOT DISTINCT FROM a.site_id
      AND s.went_live_on = a.went_live_on AND s.standing = 'ours' AND COALESCE(sp.counts_as_machine, true)
      AND (s.taken_out_on IS NULL OR s.taken_out_on > %(on)s)
    ORDER BY y.id IS NULL, s.id LIMIT 1
) lead ON TRUE
ORDER BY a.id
"""


def golive_facts(ids: Sequence[int], on: date) -> list[GoLive]:
    """What is true of these machines on that day."""
    return [GoLive(*row) for row in _fetch(_FACTS, {"ids": list(ids), "on": on, "book": ONBOARDING})]


def touched_assets(touched: Mapping[str, Sequence[int]]) -> set[int]:
    return set(touched.get("asset", ()))


def all_golives() -> list[int]:
    return [r[0] for r in _fetch("SELECT id FROM installed_base_asset WHERE went_live_on IS NOT NULL ORDER BY id", {})]


def due_golives(policy: AdoptionPolicy, after: date | None, until: date) -> set[int]:
    """Machines of whose start something falls due in (after, until]; without `after`, those still followed then."""
    months = months_asked(policy)
    if after is None:
        windows = [(add_months(until, -max(months)), until)]
    else:
        windows = [(after - timedelta(days=n), until - timedelta(days=n)) for n in first_days(policy)]
        # From the 28th on three days wider, because the ends of months differ: the rule decides.
        slack = timedelta(days=3 if until.day >= 28 else 0)
        windows += [(add_months(after, -n), add_months(until, -n) + slack) for n in months]
    within = " OR ".join(["went_live_on BETWEEN %s AND %s"] * len(windows))
    rows = _fetch(f"SELECT id FROM installed_base_asset WHERE {within}", [day for pair in windows for day in pair])
    return {row[0] for row in rows}


def _fetch(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
