"""What was lost: renewals that did not come, and customers that stopped, from the facts of the installed base."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from health.rules.backtest import CUSTOMER, RENEWAL, Loss
from installed_base.models.contracts import NOT_A_LOSS

# So many days after its end a term without a reason may still be renewed.
GRACE = 90
# A term nobody renewed, on the day that was plain: it ended, was ended, or they gave notice. A source that never says
# what followed says nothing of a loss, unless somebody wrote down a reason.
_RENEWALS = """
SELECT c.account_id, lost.lost_on, t.annual_value_reporting, t.id
FROM installed_base_term t
JOIN installed_base_contract c ON c.id = t.contract_id
CROSS JOIN LATERAL (
    SELECT LEAST(
        t.terminated_on, t.notice_received_on, CASE WHEN COALESCE(t.tacit_months, 0) = 0 THEN t.ends_on END
    ) AS lost_on
) lost
WHERE c.account_id = ANY(%(ids)s) AND lost.lost_on > %(after)s AND lost.lost_on <= %(until)s
  AND LEAST(t.terminated_on, t.ends_on) <= %(until)s
  AND (t.end_reason <> '' OR LEAST(t.terminated_on, t.ends_on) + %(grace)s <= %(until)s)
  AND NOT (t.end_reason = ANY(%(meant)s))
  AND (t.signed_on IS NOT NULL OR t.source <> '')
  AND (t.end_reason <> '' OR t.source IN (
      SELECT n.source FROM installed_base_term n WHERE n.number > 1
      UNION SELECT n.source FROM installed_base_termsuccession s JOIN installed_base_term n ON n.id = s.successor_id
  ))
  AND NOT EXISTS (SELECT 1 FROM installed_base_termsuccession s WHERE s.term_id = t.id)
  AND NOT EXISTS (SELECT 1 FROM installed_base_term n WHERE n.contract_id = t.contract_id AND n.number > t.number)
ORDER BY lost.lost_on, t.id
"""
# A customer whose last contract has ended and who bought nothing for a year since: lost on the last day of either.
_CUSTOMERS = """
SELECT a.id, GREATEST(paid.last_on, held.last_on) AS lost_on, paid.year
FROM installed_base_account a
CROSS JOIN LATERAL (
    SELECT MAX(l."on") AS last_on, SUM(l.amount_reporting) FILTER (WHERE l."on" > last."on" - 365) AS year
    FROM installed_base_ledgerentry l
    CROSS JOIN LATERAL (
        SELECT MAX(x."on") AS "on" FROM installed_base_ledgerentry x
        WHERE x.account_id = a.id AND x.state = 'posted' AND x.amount_reporting > 0 AND x."on" <= %(until)s
    ) last
    WHERE l.account_id = a.id AND l.state = 'posted' AND l.amount_reporting > 0 AND l."on" <= %(until)s
) paid
CROSS JOIN LATERAL (
    SELECT MAX(COALESCE(LEAST(t.terminated_on - 1, t.ends_on), 'infinity')) FILTER (WHERE t.starts_on <= %(until)s)
               AS last_on,
           bool_or(t.tacit_months > 0 AND t.terminated_on IS NULL AND t.notice_received_on IS NULL) AS goes_on
    FROM installed_base_term t JOIN installed_base_contract c ON c.id = t.contract_id
    WHERE c.account_id = a.id AND (t.signed_on IS NOT NULL OR t.source <> '')
) held
WHERE a.id = ANY(%(ids)s) AND a.merged_into_id IS NULL AND held.goes_on IS NOT TRUE
  AND GREATEST(paid.last_on, held.last_on) > %(after)s
  AND GREATEST(paid.last_on + 365, held.last_on) <= %(until)s AND paid.last_on IS NOT NULL
ORDER BY 2, 1
"""


def losses(ids: Sequence[int], after: date, until: date) -> list[Loss]:
    """Renewals and customers of these accounts that were lost after one day and up to another."""
    params = {
        "ids": list(ids),
        "after": after,
        "until": until,
        "meant": [str(r.value) for r in NOT_A_LOSS],
        "grace": GRACE,
    }
    found = [Loss(account, RENEWAL, on, value, term) for account, on, value, term in _fetch(_RENEWALS, params)]
    found += [Loss(account, CUSTOMER, on, value) for account, on, value in _fetch(_CUSTOMERS, params)]
    return found


_FIRST = """
SELECT MIN(first) FROM (
    SELECT MIN({day}) AS first FROM installed_base_ticket WHERE account_id = ANY(%(ids)s)
    UNION ALL SELECT MIN({day}) FROM installed_base_contactmoment WHERE account_id = ANY(%(ids)s)
    UNION ALL SELECT MIN({day}) FROM installed_base_ledgerentry WHERE account_id = ANY(%(ids)s)
    UNION ALL SELECT MIN({day}) FROM health_surveyanswer WHERE account_id = ANY(%(ids)s)
) fact
"""


def facts_known_from(ids: Sequence[int]) -> date | None:
    """Since when anything is known of these accounts: what happened before that day was told afterwards."""
    found: date | None = _fetch(_FIRST.format(day="known_on"), {"ids": list(ids)})[0][0]
    return found


def _fetch(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
