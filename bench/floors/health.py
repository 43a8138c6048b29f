"""The floor of a health pass: one plain SQL statement over the same facts, with an upsert into a history of scores.

It gives every account the score that the product gives it, which the bench holds against each other. It explains
nothing, knows no versions of a policy, keeps no spells or alerts, and does not say when a score will change.
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import connection

from health.queries.readings import Asked
from health.rules import HealthPolicy, Measure
from health.rules.measure import LEFT_OUT

TABLE = "bench_score"

_MAKE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    account_id bigint NOT NULL, "on" date NOT NULL, score numeric(5, 2), low numeric(5, 2), high numeric(5, 2),
    coverage numeric(4, 3), tier text NOT NULL, PRIMARY KEY (account_id, "on")
)
"""

_MEASURED = """
placed AS MATERIALIZED (
    SELECT p.account_id, p.asset_id, CASE WHEN a.went_live_on <= %(on)s THEN a.went_live_on
        ELSE coalesce(a.installed_on, a.first_evidence_on, '-infinity') END AS began FROM installed_base_assetperiod p
    JOIN installed_base_asset a ON a.id = p.asset_id LEFT JOIN installed_base_product x ON x.id = a.product_id
    WHERE p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s) AND a.standing = 'ours'
      AND x.counts_as_machine IS NOT FALSE AND (a.taken_out_on IS NULL OR a.taken_out_on > %(on)s)
      AND (a.first_evidence_on IS NULL OR a.first_evidence_on <= %(on)s)
), covered AS (
    SELECT DISTINCT c.asset_id FROM installed_base_coverage c
    JOIN installed_base_coverageperiod v ON v.coverage_id = c.id
    JOIN installed_base_term t ON t.id = c.term_id JOIN installed_base_termperiod h ON h.term_id = t.id
    WHERE v.valid_from <= %(on)s AND (v.valid_to IS NULL OR v.valid_to > %(on)s)
      AND v.starts_on <= %(on)s AND (v.ends_on IS NULL OR v.ends_on >= %(on)s)
      AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s) AND h.starts_on <= %(on)s
      AND (t.signed_on <= %(on)s OR (t.signed_on IS NULL AND t.source <> ''))
      AND (t.terminated_on IS NULL OR t.terminated_on > %(on)s)
      AND (h.ends_on IS NULL OR h.ends_on >= %(on)s OR (h.tacit_months IS NOT NULL
          AND (t.notice_received_on IS NULL OR t.notice_received_on > %(on)s)
          AND NOT EXISTS (SELECT FROM installed_base_term n WHERE n.contract_id = t.contract_id
              AND n.number > t.number AND n.starts_on <= %(on)s)
          AND NOT EXISTS (SELECT FROM installed_base_termsuccession s JOIN installed_base_term n
              ON n.id = s.successor_id WHERE s.term_id = t.id AND n.starts_on <= %(on)s)))
), cover AS (
    SELECT account_id, round(count(c.asset_id)::numeric / count(*), 4) AS has_contract,
        min(began) > %(ramp_up)s AS young
    FROM placed LEFT JOIN covered c USING (asset_id) GROUP BY 1
), usage AS (
    SELECT account_id, max(last) AS usage_on,
        round(count(*) FILTER (WHERE ran)::numeric / count(*), 4) AS machines_running,
        round(sum(run) / nullif(sum(available), 0), 4) AS utilisation,
        round(coalesce(sum(good), 0) / nullif(sum(known), 0), 4) AS quality,
        round(sum(output) / nullif(sum(before), 0), 4) AS output_against_before
    FROM (
        SELECT p.account_id, p.asset_id, max("on") AS last, sum(r.output) FILTER (WHERE now) AS output,
            bool_or(r.run_hours > 0 AND r."on" > %(on)s::date - 30) AS ran,
            sum(r.run_hours) FILTER (WHERE now AND r.available_hours IS NOT NULL) AS run,
            sum(r.available_hours) FILTER (WHERE now AND r.run_hours IS NOT NULL) AS available,
            sum(r.good_output) FILTER (WHERE now AND r.output IS NOT NULL) AS good,
            sum(r.output) FILTER (WHERE now AND r.good_output IS NOT NULL) AS known,
            sum(r.output) FILTER (WHERE NOT now) AS before
        FROM placed p JOIN (
            SELECT *, "on" > %(on)s - 90 AS now FROM installed_base_usagereading
            WHERE ("on" > %(on)s - 90 AND "on" <= %(on)s) OR ("on" > %(on)s - 455 AND "on" <= %(on)s - 365)
        ) r ON r.asset_id = p.asset_id GROUP BY 1, 2 HAVING bool_or(now)
    ) machine GROUP BY 1
), tickets AS (
    SELECT account_id, count(*) FILTER (WHERE NOT solved AND severity = 'critical') AS open_critical,
        round(count(*) FILTER (WHERE judged AND solved AND resolved_at <= promised)::numeric
            / nullif(count(*) FILTER (WHERE judged), 0), 4) AS resolution_on_time,
        (max(opened_at) FILTER (WHERE judged) AT TIME ZONE %(zone)s)::date AS resolution_on_time_on,
        round(count(*) FILTER (WHERE voiced AND sentiment <> 'negative')::numeric
            / nullif(count(*) FILTER (WHERE voiced), 0), 4) AS sentiment,
        (max(opened_at) FILTER (WHERE voiced) AT TIME ZONE %(zone)s)::date AS sentiment_on
    FROM (
        SELECT *, opened_at >= %(voiced_from)s AND sentiment <> '' AS voiced,
            opened_at >= %(judged_from)s AND (solved OR promised < %(end)s) AS judged
        FROM (
            SELECT *, opened_at + make_interval(hours => CASE severity WHEN 'critical' THEN 24 ELSE 72 END) AS promised,
                coalesce(resolved_at < %(end)s, FALSE) AND (reopened_at IS NULL OR reopened_at >= %(end)s
                    OR reopened_at <= resolved_at) AS solved
            FROM installed_base_ticket WHERE opened_at < %(end)s
        ) t
    ) ticket GROUP BY 1
), answers AS (
    SELECT account_id, round(avg(value * 10 / nullif(scale_to, 0)), 4) AS survey, max(answered_on) AS survey_on
    FROM (SELECT DISTINCT ON (account_id, coalesce(contact_id, -id)) * FROM health_surveyanswer
        WHERE answered_on > %(on)s - 365 AND answered_on <= %(on)s
        ORDER BY account_id, coalesce(contact_id, -id), answered_on DESC, id DESC) latest GROUP BY 1
), moments AS (
    SELECT account_id, %(on)s - max("on") AS last_contact,
        %(on)s - max("on") FILTER (WHERE role = 'management') AS executive_contact,
        CASE WHEN count(role) > 0 THEN
            count(DISTINCT role) FILTER (
                WHERE "on" > %(on)s - 180 AND role IN ('operator', 'engineering', 'management'))
        END AS voices
    FROM (SELECT m.account_id, m."on", coalesce(p.role, c.role) AS role FROM installed_base_contactmoment m
        LEFT JOIN installed_base_contact c ON c.id = m.contact_id LEFT JOIN installed_base_contactperiod p
            ON p.contact_id = c.id AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
        WHERE m."on" <= %(on)s) moment GROUP BY 1
), champions AS (
    SELECT c.account_id, bool_or(coalesce(p.champion_since <= %(on)s, FALSE)
        AND (c.left_on IS NULL OR c.left_on > %(on)s))::int AS champion
    FROM installed_base_contact c JOIN installed_base_contactperiod p ON p.contact_id = c.id
        AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s) GROUP BY 1
), results AS (
    SELECT account_id, round(count(*) FILTER (WHERE realised_on <= %(on)s)::numeric / count(*), 4) AS roi_goals,
        greatest(max(agreed_on), max(realised_on) FILTER (WHERE realised_on <= %(on)s)) AS roi_goals_on
    FROM installed_base_roirecord WHERE agreed_on <= %(on)s GROUP BY 1
), ledger AS (
    SELECT account_id, round(count(*) FILTER (WHERE judged AND paid_on <= least(due_on + 7, %(on)s))::numeric
            / nullif(count(*) FILTER (WHERE judged), 0), 4) AS paid_on_time,
        max(due_on) FILTER (WHERE judged) AS paid_on_time_on,
        round(CASE WHEN sum(now) < 0 THEN 0 ELSE sum(now) END
            / nullif(greatest(sum(before), 0), 0), 4) AS orders_growth,
        max("on") FILTER (WHERE service) AS orders_growth_on
    FROM (
        SELECT *,
            CASE WHEN stream IN ('parts', 'service_contract') AND "on" > %(on)s - 365 THEN amount_reporting END AS now,
            CASE WHEN stream IN ('parts', 'service_contract') AND "on" <= %(on)s - 365 THEN amount_reporting
            END AS before, stream IN ('parts', 'service_contract') AS service,
            due_on > %(on)s - 365 AND due_on <= %(on)s AND (paid_on <= %(on)s OR due_on + 7 < %(on)s) AS judged
        FROM installed_base_ledgerentry WHERE state = 'posted' AND "on" > %(on)s - 730 AND "on" <= %(on)s
    ) entry GROUP BY 1
), orders AS (
    SELECT account_id, %(on)s - max(day) AS parts_rhythm
    FROM (SELECT account_id, ordered_on AS day FROM installed_base_partsorder WHERE ordered_on <= %(on)s
        UNION ALL SELECT account_id, "on" FROM installed_base_visit WHERE "on" <= %(on)s) event GROUP BY 1
), judged AS (
    SELECT DISTINCT ON (account_id) account_id, value AS judgement, counts_until AS judgement_on FROM health_judgement
    WHERE "on" <= %(on)s AND (withdrawn_on IS NULL OR withdrawn_on > %(on)s) ORDER BY account_id, "on" DESC, id DESC
), measured AS (
    SELECT * FROM (SELECT id AS account_id FROM installed_base_account WHERE merged_into_id IS NULL) a
    LEFT JOIN cover USING (account_id) LEFT JOIN usage USING (account_id) LEFT JOIN tickets USING (account_id)
    LEFT JOIN answers USING (account_id) LEFT JOIN moments USING (account_id) LEFT JOIN champions USING (account_id)
    LEFT JOIN results USING (account_id) LEFT JOIN ledger USING (account_id) LEFT JOIN orders USING (account_id)
    LEFT JOIN judged USING (account_id)
)"""
_FROM_USAGE = {"machines_running", "utilisation", "quality", "output_against_before"}


