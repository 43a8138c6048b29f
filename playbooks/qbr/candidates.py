"""Which accounts and meetings the day looks at, and what it knows of them. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from installed_base.metrics.service import day_begins
from installed_base.models import Account, Asset, Term
from installed_base.models.assets import ON_ORDER
from playbooks.qbr.rules import MeetingFacts, QbrPolicy, due_slot

# Accounts without a meeting ahead; one that passed without being held does not stop the next. The anchor is that of
# their last meeting; before the first, the start of their first contract, else the first sign of a machine, else the
# day we learned of them.
_FIRST = f"""
    (SELECT min(t.starts_on) FROM installed_base_contract c JOIN installed_base_term t ON t.contract_id = c.id
     WHERE c.account_id = a.id),
    (SELECT min(m.first_evidence_on) FROM installed_base_asset m
     WHERE m.account_id = a.id AND m.first_evidence_on <> DATE '{ON_ORDER}'), a.known_on
"""
_WITHOUT = f"""
SELECT a.id, a.segment, a.owner_id, a.country, last.slot_on, COALESCE(last.anchor_on, {_FIRST})
FROM installed_base_account a LEFT JOIN LATERAL (
    SELECT q.slot_on, q.anchor_on FROM playbooks_qbr q WHERE q.account_id = a.id ORDER BY q.slot_on DESC LIMIT 1
) last ON TRUE
WHERE a.merged_into_id IS NULL AND a.known_on <= %(on)s AND (%(ids)s IS NULL OR a.id = ANY(%(ids)s::bigint[]))
  AND NOT EXISTS (SELECT FROM playbooks_qbr q WHERE q.account_id = a.id AND q.held_at IS NULL
                  AND q.cancelled_on IS NULL AND q.planned_on >= %(on)s)
ORDER BY a.id
"""

_FACTS = """
SELECT q.id, q.account_id, q.known_on, q.owner_id, a.owner_id, q.owner_chosen, a.country, q.first_planned_on,
       q.planned_on, q.cancelled_on IS NOT NULL, (q.held_at AT TIME ZONE %(zone)s)::date,
       CASE WHEN q.summary_sent_at IS NULL THEN (q.summary_due_at AT TIME ZONE %(zone)s)::date + 1 END,
       q.summary_due_at
FROM unnest(%(ids)s::bigint[]) AS wanted(id) JOIN playbooks_qbr q ON q.id = wanted.id
JOIN installed_base_account a ON a.id = q.account_id ORDER BY q.id
"""


_ANCHOR = f"SELECT COALESCE({_FIRST}) FROM installed_base_account a WHERE a.id = %(id)s"


class Wanted(NamedTuple):
    """A meeting that has to stand in the plan."""

    account_id: int
    owner_id: int
    country: str
    anchor_on: date
    slot_on: date


def wanted(policy: QbrPolicy, on: date, ids: Sequence[int] | None = None) -> list[Wanted]:
    """The meetings that the rhythm asks for on a day and that stand nowhere yet; of these accounts, or of all."""
    found = []
    for pk, segment, owner, country, last, anchor in _rows(_WITHOUT, {"on": on, "ids": ids and list(ids)}):
        slot = due_slot(anchor, policy.months_of(segment), last, policy, on)
        if slot:
            found.append(Wanted(pk, owner, country, anchor, slot))
    return found


def anchor_of(account: int) -> date:
    """From where the rhythm of an account that never had a meeting counts."""
    found: date = _rows(_ANCHOR, {"id": account})[0][0]
    return found


def in_base(accounts: Sequence[int], on: date) -> set[int]:
    """Those of these accounts that have a contract in force or a machine in service. Two queries."""
    terms = Term.objects.in_force(on).filter(contract__account__in=accounts)
    machines = Asset.objects.in_service(on).filter(account__in=accounts)
    return {*terms.values_list("contract__account_id", flat=True), *machines.values_list("account_id", flat=True)}


def due_accounts(policy: QbrPolicy, after: date | None, until: date) -> list[int]:
    """Accounts whose next meeting has to stand in the plan. What stands there says what is done, so `after` is not
    asked."""
    return [row.account_id for row in wanted(policy, until)]


def touched_accounts(touched: Mapping[str, Sequence[int]]) -> Sequence[int]:
    return touched.get("account", ())


def all_accounts() -> list[int]:
    return list(Account._base_manager.filter(merged_into__isnull=True).order_by("pk").values_list("pk", flat=True))


def due_meetings(policy: QbrPolicy, after: date | None, until: date) -> set[int]:
    """Meetings ahead within the days of the policy, and those whose summary is late. By index, without `after`."""
    ahead = until + timedelta(days=max(policy.plan_days, policy.agenda_days))
    sql = (
        "SELECT id FROM playbooks_qbr WHERE held_at IS NULL AND cancelled_on IS NULL"
        " AND LEAST(first_planned_on, planned_on) <= %(ahead)s"
        " UNION SELECT id FROM playbooks_qbr WHERE held_at IS NOT NULL AND summary_sent_at IS NULL"
        " AND summary_due_at < %(begins)s"
    )
    return {row[0] for row in _rows(sql, {"ahead": ahead, "begins": day_begins(until)})}


def touched_meetings(touched: Mapping[str, Sequence[int]]) -> Sequence[int]:
    return touched.get("qbr", ())


def all_meetings() -> list[int]:
    return [row[0] for row in _rows("SELECT id FROM playbooks_qbr ORDER BY id", {})]


def meeting_facts(ids: Sequence[int], on: date) -> list[MeetingFacts]:
    """What is true of these meetings. One query."""
    rows = _rows(_FACTS, {"ids": list(ids), "zone": settings.ORGANISATION_TIME_ZONE})
    return [MeetingFacts(*row) for row in rows]


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
