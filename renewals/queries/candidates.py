"""Which terms the day looks at, and what it knows of them. All set-based."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from core.policies import policy_on
from health.rules import Gate, Tier, gate
from renewals.queries.owners import people
from renewals.rules import (
    MilestonePolicy,
    TermFacts,
    anchor_windows,
    anniversary_days,
    gate_lists,
)
from renewals.rules.owners import OwnerPolicy, People, owner_of

Tiers = Callable[[Iterable[int], date], dict[int, Tier]]

# The touched kinds that concern a term, and how its terms are found from them.
_TOUCHED = {
    # With those before it: a next term that arrives decides the one it follows.
    "term": "SELECT t.id FROM installed_base_term w JOIN installed_base_term t ON t.contract_id = w.contract_id"
    " WHERE w.id = ANY(%(ids)s)"
    " UNION SELECT x.term_id FROM installed_base_termsuccession x WHERE x.successor_id = ANY(%(ids)s)",
    "contract": "SELECT id FROM installed_base_term WHERE contract_id = ANY(%(ids)s)",
    "account": "SELECT t.id FROM installed_base_term t JOIN installed_base_contract c ON c.id = t.contract_id"
    " WHERE c.account_id = ANY(%(ids)s)",
}
_MONTH_DAY = "(EXTRACT(MONTH FROM {0}) * 100 + EXTRACT(DAY FROM {0}))"

_FACTS = """
SELECT c.owner_id, a.owner_id, t.id, c.account_id, t.number, t.starts_on, t.ends_on, t.notice_months,
       t.notice_days, t.tacit_months, t.known_on, t.signed_on IS NULL AND t.source = '', t.notice_received_on,
       t.terminated_on, LEAST(s.starts_on, n.starts_on), t.annual_value_reporting, c.kind, a.segment, a.country
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_term t ON t.id = wanted.id
JOIN installed_base_contract c ON c.id = t.contract_id
JOIN installed_base_account a ON a.id = c.account_id
LEFT JOIN (
    SELECT x.term_id, MIN(y.starts_on) AS starts_on
    FROM unnest(%(ids)s::bigint[]) AS wanted(id)
    JOIN installed_base_termsuccession x ON x.term_id = wanted.id
    JOIN installed_base_term y ON y.id = x.successor_id
    WHERE y.known_on <= %(on)s AND NOT (y.signed_on IS NULL AND y.source = '')
    GROUP BY x.term_id
) s ON s.term_id = t.id
LEFT JOIN installed_base_term n ON n.contract_id = t.contract_id AND n.number = t.number + 1
     AND n.starts_on > t.starts_on AND n.known_on <= %(on)s AND NOT (n.signed_on IS NULL AND n.source = '')
ORDER BY t.id
"""


def term_facts(ids: Sequence[int], on: date, tiers: Tiers) -> list[TermFacts]:
    """What is true of these terms on that day, with the tier of their accounts and the reviews people have closed.

    A successor is a signed term that renews or replaces this one, or the next term of the same contract.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": list(ids), "on": on})
        rows = cursor.fetchall()
    tier_of = tiers({row[3] for row in rows}, on)
    decided = _decided(ids)
    owners, who = policy_on(OwnerPolicy, on).values, people()
    return [
        _facts(row, owners, who, tier_of.get(row[3], Tier.UNKNOWN), decided.get(row[2], frozenset())) for row in rows
    ]


def _facts(row: tuple[Any, ...], owners: OwnerPolicy, who: People, tier: Tier, decided: frozenset[int]) -> TermFacts:
    of_contract, of_account, pk, account, *others = row
    segment = row[-2]
    owner = owner_of(of_contract, of_account, owners.of(segment), who)
    values: tuple[Any, ...] = (pk, account, owner, *others, tier, decided)
    return TermFacts(*values)