def statement(policy: HealthPolicy) -> str:
    """The whole pass for the measures, curves and weights of this policy; its one card of its own is for the young."""
    points = ", ".join(f"{_points(m)} AS {m.key}" for m in policy.measures)
    given = ", ".join(f"{m.key} IS NOT NULL AS {m.key}_given" for m in policy.measures if m.no_data == LEFT_OUT)
    own = policy.own_cards["ramp_up"].policy
    (earned, known), (young_earned, young_known) = _sums(policy), _sums(own)
    return f"""
WITH {_MEASURED}, marked AS (SELECT account_id, young, {given}, {points} FROM measured),
summed AS (
    SELECT account_id, CASE WHEN young THEN {young_earned} ELSE {earned} END AS earned,
        CASE WHEN young THEN {young_known} ELSE {known} END AS known FROM marked
),
scored AS (
    SELECT *, CASE WHEN known >= {policy.min_coverage} THEN round(earned / known, 2) END AS score FROM summed
)
INSERT INTO {TABLE} (account_id, "on", score, low, high, coverage, tier)
SELECT account_id, %(on)s, score, round(earned, 2), round(earned + (1 - known) * 100, 2), round(known, 3),
    CASE WHEN score >= {policy.green} THEN 'green' WHEN score >= {policy.yellow} THEN 'yellow'
        WHEN score IS NULL THEN 'unknown' ELSE 'red' END
FROM scored ON CONFLICT (account_id, "on") DO UPDATE SET (score, low, high, coverage, tier)
    = (EXCLUDED.score, EXCLUDED.low, EXCLUDED.high, EXCLUDED.coverage, EXCLUDED.tier)
"""


