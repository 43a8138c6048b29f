"""How a trigger finds its subjects: all of them, those behind what was touched, and what is known of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

# Touched subjects are looked at one by one up to here; of more only those that the rule may say something about.
MANY = 5000
# Prices are read in the reporting currency: as they stand, or at the last rate known on the day.
RATES = """rates AS (
    SELECT DISTINCT ON (currency) currency, rate FROM core_exchangerate WHERE "on" <= %(on)s
    ORDER BY currency, "on" DESC
), home AS (SELECT COALESCE((SELECT reporting_currency FROM core_organisation), 'EUR') AS currency)"""


def in_home(price: str, currency: str, rate: str = "r.rate") -> str:
    """A price in the reporting currency, in SQL; NULL where no rate is known."""
    return f"ROUND({price} * CASE WHEN {currency} IN ('', home.currency) THEN 1 ELSE {rate} END, 2)"


def fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def grouped(rows: Sequence[tuple[Any, ...]], make: Callable[..., Any]) -> dict[int, tuple[Any, ...]]:
    """Rows that begin with a subject's id, made into what they are and gathered by subject, in their order."""
    found: dict[int, list[Any]] = {}
    for subject, *rest in rows:
        found.setdefault(subject, []).append(make(*rest))
    return {subject: tuple(made) for subject, made in found.items()}


@dataclass(frozen=True)
class Source:
    """`everything` is SQL for the ids of all subjects the rule may say something about, `facts` reads them in sets.

    `touched` maps a kind of touched row to SQL for the subjects behind it, with the ids as `%(ids)s`. `also` adds, to
    what falls due by itself, SQL for subjects that a date alone brings up, in (`%(after)s`, `%(until)s`].
    """

    everything: str
    facts: Callable[[Sequence[int], date], list[Any]]
    touched: Mapping[str, str] = field(default_factory=dict)
    also: str = ""

    def all_ids(self) -> list[int]:
        return sorted(row[0] for row in fetch(self.everything, {}))

    def behind(self, touched: Mapping[str, Sequence[int]], rule: str) -> set[int]:
        """The subjects behind touched rows."""
        found: set[int] = set()
        for kind, sql in self.touched.items():
            if touched.get(kind):
                found |= {row[0] for row in fetch(sql, {"ids": list(touched[kind])})}
        return found & self._relevant(rule) if len(found) > MANY else found

    def _relevant(self, rule: str) -> set[int]:
        on_record = fetch("SELECT DISTINCT subject_id FROM playbooks_firing WHERE rule = %(rule)s", {"rule": rule})
        return {*self.all_ids(), *(row[0] for row in on_record)}

    def due(self, rule: str, after: date | None, until: date) -> set[int]:
        """Subjects of which time changes something until then; all of them without `after`."""
        if after is None:
            return set(self.all_ids())
        sql = 'SELECT subject_id FROM expansion_look WHERE rule = %(rule)s AND "on" <= %(until)s'
        sql += f" UNION {self.also}" if self.also else ""
        first_of_month = until.replace(day=1) > after
        values = {"rule": rule, "after": after, "until": until, "first_of_month": first_of_month}
        return {row[0] for row in fetch(sql, values)}
