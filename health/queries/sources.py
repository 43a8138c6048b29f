"""The SQL of the readings: per source one statement, grouped by account. Dates and windows come as parameters.

The last columns of each are days on which its readings may change by themselves: what leaves a window, what comes.
"""

# Machines that stood at these accounts on the day, in service.
PLACED = """
placed AS MATERIALIZED (
    SELECT p.account_id, a.id
    FROM installed_base_assetperiod p
    JOIN installed_base_asset a ON a.id = p.asset_id
    LEFT JOIN installed_base_product x ON x.id = a.product_id
    WHERE p.account_id = ANY(%(ids)s) AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
      AND a.standing = 'ours' AND x.counts_as_machine IS NOT FALSE
      AND (a.taken_out_on IS NULL OR a.taken_out_on > %(on)s)
      AND (a.first_evidence_on IS NULL OR a.first_evidence_on <= %(on)s)
)"""

_RUNNING_TERMS = """
    SELECT t.id
    FROM installed_base_term t
    JOIN installed_base_termperiod h
      ON h.term_id = t.id AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
    WHERE t.id IN (SELECT l.term_id FROM lines l) AND h.starts_on <= %(on)s
      AND (t.signed_on <= %(on)s OR (t.signed_on IS NULL AND t.source <> ''))
      AND (t.terminated_on IS NULL OR t.terminated_on > %(on)s)
      AND (h.ends_on IS NULL OR h.ends_on >= %(on)s OR (
          h.tacit_months IS NOT NULL AND (t.notice_received_on IS NULL OR t.notice_received_on > %(on)s)
          AND NOT EXISTS (
              SELECT 1 FROM installed_base_termsuccession s JOIN installed_base_term n ON n.id = s.successor_id
              WHERE s.term_id = t.id AND n.starts_on <= %(on)s)
          AND NOT EXISTS (
              SELECT 1 FROM installed_base_term n
              WHERE n.contract_id = t.contract_id AND n.number > t.number AND n.starts_on <= %(on)s)
      ))"""

MACHINES = f"""
WITH {PLACED},
lines AS MATERIALIZED (
    SELECT c.asset_id, c.term_id
    FROM placed JOIN installed_base_coverage c ON c.asset_id = placed.id
    JOIN installed_base_coverageperiod h
      ON h.coverage_id = c.id AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
    WHERE h.starts_on <= %(on)s AND (h.ends_on IS NULL OR h.ends_on >= %(on)s)
),
covered AS (SELECT DISTINCT l.asset_id FROM lines l JOIN ({_RUNNING_TERMS}) r ON r.id = l.term_id)
SELECT placed.account_id, count(*), count(covered.asset_id)
FROM placed LEFT JOIN covered ON covered.asset_id = placed.id
GROUP BY placed.account_id
"""

# Per machine first, then per account. The year before is read for its output alone.
USAGE = f"""
WITH {PLACED}
SELECT account_id, count(*) FILTER (WHERE n > 0), count(*) FILTER (WHERE ran), MAX(last), SUM(n),
       SUM(run), SUM(available), SUM(known_output), SUM(good), SUM(output), SUM(output_then), MIN(coming)
FROM (
    SELECT p.account_id, p.id, now.*, a_year_ago.output_then, ahead.coming
    FROM placed p
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, MAX(r."on") AS last, bool_or(r."on" > %(running)s AND r.run_hours > 0) AS ran,
               SUM(r.run_hours) FILTER (WHERE r.available_hours IS NOT NULL) AS run,
               SUM(r.available_hours) FILTER (WHERE r.run_hours IS NOT NULL) AS available,
               SUM(r.output) FILTER (WHERE r.good_output IS NOT NULL) AS known_output,
               SUM(r.good_output) FILTER (WHERE r.output IS NOT NULL) AS good,
               SUM(r.output) AS output
        FROM installed_base_usagereading r
        WHERE r.asset_id = p.id AND r."on" > %(usage)s AND r."on" <= %(on)s
    ) now
    CROSS JOIN LATERAL (
        SELECT SUM(r.output) AS output_then FROM installed_base_usagereading r
        WHERE now.n > 0 AND r.asset_id = p.id AND r."on" > %(then_usage)s AND r."on" <= %(then)s
    ) a_year_ago
    CROSS JOIN LATERAL (
        SELECT MIN(r."on") AS coming FROM installed_base_usagereading r WHERE r.asset_id = p.id AND r."on" > %(on)s
    ) ahead
) machine
WHERE n > 0 OR coming IS NOT NULL
GROUP BY account_id
"""

