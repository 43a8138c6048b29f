"""The floor of a health pass: one plain SQL statement over the same facts, with an upsert into a history of scores.

Its measures are those of the product with straight lines for curves; it explains nothing, knows no policy and keeps
no ranges, spells or alerts.
"""

from datetime import date

from django.db import connection

TABLE = "bench_score"

_MAKE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    account_id bigint NOT NULL, "on" date NOT NULL, score numeric(5, 2), coverage numeric(4, 3), tier text NOT NULL,
    PRIMARY KEY (account_id, "on")
)
"""

_SCORE = f"""
WITH usage AS (
    SELECT a.account_id, 100 * sum(r.run_hours) / nullif(sum(r.available_hours), 0) AS utilisation,
        100 * sum(r.good_output) / nullif(sum(r.output), 0) AS quality,
        100.0 * count(DISTINCT r.asset_id) FILTER (WHERE r.run_hours > 0 AND r."on" > %(on)s::date - 30)
            / nullif(count(DISTINCT r.asset_id), 0) AS running
    FROM installed_base_usagereading r JOIN installed_base_asset a ON a.id = r.asset_id
    WHERE r."on" > %(on)s::date - 90 AND r."on" <= %(on)s GROUP BY 1
), tickets AS (
    SELECT account_id,
        100 - 25 * count(*) FILTER (
            WHERE severity = 'critical' AND (resolved_at IS NULL OR resolved_at >= %(on)s::date + 1)) AS critical,
        100.0 * count(*) FILTER (
            WHERE opened_at > %(on)s::date - 180 AND resolved_at - opened_at <= INTERVAL '72 hours')
            / nullif(count(*) FILTER (WHERE opened_at > %(on)s::date - 180), 0) AS on_time,
        100.0 * count(*) FILTER (WHERE opened_at > %(on)s::date - 180 AND sentiment IN ('positive', 'neutral'))
            / nullif(count(*) FILTER (WHERE opened_at > %(on)s::date - 180 AND sentiment <> ''), 0) AS sentiment
    FROM installed_base_ticket WHERE opened_at < %(on)s::date + 1 GROUP BY 1
), answers AS (
    SELECT account_id, avg(100 * value / scale_to) AS survey
    FROM (SELECT DISTINCT ON (account_id, contact_id) account_id, value, scale_to FROM health_surveyanswer
        WHERE answered_on > %(on)s::date - 365 AND answered_on <= %(on)s
        ORDER BY account_id, contact_id, answered_on DESC) latest GROUP BY 1
), moments AS (
    SELECT m.account_id, 100 - (%(on)s::date - max(m."on")) AS contact,
        100.0 * count(DISTINCT c.role) FILTER (WHERE m."on" > %(on)s::date - 180) / 3 AS voices,
        100 - (%(on)s::date - max(m."on") FILTER (WHERE c.role = 'management')) / 2 AS executive
    FROM installed_base_contactmoment m LEFT JOIN installed_base_contact c ON c.id = m.contact_id
    WHERE m."on" <= %(on)s GROUP BY 1
), champions AS (
    SELECT account_id, 100 * (count(*) FILTER (WHERE champion_since <= %(on)s) > 0)::int AS champion
    FROM installed_base_contact GROUP BY 1
), results AS (
    SELECT account_id, 100.0 * count(*) FILTER (WHERE realised_on <= %(on)s) / count(*) AS realised
    FROM installed_base_roirecord WHERE agreed_on <= %(on)s GROUP BY 1
), orders AS (
    SELECT account_id, 100 - (%(on)s::date - max(ordered_on)) / 4 AS rhythm
    FROM installed_base_partsorder WHERE ordered_on <= %(on)s GROUP BY 1
), ledger AS (
    SELECT account_id,
        100.0 * count(*) FILTER (WHERE paid_on <= due_on) / nullif(count(*) FILTER (WHERE due_on <= %(on)s), 0) AS paid,
        100 * sum(amount_reporting) FILTER (WHERE "on" > %(on)s::date - 365)
            / nullif(sum(amount_reporting) FILTER (WHERE "on" <= %(on)s::date - 365), 0) AS growth
    FROM installed_base_ledgerentry
    WHERE state = 'posted' AND "on" > %(on)s::date - 730 AND "on" <= %(on)s GROUP BY 1
), cover AS (
    SELECT a.account_id, 100.0 * count(DISTINCT c.asset_id) / count(DISTINCT a.id) AS covered
    FROM installed_base_asset a LEFT JOIN installed_base_coverage c ON c.asset_id = a.id AND c.starts_on <= %(on)s
        AND (c.ends_on IS NULL OR c.ends_on >= %(on)s) GROUP BY 1
), measured AS (
    SELECT a.id, w.weight, least(greatest(w.points, 0), 100) AS points
    FROM (SELECT id, id AS account_id FROM installed_base_account) a
    LEFT JOIN usage USING (account_id) LEFT JOIN tickets USING (account_id) LEFT JOIN answers USING (account_id)
    LEFT JOIN moments USING (account_id) LEFT JOIN champions USING (account_id) LEFT JOIN results USING (account_id)
    LEFT JOIN orders USING (account_id) LEFT JOIN ledger USING (account_id) LEFT JOIN cover USING (account_id)
    CROSS JOIN LATERAL (VALUES (10, running), (10, utilisation), (5, quality), (5, rhythm), (9, survey), (4, critical),
        (4, on_time), (4, sentiment), (4, executive), (20, realised), (5, voices), (5, champion), (5, contact),
        (4, paid), (3, growth), (3, covered)) AS w(weight, points)
), scored AS (
    SELECT id, sum(weight * points) / nullif(sum(weight) FILTER (WHERE points IS NOT NULL), 0) AS score,
        sum(weight) FILTER (WHERE points IS NOT NULL) / 100.0 AS coverage
    FROM measured GROUP BY 1
)
INSERT INTO {TABLE} (account_id, "on", score, coverage, tier)
SELECT s.id, %(on)s::date, s.score, coalesce(s.coverage, 0),
    CASE WHEN s.score >= 80 THEN 'green' WHEN s.score >= 60 THEN 'yellow'
        WHEN s.score IS NULL THEN 'unknown' ELSE 'red' END
FROM scored s ON CONFLICT (account_id, "on") DO UPDATE
SET score = EXCLUDED.score, coverage = EXCLUDED.coverage, tier = EXCLUDED.tier
"""


def score_everyone(on: date) -> int:
    """Score every account as of that date; answers with how many."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        cursor.execute(_SCORE, {"on": on})
        return int(cursor.rowcount)


def prepare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
