"""Which people the day looks at for surveys, and what it knows of them. All set-based."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from core.policies import policy_on
from health.rules.asking import Occasion, Person
from health.rules.survey import LIVE, RESOLVED, SurveyPolicy

_PEOPLE = """
SELECT c.id, c.account_id, c.known_on, c.role, c.attributes ->> 'language',
       COALESCE(NULLIF(s.country, ''), a.country), c.email, c.left_on
FROM unnest(%s::bigint[]) AS w(id) JOIN installed_base_contact c ON c.id = w.id
JOIN installed_base_account a ON a.id = c.account_id AND a.merged_into_id IS NULL
LEFT JOIN installed_base_site s ON s.id = c.site_id
ORDER BY c.id
"""

_LIVE = "x.standing = 'ours' AND COALESCE(x.went_live_on, x.installed_on) BETWEEN %s AND %s"
_SOLVED = (
    "t.resolved_at >= %s::date - 1 AND t.resolved_at < %s::date + 2"
    " AND (t.reopened_at IS NULL OR t.reopened_at < t.resolved_at)"
)

# A machine is the business of those at its site, and of those who are at none in particular.
_MACHINES = f"""
SELECT c.id, x.id, COALESCE(x.went_live_on, x.installed_on)
FROM unnest(%s::bigint[]) AS w(id) JOIN installed_base_contact c ON c.id = w.id
JOIN installed_base_asset x ON x.account_id = c.account_id AND {_LIVE}
WHERE (c.site_id IS NULL OR x.site_id IS NULL OR c.site_id = x.site_id)
  AND (x.taken_out_on IS NULL OR x.taken_out_on > %s)
"""

_TICKETS = f"""
SELECT t.contact_id, t.id, (t.resolved_at AT TIME ZONE %s)::date
FROM installed_base_ticket t WHERE t.contact_id = ANY(%s) AND {_SOLVED}
"""

_ASKED = """
SELECT i.address_digest, i.kind, MAX(i.sent_on) FROM health_invitation i
WHERE i.address_digest = ANY(%s) AND i.sent_on <= %s GROUP BY 1, 2
"""


def digest_of(address: str) -> str:
    """What is kept of an address: SHA-256 in hex of its small letters; empty for none."""
    plain = address.strip().lower()
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


def people(ids: Sequence[int], on: date) -> list[Person]:
    """These contacts as they may be asked, without occasions. Contacts of merged accounts are not there."""
    policy = policy_on(SurveyPolicy, on).values
    found = [_person(row, policy) for row in _fetch(_PEOPLE, [list(ids)])]
    digests = sorted({person.address_digest for person in found if person.address_digest})
    stopped = {row[0] for row in _fetch(_STOPPED, [digests, on])}
    asked: dict[str, dict[str, date]] = {}
    for digest, kind, last in _fetch(_ASKED, [digests, on]):
        asked.setdefault(digest, {})[kind] = last
    seen: set[str] = set()
    for person in found:
        person.stopped = person.address_digest in stopped
        person.asked = asked.get(person.address_digest, {})
        person.twin = person.address_digest in seen
        seen |= {person.address_digest} - {""}
    return found


_STOPPED = 'SELECT address_digest FROM health_surveystop WHERE address_digest = ANY(%s) AND "on" <= %s'


def _person(row: Sequence[Any], policy: SurveyPolicy) -> Person:
    pk, account, known_on, role, spoken, country, email, left_on = row
    language = policy.language_of(spoken or "", country)
    return Person(pk, account, known_on, role, language, digest_of(email), left_on)


def people_with_occasions(ids: Sequence[int], on: date) -> list[Person]:
    """Those of these contacts with something to be asked about that lies not too long back."""
    policy = policy_on(SurveyPolicy, on).values
    occasions = _occasions(ids, policy, on)
    found = people(sorted(occasions), on)
    for person in found:
        person.occasions = occasions[person.id]
    return found


def _occasions(ids: Sequence[int], policy: SurveyPolicy, on: date) -> dict[int, list[Occasion]]:
    found: dict[int, list[Occasion]] = {}
    for kind in policy.kinds:
        last = on - timedelta(days=kind.after_days)
        first = last - timedelta(days=policy.ask_within_days)
        if kind.event == LIVE:
            for contact, machine, day in _fetch(_MACHINES, [list(ids), first, last, on]):
                found.setdefault(contact, []).append(Occasion(kind.key, day, asset_id=machine))
        elif kind.event == RESOLVED:
            zone = settings.ORGANISATION_TIME_ZONE
            for contact, ticket, day in _fetch(_TICKETS, [zone, list(ids), first, last]):
                if first <= day <= last:
                    found.setdefault(contact, []).append(Occasion(kind.key, day, ticket_id=ticket))
    return found


def due_people(policy: SurveyPolicy, after: date | None, until: date) -> set[int]:
    """People with an address for whom an occasion falls due in (after, until]; without `after`, not too long back."""
    oldest = until - timedelta(days=policy.ask_within_days + 1)
    after = max(after, oldest) if after else oldest
    found: set[int] = set()
    for kind in policy.kinds:
        window = [after + timedelta(days=1 - kind.after_days), until - timedelta(days=kind.after_days)]
        if kind.event == LIVE:
            found |= _ids(
                "SELECT DISTINCT c.id FROM installed_base_asset x JOIN installed_base_contact c"
                f" ON c.account_id = x.account_id AND c.email <> '' WHERE {_LIVE}",
                window,
            )
        elif kind.event == RESOLVED:
            found |= _ids(
                "SELECT DISTINCT t.contact_id FROM installed_base_ticket t"
                f" WHERE t.contact_id IS NOT NULL AND {_SOLVED}",
                window,
            )
    return found


_TOUCHED: Mapping[str, str] = {
    "contact": "SELECT c.id FROM installed_base_contact c WHERE c.id = ANY(%s)",
    "account": "SELECT c.id FROM installed_base_contact c WHERE c.account_id = ANY(%s)",
    "asset": "SELECT DISTINCT c.id FROM installed_base_asset x JOIN installed_base_contact c"
    " ON c.account_id = x.account_id WHERE x.id = ANY(%s)",
    "ticket": "SELECT DISTINCT t.contact_id FROM installed_base_ticket t"
    " WHERE t.id = ANY(%s) AND t.contact_id IS NOT NULL",
}


def touched_people(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """The people whom touched contacts, accounts, machines and tickets concern."""
    found: set[int] = set()
    for kind, sql in _TOUCHED.items():
        if ids := touched.get(kind):
            found |= _ids(sql, [list(ids)])
    return found


def everybody() -> list[int]:
    """Everybody with an address."""
    return sorted(_ids("SELECT id FROM installed_base_contact WHERE email <> ''", []))


def _ids(sql: str, params: Iterable[Any]) -> set[int]:
    return {row[0] for row in _fetch(sql, params)}


def _fetch(sql: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()