TICKETS = """
SELECT account_id, count(*) FILTER (WHERE come),
       count(*) FILTER (WHERE come AND NOT solved AND severity = 'critical'),
       count(*) FILTER (WHERE come AND opened_at >= %(tickets_from)s),
       count(*) FILTER (WHERE judged), count(*) FILTER (WHERE judged AND solved AND resolved_at <= promised_at),
       count(*) FILTER (WHERE voiced), count(*) FILTER (WHERE voiced AND sentiment <> 'negative'),
       MAX(opened_at) FILTER (WHERE judged), MAX(opened_at) FILTER (WHERE voiced),
       MIN(opened_at) FILTER (WHERE come AND opened_at >= %(resolution_from)s),
       MIN(opened_at) FILTER (WHERE voiced), MIN(opened_at) FILTER (WHERE come AND opened_at >= %(tickets_from)s),
       MIN(opened_at) FILTER (WHERE NOT come), MIN(resolved_at) FILTER (WHERE resolved_at >= %(end)s),
       MIN(reopened_at) FILTER (WHERE reopened_at >= %(end)s),
       MIN(promised_at) FILTER (WHERE come AND promised_at >= %(end)s)
FROM (
    SELECT t.account_id, t.opened_at, t.resolved_at, t.reopened_at, t.severity, t.sentiment, x.*, y.promised_at,
           x.come AND t.opened_at >= %(resolution_from)s AND (x.solved OR y.promised_at < %(end)s) AS judged,
           x.come AND t.opened_at >= %(sentiment_from)s AND t.sentiment <> '' AS voiced
    FROM installed_base_ticket t
    CROSS JOIN LATERAL (
        SELECT t.opened_at < %(end)s AS come,
               COALESCE(t.resolved_at < %(end)s, FALSE) AND (t.reopened_at IS NULL OR t.reopened_at >= %(end)s
                   OR t.reopened_at <= t.resolved_at) AS solved
    ) x
    CROSS JOIN LATERAL (
        SELECT t.opened_at + CASE t.severity WHEN 'critical' THEN make_interval(hours => %(critical_hours)s)
                                             ELSE make_interval(hours => %(normal_hours)s) END AS promised_at
    ) y
    WHERE t.account_id = ANY(%(ids)s)
) ticket
GROUP BY account_id
"""

# The last answer of each person in the window; an answer without a person stands alone.
ANSWERS = """
SELECT account_id, AVG(value * 10 / NULLIF(scale_to, 0)) FILTER (WHERE come), count(*) FILTER (WHERE come),
       MAX(answered_on) FILTER (WHERE come), MIN(answered_on) FILTER (WHERE come),
       MIN(answered_on) FILTER (WHERE NOT come)
FROM (
    SELECT DISTINCT ON (account_id, CASE WHEN answered_on > %(on)s THEN -id ELSE COALESCE(contact_id, -id) END)
           account_id, answered_on, value, scale_to, answered_on <= %(on)s AS come
    FROM health_surveyanswer
    WHERE account_id = ANY(%(ids)s) AND answered_on > %(survey)s
    ORDER BY account_id, CASE WHEN answered_on > %(on)s THEN -id ELSE COALESCE(contact_id, -id) END,
             answered_on DESC, id DESC
) answer
GROUP BY account_id
"""

# Roles are those of the day.
MOMENTS = """
SELECT account_id, count(*) FILTER (WHERE come), count(*) FILTER (WHERE come AND role IS NOT NULL),
       bool_or(COALESCE(recent AND role = 'operator', FALSE))::int
           + bool_or(COALESCE(recent AND role = 'engineering', FALSE))::int
           + bool_or(COALESCE(recent AND role = 'management', FALSE))::int,
       MAX("on") FILTER (WHERE come), MAX("on") FILTER (WHERE come AND role = 'management'),
       MIN("on") FILTER (WHERE recent), MIN("on") FILTER (WHERE NOT come)
FROM (
    SELECT m.account_id, m."on", m."on" <= %(on)s AS come, m."on" <= %(on)s AND m."on" > %(voices)s AS recent,
           COALESCE(p.role, c.role) AS role
    FROM installed_base_contactmoment m
    LEFT JOIN installed_base_contact c ON c.id = m.contact_id
    LEFT JOIN installed_base_contactperiod p
      ON p.contact_id = c.id AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
    WHERE m.account_id = ANY(%(ids)s)
) moment
GROUP BY account_id
"""

CONTACTS = """
SELECT c.account_id, count(*),
       count(*) FILTER (WHERE p.champion_since <= %(on)s AND (c.left_on IS NULL OR c.left_on > %(on)s)),
       MIN(p.champion_since) FILTER (WHERE p.champion_since > %(on)s),
       MIN(c.left_on) FILTER (WHERE c.left_on > %(on)s), MIN(p.valid_to)
FROM installed_base_contact c
CROSS JOIN LATERAL (
    SELECT h.champion_since, h.valid_to FROM installed_base_contactperiod h
    WHERE h.contact_id = c.id AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
    UNION ALL
    SELECT c.champion_since, NULL WHERE NOT EXISTS (
        SELECT 1 FROM installed_base_contactperiod h WHERE h.contact_id = c.id
    )
) p
WHERE c.account_id = ANY(%(ids)s)
GROUP BY c.account_id
"""

RESULTS = """
SELECT account_id, count(*) FILTER (WHERE agreed_on <= %(on)s),
       count(*) FILTER (WHERE agreed_on <= %(on)s AND realised_on <= %(on)s),
       GREATEST(MAX(agreed_on) FILTER (WHERE agreed_on <= %(on)s),
                MAX(realised_on) FILTER (WHERE realised_on <= %(on)s)),
       MIN(agreed_on) FILTER (WHERE agreed_on > %(on)s), MIN(realised_on) FILTER (WHERE realised_on > %(on)s)
FROM installed_base_roirecord
WHERE account_id = ANY(%(ids)s)
GROUP BY account_id
"""