def _decided(ids: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (SELECT term_id, review"
            " FROM renewals_renewal WHERE term_id = wanted.id AND decided_by_id IS NOT NULL OFFSET 0) r",
            [list(ids)],
        )
        for term, review in cursor.fetchall():
            found.setdefault(term, set()).add(review)
    return {term: frozenset(reviews) for term, reviews in found.items()}


def touched_terms(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """The terms behind what was touched: themselves with their neighbours, their contracts, their accounts."""
    found: set[int] = set()
    for kind, sql in _TOUCHED.items():
        if touched.get(kind):
            found |= _ids(sql, {"ids": list(touched[kind])})
    return found


def all_terms() -> list[int]:
    return sorted(_ids("SELECT id FROM installed_base_term", []))


def due_terms(policy: MilestonePolicy, after: date | None, until: date) -> set[int]:
    """Terms of which something falls due in (after, until]; without `after`, ever until then."""
    if after is None:
        horizon = until + timedelta(days=policy.horizon)
        return _ids(
            "SELECT id FROM installed_base_term WHERE ends_on <= %s OR ends_on IS NULL OR tacit_months IS NOT NULL",
            [horizon],
        )
    windows = anchor_windows(policy, after, until)
    return _ending_in(windows) | _recurring_in(windows)


def _ending_in(windows: Sequence[tuple[date, date]]) -> set[int]:
    """By index on `ends_on`."""
    within = " OR ".join(["ends_on BETWEEN %s AND %s"] * len(windows))
    return _ids(f"SELECT id FROM installed_base_term WHERE {within}", [day for pair in windows for day in pair])


def _recurring_in(windows: Sequence[tuple[date, date]]) -> set[int]:
    """Terms that go on, by the month and day on which they come round: by index on that expression."""
    rhythms = _rhythms()
    found: set[int] = set()
    yearly = {key[2:] for key in rhythms if key[0] == "open"}
    if yearly:
        found |= _on_days("starts_on", "ends_on IS NULL", anniversary_days(windows, yearly))
    tacit = {key[2:] for key in rhythms if key[0] == "tacit" and key[1] % 12 == 0}
    if tacit:
        found |= _on_days("ends_on", "tacit_months IS NOT NULL", anniversary_days(windows, tacit))
    others = [key[1] for key in rhythms if key[0] == "tacit" and key[1] % 12]
    if others:
        found |= _ids("SELECT id FROM installed_base_term WHERE tacit_months = ANY(%s)", [sorted(set(others))])
    return found


def _on_days(column: str, where: str, days: set[int]) -> set[int]:
    expression = _MONTH_DAY.format(column)
    sql = f"SELECT id FROM installed_base_term WHERE {where} AND {expression} = ANY(%s::numeric[])"
    return _ids(sql, [sorted(days)])


def _rhythms() -> set[tuple[Any, ...]]:
    """The few different notices and lengths of terms that go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT 'open', 12, notice_months, notice_days FROM installed_base_term WHERE ends_on IS NULL"
            " UNION SELECT DISTINCT 'tacit', tacit_months::int, notice_months, notice_days FROM installed_base_term"
            " WHERE tacit_months > 0 AND ends_on IS NOT NULL"
        )
        return set(cursor.fetchall())


def gate_list(policy: MilestonePolicy, on: date, tiers: Tiers) -> list[TermFacts]:
    """Terms between gate and first milestone whose account's health nobody knows (CT-32): listed, never opened."""
    window = [(on, on + timedelta(days=policy.horizon))]
    ids = _that_the_gate_lists(_ending_in(window) | _recurring_in(window), on, tiers)
    return [term for term in term_facts(ids, on, tiers) if gate_lists(term, policy, on)]


def _that_the_gate_lists(ids: Iterable[int], on: date, tiers: Tiers) -> list[int]:
    """Of these terms those with a tier that is listed: few, so that only their facts are read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, c.account_id FROM unnest(%s::bigint[]) AS wanted(id) JOIN installed_base_term t"
            " ON t.id = wanted.id JOIN installed_base_contract c ON c.id = t.contract_id",
            [list(ids)],
        )
        account_of = dict(cursor.fetchall())
    tier_of = tiers(set(account_of.values()), on)
    listed = {account for account, tier in tier_of.items() if gate(tier) is Gate.LISTS}
    return sorted(term for term, account in account_of.items() if account in listed)


def _ids(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()}
