"""Renewals that were lost, competitors' machines, events at customers, successors, and talks about growth."""

from collections.abc import Sequence
from datetime import date, timedelta

from expansion.queries.candidates.source import RATES, Source, fetch, grouped, in_home
from expansion.rules.heard import CompetitorFacts, EventFacts
from expansion.rules.renewing import SuccessorFacts, TalkFacts
from expansion.rules.win_back import LostFacts

# They are back with any signed contract that was agreed after the loss.
_LOST = """
SELECT n.id, n.account_id, c.owner_id, n.opened_on, CASE WHEN n.outcome = 'lost' THEN n.decided_on END, back.on,
       n.annual_value_reporting, n.reason
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN renewals_renewal n ON n.id = wanted.id
JOIN installed_base_account c ON c.id = n.account_id
LEFT JOIN LATERAL (
    SELECT MIN(GREATEST(COALESCE(t.signed_on, t.starts_on), n.decided_on)) AS on
    FROM installed_base_contract k JOIN installed_base_term t ON t.contract_id = k.id
    WHERE k.account_id = n.account_id AND t.id <> n.term_id AND (t.signed_on IS NOT NULL OR t.source <> '')
      AND t.starts_on > COALESCE(n.ends_on, n.decided_on) - 31 AND COALESCE(t.signed_on, t.starts_on) >= n.decided_on
) back ON n.outcome = 'lost'
ORDER BY n.id
"""
_COMPETITORS = """
SELECT a.id, a.account_id, c.owner_id, a.known_on,
       CASE WHEN a.standing = 'competitor' THEN COALESCE(a.first_evidence_on, a.known_on) END, a.taken_out_on,
       COALESCE(NULLIF(a.name, ''), p.name, a.serial)
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
ORDER BY a.id
"""
_EVENTS = """
SELECT e.id, e.account_id, c.owner_id, e.known_on, e.kind, e.on, e.heard, e.asset_id, e.taken_back_on
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_accountevent e ON e.id = wanted.id
JOIN installed_base_account c ON c.id = e.account_id
ORDER BY e.id
"""
_SUCCESSORS = f"""WITH {RATES}
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.installed_on, s.id, COALESCE(s.name, ''), p.successor_from,
       a.standing = 'ours' AND COALESCE(p.counts_as_machine, true), a.taken_out_on,
       {in_home("s.list_price", "s.currency")}
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
CROSS JOIN home
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
LEFT JOIN installed_base_product s ON s.id = p.successor_id
LEFT JOIN rates r ON r.currency = s.currency
ORDER BY a.id
"""
# Rank by what was invoiced in a year. The top is small: whoever is beyond it has no rank.
MOST_TOP = 200
RANKED = f"""
SELECT account_id, row_number() OVER (ORDER BY SUM(amount_reporting) DESC, account_id) AS rank
FROM installed_base_ledgerentry
WHERE state = 'posted' AND "on" > %(year)s AND "on" <= %(on)s
GROUP BY account_id HAVING SUM(amount_reporting) > 0 ORDER BY rank LIMIT {MOST_TOP}
"""
_TALKERS = """
SELECT c.id, c.id, c.owner_id, c.known_on FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_account c ON c.id = wanted.id AND c.merged_into_id IS NULL ORDER BY c.id
"""
_TALKS = """
SELECT DISTINCT account_id, day FROM (
    SELECT m.account_id, m."on" AS day FROM unnest(%(ids)s::bigint[]) AS wanted(id)
    JOIN installed_base_contactmoment m ON m.account_id = wanted.id AND m.subject_kind = 'opportunity'
    UNION ALL
    SELECT o.account_id, o.identified_on FROM unnest(%(ids)s::bigint[]) AS wanted(id)
    JOIN sales_opportunity o ON o.account_id = wanted.id AND o.kind <> 'new_logo' AND o.identified_on IS NOT NULL
) x ORDER BY account_id, day
"""


def lost_facts(ids: Sequence[int], on: date) -> list[LostFacts]:
    return [LostFacts(*row) for row in fetch(_LOST, {"ids": list(ids)})]


def competitor_facts(ids: Sequence[int], on: date) -> list[CompetitorFacts]:
    return [CompetitorFacts(*row) for row in fetch(_COMPETITORS, {"ids": list(ids)})]


def event_facts(ids: Sequence[int], on: date) -> list[EventFacts]:
    return [EventFacts(*row) for row in fetch(_EVENTS, {"ids": list(ids)})]