LEDGER = """
SELECT account_id, count(*) FILTER (WHERE judged),
       count(*) FILTER (WHERE judged AND paid_on <= LEAST(due_on + %(grace)s, %(on)s)),
       MAX(due_on) FILTER (WHERE judged),
       SUM(amount_reporting) FILTER (WHERE service AND "on" > %(growth)s AND "on" <= %(on)s),
       SUM(amount_reporting) FILTER (WHERE service AND "on" > %(growth_before)s AND "on" <= %(growth)s),
       count(*) FILTER (WHERE service AND "on" > %(growth_before)s AND "on" <= %(on)s),
       MAX("on") FILTER (WHERE service AND "on" <= %(on)s),
       MIN(due_on) FILTER (WHERE due_on > %(paid)s AND due_on <= %(on)s),
       MIN("on") FILTER (WHERE service AND "on" > %(growth)s AND "on" <= %(on)s), MIN("on"),
       MIN("on") FILTER (WHERE "on" > %(on)s), MIN(due_on) FILTER (WHERE due_on > %(on)s),
       MIN(paid_on) FILTER (WHERE paid_on > %(on)s),
       MIN(due_on + %(grace)s + 1) FILTER (WHERE due_on <= %(on)s AND due_on + %(grace)s >= %(on)s)
FROM (
    SELECT account_id, "on", due_on, paid_on, amount_reporting, stream IN ('parts', 'service_contract') AS service,
           due_on > %(paid)s AND due_on <= %(on)s AND "on" <= %(on)s
               AND (paid_on <= %(on)s OR due_on + %(grace)s < %(on)s) AS judged
    FROM installed_base_ledgerentry
    WHERE account_id = ANY(%(ids)s) AND state = 'posted' AND "on" > %(ledger_from)s
) entry
GROUP BY account_id
"""

RHYTHM = """
SELECT account_id, MAX(day) FILTER (WHERE come AND ordered), count(*) FILTER (WHERE come AND ordered),
       MAX(day) FILTER (WHERE come), count(*) FILTER (WHERE come), MIN(day) FILTER (WHERE NOT come)
FROM (
    SELECT account_id, ordered_on AS day, ordered_on <= %(on)s AS come, TRUE AS ordered
    FROM installed_base_partsorder WHERE account_id = ANY(%(ids)s)
    UNION ALL
    SELECT account_id, "on", "on" <= %(on)s, FALSE FROM installed_base_visit WHERE account_id = ANY(%(ids)s)
) event
GROUP BY account_id
"""

# The next date on which a machine comes, goes, or gains or loses its cover by what is written down already.
PAPER = """
WITH stood AS MATERIALIZED (
    SELECT p.account_id, p.asset_id, p.valid_from, p.valid_to
    FROM installed_base_assetperiod p WHERE p.account_id = ANY(%(ids)s)
),
machine AS MATERIALIZED (SELECT DISTINCT account_id, asset_id FROM stood),
line AS MATERIALIZED (
    SELECT m.account_id, c.id, c.term_id
    FROM machine m JOIN installed_base_coverage c ON c.asset_id = m.asset_id
),
paper AS MATERIALIZED (
    SELECT DISTINCT l.account_id, n.id, n.signed_on, n.terminated_on, n.notice_received_on, n.starts_on
    FROM (SELECT DISTINCT account_id, term_id FROM line) l
    JOIN installed_base_term t ON t.id = l.term_id
    JOIN installed_base_term n ON n.contract_id = t.contract_id
)
SELECT account_id, MIN(day) FROM (
    SELECT s.account_id, d.day FROM stood s JOIN installed_base_asset a ON a.id = s.asset_id
    CROSS JOIN LATERAL (VALUES (s.valid_from), (s.valid_to), (a.taken_out_on), (a.first_evidence_on)) d(day)
    WHERE d.day > %(on)s
    UNION ALL
    SELECT l.account_id, d.day FROM line l JOIN installed_base_coverageperiod h ON h.coverage_id = l.id
    CROSS JOIN LATERAL (VALUES (h.valid_from), (h.valid_to), (h.starts_on), (h.ends_on + 1)) d(day)
    WHERE d.day > %(on)s
    UNION ALL
    SELECT p.account_id, d.day FROM paper p JOIN installed_base_termperiod h ON h.term_id = p.id
    CROSS JOIN LATERAL (VALUES (h.valid_from), (h.valid_to), (h.starts_on), (h.ends_on + 1), (p.signed_on),
                               (p.terminated_on), (p.notice_received_on), (p.starts_on)) d(day)
    WHERE d.day > %(on)s
    UNION ALL
    SELECT l.account_id, n.starts_on FROM line l JOIN installed_base_termsuccession s ON s.term_id = l.term_id
    JOIN installed_base_term n ON n.id = s.successor_id WHERE n.starts_on > %(on)s
) edge
GROUP BY account_id
"""