def _sums(policy: HealthPolicy) -> tuple[str, str]:
    shares = [_share(dimension.weight, measures) for dimension, measures in policy.parts]
    earned, known = (" + ".join(share[place] for share in shares) for place in (0, 1))
    return earned, known


def _points(measure: Measure) -> str:
    value = f"floor({measure.key} / {measure.step}.0) * {measure.step}" if measure.step else measure.key
    corners = list(measure.curve)
    steps = [f"WHEN {value} <= {corners[0][0]} THEN {corners[0][1]}"]
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps.append(f"WHEN {value} <= {x1} THEN round({y0} + ({y1 - y0}) * ({value} - {x0}) / {x1 - x0}, 0)")
    known = f"{measure.key} IS NOT NULL"
    if measure.fresh_days is not None:
        last = "usage_on" if measure.key in _FROM_USAGE else f"{measure.key}_on"
        known += f" AND %(on)s - {last} <= {measure.fresh_days}"
    return f"CASE WHEN {known} THEN CASE {' '.join(steps)} ELSE {corners[-1][1]} END END"


def _share(weight: Any, measures: tuple[Measure, ...]) -> tuple[str, str]:
    """What a dimension earns and how much of it is known. A stand-in counts where nothing it stands in for is known."""
    earned, known, whole = [], [], []
    for m in measures:
        points, weighs = m.key, str(m.weight)
        if m.instead_of:
            away = f"coalesce({', '.join(m.instead_of)}) IS NOT NULL"
            points, weighs = (
                f"CASE WHEN {away} THEN NULL ELSE {m.key} END",
                f"CASE WHEN {away} THEN 0 ELSE {weighs} END",
            )
        elif m.no_data == LEFT_OUT:
            weighs = f"CASE WHEN {m.key}_given THEN {weighs} ELSE 0 END"
        earned.append(f"coalesce({m.weight} * {points}, 0)")
        known.append(f"CASE WHEN {points} IS NOT NULL THEN {m.weight} ELSE 0 END")
        whole.append(weighs)
    of = f"({' + '.join(whole)})"
    return f"{weight} * ({' + '.join(earned)}) / {of}", f"{weight} * ({' + '.join(known)}) / {of}"


def score_everyone(on: date) -> int:
    """Score every account as of that date; answers with how many."""
    asked = Asked(HealthPolicy(), on)
    params = {
        "on": on,
        "zone": settings.ORGANISATION_TIME_ZONE,
        "end": asked.start_of(on + timedelta(days=1)),
        "judged_from": asked.start_of(on - timedelta(days=89)),
        "ramp_up": on - timedelta(days=asked.policy.ramp_up_days),
        "voiced_from": asked.start_of(on - timedelta(days=179)),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        cursor.execute(statement(HealthPolicy()), params)
        return int(cursor.rowcount)


def prepare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(_MAKE)