def successor_facts(ids: Sequence[int], on: date) -> list[SuccessorFacts]:
    return [SuccessorFacts(*row) for row in fetch(_SUCCESSORS, {"ids": list(ids), "on": on})]


def ranks(on: date) -> dict[int, int]:
    """The customers with the most revenue in the year to that day, with their place."""
    return dict(fetch(RANKED, {"on": on, "year": on - timedelta(days=365)}))


def talk_facts(ids: Sequence[int], on: date) -> list[TalkFacts]:
    """A conversation about growth is a contact about a deal, or a deal with a customer that was identified."""
    ranked, talks = ranks(on), grouped(fetch(_TALKS, {"ids": list(ids)}), lambda day: day)
    return [
        TalkFacts(pk, at, owner, known, ranked.get(pk), talks.get(pk, ()))
        for pk, at, owner, known in fetch(_TALKERS, {"ids": list(ids)})
    ]


WIN_BACK = Source(
    "SELECT id FROM renewals_renewal WHERE outcome = 'lost'",
    lost_facts,
    {
        "renewal": "SELECT unnest(%(ids)s::bigint[])",
        "term": "SELECT n.id FROM installed_base_term t JOIN installed_base_contract k ON k.id = t.contract_id"
        " JOIN renewals_renewal n ON n.account_id = k.account_id AND n.outcome = 'lost' WHERE t.id = ANY(%(ids)s)",
    },
)
COMPETITOR = Source(
    "SELECT id FROM installed_base_asset WHERE standing = 'competitor'",
    competitor_facts,
    {
        "asset": "SELECT a.id FROM installed_base_asset a WHERE a.id = ANY(%(ids)s) AND (a.standing = 'competitor'"
        " OR EXISTS (SELECT 1 FROM playbooks_firing f WHERE f.subject_kind = 'asset' AND f.subject_id = a.id"
        " AND f.rule = 'competitor'))"
    },
)
EVENTS = Source(
    "SELECT id FROM installed_base_accountevent",
    event_facts,
    {"account_event": "SELECT unnest(%(ids)s::bigint[])"},
)
SUCCESSOR = Source(
    "SELECT a.id FROM installed_base_product p JOIN installed_base_asset a ON a.product_id = p.id"
    " WHERE p.successor_id IS NOT NULL AND p.successor_from IS NOT NULL",
    successor_facts,
    {"asset": "SELECT unnest(%(ids)s::bigint[])"},
    # A successor that was announced since is no fact of the machine.
    also="SELECT a.id FROM installed_base_product p JOIN installed_base_asset a ON a.product_id = p.id"
    " WHERE p.successor_from > %(after)s AND p.successor_from <= %(until)s",
)
# Of the day that is being run: only customers with revenue can be top.
_TOP_OF_THE_RUN = f"""
WITH run AS (SELECT MAX("on") AS day FROM core_job WHERE kind = 'run_day')
SELECT account_id FROM (
    SELECT l.account_id FROM run JOIN installed_base_ledgerentry l
      ON l.state = 'posted' AND l."on" > run.day - 365 AND l."on" <= run.day
    GROUP BY l.account_id ORDER BY SUM(l.amount_reporting) DESC NULLS LAST LIMIT {MOST_TOP}
) x
"""
UPSELL_TALK = Source(
    _TOP_OF_THE_RUN,
    talk_facts,
    {
        "moment": "SELECT DISTINCT account_id FROM installed_base_contactmoment WHERE id = ANY(%(ids)s)",
        "opportunity": "SELECT DISTINCT account_id FROM sales_opportunity"
        " WHERE id = ANY(%(ids)s) AND account_id IS NOT NULL",
    },
    # Who is top changes with the revenue of all: asked anew on the first of the month.
    also="SELECT account_id FROM (SELECT account_id FROM installed_base_ledgerentry WHERE state = 'posted'"
    ' AND %(first_of_month)s AND "on" > %(until)s::date - 365 AND "on" <= %(until)s GROUP BY account_id'
    f" ORDER BY SUM(amount_reporting) DESC NULLS LAST LIMIT {MOST_TOP}) x"
    " UNION SELECT account_id FROM expansion_signal WHERE kind = 'upsell_talk' AND decision = ''"
    " AND closed_on IS NULL AND %(first_of_month)s",
)
