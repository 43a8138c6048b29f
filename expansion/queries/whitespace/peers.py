"""What customers of one kind buy: counts by segment, industry and size of the machine park. One query."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from expansion.queries.kept import kept
from expansion.queries.whitespace.bought import bought, statement
from expansion.rules.whitespace import MACHINE, Adoption, Peer, WhitespacePolicy

_COUNTS = """
WITH cells AS MATERIALIZED (
    SELECT holder, col, SUM(n) AS n, AVG(amount) AS amount FROM ({bought}) AS b(holder, col, n, amount)
    GROUP BY holder, col
), parks AS MATERIALIZED (
    SELECT c.holder, a.segment, a.industry,
           (SELECT count(*) FROM unnest(%s::int[]) AS step WHERE step <= c.machines) AS size
    FROM (
        SELECT holder, COALESCE(SUM(n) FILTER (WHERE col LIKE %s), 0) AS machines FROM cells GROUP BY holder
    ) c JOIN installed_base_account a ON a.id = c.holder
)
SELECT segment, industry, size, NULL AS col, count(*), NULL::numeric FROM parks GROUP BY segment, industry, size
UNION ALL
SELECT p.segment, p.industry, p.size, c.col, count(*), NULL FROM parks p JOIN cells c USING (holder)
GROUP BY p.segment, p.industry, p.size, c.col
UNION ALL
SELECT NULL, NULL, NULL, col, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)
FROM cells GROUP BY col
"""


def adoption(on: date, policy: WhitespacePolicy) -> Adoption:
    """Of all customers, whoever looks: shares say nothing of one of them. A cell usually brings the middle amount.

    Kept for some minutes: that is as old as a hint may be.
    """
    accounts: dict[Peer, int] = {}
    taken: dict[tuple[Peer, str], int] = {}
    typical: dict[str, Decimal] = {}
    for segment, industry, size, column, count, amount in kept("whitespace", on, policy, lambda: _counted(on, policy)):
        if segment is None:
            if amount is not None:
                typical[column] = Decimal(str(amount))
        elif column is None:
            accounts[Peer(segment, industry, size)] = count
        else:
            taken[Peer(segment, industry, size), column] = count
    return Adoption(accounts, taken, typical, policy)


def _counted(on: date, policy: WhitespacePolicy) -> list[tuple[Any, ...]]:
    sql, params = statement(bought(on, policy))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(bought=sql), [*params, sorted(policy.sizes), f"{MACHINE}%"])
        return cursor.fetchall()
