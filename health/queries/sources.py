"""The SQL of the readings: per source one statement, grouped by account. Dates and windows come as parameters.

Each gives the account, the next day on which its readings may change by themselves (something leaves a window, or a
date that is written down comes), and for each reading its value, the day of the last fact and how many there were.
"""


def _share(part: str, whole: str) -> str:
    """A part of a whole to four places; nothing is known where there is no whole."""
    return f"CASE WHEN {whole} > 0 THEN round(COALESCE({part}, 0)::numeric / {whole}, 4) END"


def _since(day: str) -> str:
    """Days since then."""
    return f"(%(on)s - {day})::numeric"


def _day(at: str) -> str:
    """The day of a moment where the organisation is."""
    return f"({at} AT TIME ZONE %(zone)s)::date"


def _coming(*days: str) -> str:
    """The first of these days that is still to come."""
    return f"LEAST({', '.join(f'CASE WHEN {day} > %(on)s THEN {day} END' for day in days)})"


# Machines that ever stood at these accounts; `placed` those that did on the day, in service.
_STOOD = f"""
    SELECT p.account_id, p.asset_id,
           p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
               AND a.standing = 'ours' AND x.counts_as_machine IS NOT FALSE
               AND (a.taken_out_on IS NULL OR a.taken_out_on > %(on)s)
               AND (a.first_evidence_on IS NULL OR a.first_evidence_on <= %(on)s) AS placed,
           CASE WHEN a.went_live_on <= %(on)s THEN a.went_live_on
                ELSE COALESCE(a.installed_on, a.first_evidence_on, '-infinity') END AS began, x.line_id,
           {_coming("p.valid_from", "p.valid_to", "a.taken_out_on", "a.first_evidence_on", "a.went_live_on")} AS coming
    FROM installed_base_assetperiod p
    JOIN installed_base_asset a ON a.id = p.asset_id
    LEFT JOIN installed_base_product x ON x.id = a.product_id
    WHERE p.account_id = ANY(%(ids)s)"""

# A term that is past its end and goes on tacitly stops where a successor or a later term of its contract starts.
_FOLLOWED = """
    SELECT bool_or(n.starts_on <= %(on)s) AS followed, MIN(n.starts_on) FILTER (WHERE n.starts_on > %(on)s) AS next_on
    FROM (
        SELECT n.starts_on FROM installed_base_termsuccession s JOIN installed_base_term n ON n.id = s.successor_id
        WHERE s.term_id = t.id AND h.tacit_months IS NOT NULL AND h.ends_on < %(on)s
        UNION ALL
        SELECT n.starts_on FROM installed_base_term n
        WHERE n.contract_id = t.contract_id AND n.number > t.number
          AND h.tacit_months IS NOT NULL AND h.ends_on < %(on)s
    ) n"""

# Every line of cover with every version of it and of its term: whether it covers on the day, and when that may change.
_LINES = f"""
    SELECT m.account_id, m.asset_id, FALSE AS placed, NULL::date AS began,
           m.placed AND v.valid_from <= %(on)s AND (v.valid_to IS NULL OR v.valid_to > %(on)s)
               AND v.starts_on <= %(on)s AND (v.ends_on IS NULL OR v.ends_on >= %(on)s)
               AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s) AND h.starts_on <= %(on)s
               AND (t.signed_on <= %(on)s OR (t.signed_on IS NULL AND t.source <> ''))
               AND (t.terminated_on IS NULL OR t.terminated_on > %(on)s)
               AND (h.ends_on IS NULL OR h.ends_on >= %(on)s OR (
                   h.tacit_months IS NOT NULL AND f.followed IS NOT TRUE
                   AND (t.notice_received_on IS NULL OR t.notice_received_on > %(on)s)
               )) AS covered,
           {
    _coming(
        "v.valid_from",
        "v.valid_to",
        "v.starts_on",
        "(v.ends_on + 1)",
        "h.valid_from",
        "h.valid_to",
        "h.starts_on",
        "(h.ends_on + 1)",
        "t.signed_on",
        "t.terminated_on",
        "t.notice_received_on",
        "f.next_on",
    )
} AS coming
    FROM stood m
    JOIN installed_base_coverage c ON c.asset_id = m.asset_id
    JOIN installed_base_coverageperiod v ON v.coverage_id = c.id
    JOIN installed_base_term t ON t.id = c.term_id
    JOIN installed_base_termperiod h ON h.term_id = t.id
    LEFT JOIN LATERAL ({_FOLLOWED}) f ON TRUE"""

_OLDEST = "MIN(began) FILTER (WHERE placed)"
_YOUNG = f"{_OLDEST} > %(ramp_up)s"

MACHINES = f"""
WITH stood AS NOT MATERIALIZED ({_STOOD})
SELECT account_id, LEAST(MIN(coming), CASE WHEN {_YOUNG} THEN {_OLDEST} + %(ramp_up_days)s END),
       {_share("count(*) FILTER (WHERE covered)", "count(*) FILTER (WHERE placed)")}, %(on)s,
       count(*) FILTER (WHERE placed),
       CASE WHEN {_YOUNG} THEN {_since(_OLDEST)} END, {_OLDEST}, count(*) FILTER (WHERE placed)
FROM (
    SELECT account_id, bool_or(placed) AS placed, bool_or(covered) AS covered, MIN(began) AS began,
           MIN(coming) AS coming
    FROM (SELECT account_id, asset_id, placed, began, FALSE AS covered, coming FROM stood UNION ALL {_LINES}) line
    GROUP BY account_id, asset_id
) machine
GROUP BY account_id
"""

# Per machine first, then per account. The year before is read for its output alone.
USAGE = f"""
SELECT account_id, LEAST(MIN(r.coming), CASE WHEN SUM(n) > 0 THEN %(on)s + 1 END),
       {_share("count(*) FILTER (WHERE ran)", "count(*) FILTER (WHERE n > 0)")}, MAX(last), SUM(n)::int,
       {_share("SUM(run)", "SUM(available)")}, MAX(last), SUM(n)::int,
       {_share("SUM(good)", "SUM(known_output)")}, MAX(last), SUM(n)::int,
       CASE WHEN SUM(output) IS NOT NULL THEN {_share("SUM(output)", "SUM(output_then) FILTER (WHERE n > 0)")} END,
       MAX(last), SUM(n)::int
FROM ({_STOOD}) m
JOIN (
    SELECT asset_id, count(*) FILTER (WHERE now) AS n, MAX("on") FILTER (WHERE now) AS last,
           bool_or(now AND "on" > %(running)s AND run_hours > 0) AS ran,
           SUM(run_hours) FILTER (WHERE now AND available_hours IS NOT NULL) AS run,
           SUM(available_hours) FILTER (WHERE now AND run_hours IS NOT NULL) AS available,
           SUM(output) FILTER (WHERE now AND good_output IS NOT NULL) AS known_output,
           SUM(good_output) FILTER (WHERE now AND output IS NOT NULL) AS good,
           SUM(output) FILTER (WHERE now) AS output,
           SUM(output) FILTER (WHERE NOT now AND "on" <= %(then)s) AS output_then,
           MIN("on") FILTER (WHERE "on" > %(on)s) AS coming
    FROM (
        SELECT *, "on" > %(usage)s AND "on" <= %(on)s AS now FROM installed_base_usagereading
        WHERE "on" > %(usage)s OR ("on" > %(then_usage)s AND "on" <= %(then)s)
    ) r
    WHERE asset_id IN (SELECT p.asset_id FROM installed_base_assetperiod p WHERE p.account_id = ANY(%(ids)s))
    GROUP BY asset_id
) r ON r.asset_id = m.asset_id
WHERE m.placed
GROUP BY account_id
"""

_JUDGED, _VOICED = "count(*) FILTER (WHERE judged)", "count(*) FILTER (WHERE voiced)"

TICKETS = f"""
SELECT account_id, LEAST(
           {_day("MIN(opened_at) FILTER (WHERE come AND opened_at >= %(resolution_from)s)")} + %(resolution)s,
           {_day("MIN(opened_at) FILTER (WHERE voiced)")} + %(sentiment)s,
           {_day("MIN(opened_at) FILTER (WHERE come AND opened_at >= %(tickets_from)s)")} + %(tickets)s,
           {_day("MIN(opened_at) FILTER (WHERE NOT come)")},
           {_day("MIN(resolved_at) FILTER (WHERE resolved_at >= %(end)s)")},
           {_day("MIN(reopened_at) FILTER (WHERE reopened_at >= %(end)s)")},
           {_day("MIN(promised_at) FILTER (WHERE come AND promised_at >= %(end)s)")}
       ),
       CASE WHEN bool_or(come) THEN count(*) FILTER (WHERE come AND NOT solved AND severity = 'critical') END::numeric,
       %(on)s, count(*) FILTER (WHERE come),
       CASE WHEN bool_or(come) THEN count(*) FILTER (WHERE come AND opened_at >= %(tickets_from)s) END::numeric,
       %(on)s, count(*) FILTER (WHERE come AND opened_at >= %(tickets_from)s),
       {_share("count(*) FILTER (WHERE judged AND solved AND resolved_at <= promised_at)", _JUDGED)},
       {_day("MAX(opened_at) FILTER (WHERE judged)")}, {_JUDGED},
       {_share("count(*) FILTER (WHERE voiced AND sentiment <> 'negative')", _VOICED)},
       {_day("MAX(opened_at) FILTER (WHERE voiced)")}, {_VOICED}
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
SELECT account_id,
       LEAST(MIN(answered_on) FILTER (WHERE come) + %(survey_days)s, MIN(answered_on) FILTER (WHERE NOT come)),
       round(AVG(value * 10 / NULLIF(scale_to, 0)) FILTER (WHERE come), 4),
       MAX(answered_on) FILTER (WHERE come), count(*) FILTER (WHERE come)
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

_LAST = 'MAX("on") FILTER (WHERE come)'
_EXECUTIVE = """MAX("on") FILTER (WHERE come AND role = 'management')"""

# Roles are those of the day.
MOMENTS = f"""
SELECT account_id, LEAST(MIN("on") FILTER (WHERE recent) + %(voices_days)s, MIN("on") FILTER (WHERE NOT come)),
       {_since(_LAST)}, {_LAST}, count(*) FILTER (WHERE come),
       {_since(_EXECUTIVE)}, {_EXECUTIVE}, count(*) FILTER (WHERE come),
       CASE WHEN bool_or(come AND role IS NOT NULL) THEN
           bool_or(COALESCE(recent AND role = 'operator', FALSE))::int
           + bool_or(COALESCE(recent AND role = 'engineering', FALSE))::int
           + bool_or(COALESCE(recent AND role = 'management', FALSE))::int END::numeric,
       MAX("on") FILTER (WHERE come), count(*) FILTER (WHERE come AND role IS NOT NULL)
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
SELECT c.account_id, LEAST(
           MIN(p.champion_since) FILTER (WHERE p.champion_since > %(on)s),
           MIN(c.left_on) FILTER (WHERE c.left_on > %(on)s), MIN(p.valid_to)
       ),
       bool_or(COALESCE(p.champion_since <= %(on)s, FALSE) AND (c.left_on IS NULL OR c.left_on > %(on)s))::int::numeric,
       %(on)s, count(*)
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

_AGREED = "count(*) FILTER (WHERE agreed_on <= %(on)s)"

RESULTS = f"""
SELECT account_id,
       LEAST(MIN(agreed_on) FILTER (WHERE agreed_on > %(on)s), MIN(realised_on) FILTER (WHERE realised_on > %(on)s)),
       {_share("count(*) FILTER (WHERE agreed_on <= %(on)s AND realised_on <= %(on)s)", _AGREED)},
       GREATEST(MAX(agreed_on) FILTER (WHERE agreed_on <= %(on)s),
                MAX(realised_on) FILTER (WHERE realised_on <= %(on)s)), {_AGREED}
FROM installed_base_roirecord
WHERE account_id = ANY(%(ids)s)
GROUP BY account_id
"""

_SERVICE_NOW = 'SUM(amount_reporting) FILTER (WHERE service AND "on" > %(growth)s AND "on" <= %(on)s)'
_SERVICE_BEFORE = 'SUM(amount_reporting) FILTER (WHERE service AND "on" > %(growth_before)s AND "on" <= %(growth)s)'

LEDGER = f"""
SELECT account_id, LEAST(
           MIN(due_on) FILTER (WHERE due_on > %(paid)s AND due_on <= %(on)s) + %(paid_days)s,
           MIN("on") FILTER (WHERE service AND "on" > %(growth)s AND "on" <= %(on)s) + %(growth_days)s,
           MIN("on") + %(ledger_days)s, MIN("on") FILTER (WHERE "on" > %(on)s),
           MIN(due_on) FILTER (WHERE due_on > %(on)s), MIN(paid_on) FILTER (WHERE paid_on > %(on)s),
           MIN(due_on + %(grace)s + 1) FILTER (WHERE due_on <= %(on)s AND due_on + %(grace)s >= %(on)s)
       ),
       {_share("count(*) FILTER (WHERE judged AND paid_on <= LEAST(due_on + %(grace)s, %(on)s))", _JUDGED)},
       MAX(due_on) FILTER (WHERE judged), {_JUDGED},
       CASE WHEN {_SERVICE_NOW} IS NOT NULL THEN {_share(f"GREATEST({_SERVICE_NOW}, 0)", _SERVICE_BEFORE)} END,
       MAX("on") FILTER (WHERE service AND "on" <= %(on)s),
       count(*) FILTER (WHERE service AND "on" > %(growth_before)s AND "on" <= %(on)s)
FROM (
    SELECT account_id, "on", due_on, paid_on, amount_reporting, stream IN ('parts', 'service_contract') AS service,
           due_on > %(paid)s AND due_on <= %(on)s AND "on" <= %(on)s
               AND (paid_on <= %(on)s OR due_on + %(grace)s < %(on)s) AS judged
    FROM installed_base_ledgerentry
    WHERE account_id = ANY(%(ids)s) AND state = 'posted' AND "on" > %(ledger_from)s
) entry
GROUP BY account_id
"""

RHYTHM = f"""
SELECT account_id, MIN(day) FILTER (WHERE NOT come),
       {_since("MAX(day) FILTER (WHERE come AND ordered)")}, MAX(day) FILTER (WHERE come AND ordered),
       count(*) FILTER (WHERE come AND ordered),
       {_since("MAX(day) FILTER (WHERE come)")}, MAX(day) FILTER (WHERE come), count(*) FILTER (WHERE come)
FROM (
    SELECT account_id, ordered_on AS day, ordered_on <= %(on)s AS come, TRUE AS ordered
    FROM installed_base_partsorder WHERE account_id = ANY(%(ids)s)
    UNION ALL
    SELECT account_id, "on", "on" <= %(on)s, FALSE FROM installed_base_visit WHERE account_id = ANY(%(ids)s)
) event
GROUP BY account_id
"""

# The last judgement given. Its day is the last one on which it counts; one taken back is none from that day on.
JUDGEMENTS = """
SELECT account_id, LEAST(MIN("on") FILTER (WHERE NOT come), MIN(withdrawn_on) FILTER (WHERE come)),
       ((array_agg(value ORDER BY "on" DESC, id DESC) FILTER (WHERE come))[1])::numeric,
       (array_agg(counts_until ORDER BY "on" DESC, id DESC) FILTER (WHERE come))[1], count(*) FILTER (WHERE come)
FROM (
    SELECT *, "on" <= %(on)s AS come FROM health_judgement
    WHERE account_id = ANY(%(ids)s) AND (withdrawn_on IS NULL OR withdrawn_on > %(on)s)
) judgement
GROUP BY account_id
"""


def segments(count: int) -> str:
    """Whether an account was of each of so many segments."""
    said = ", ".join(f"CASE WHEN segment = %(segment_{n})s THEN 1 END, %(on)s, 1" for n in range(count))
    return f"""
SELECT account_id, valid_to, {said} FROM installed_base_accountperiod
WHERE account_id = ANY(%(ids)s) AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
"""


def lines(count: int) -> str:
    """The share of the machines in service that is of each of so many product lines."""
    placed = "count(*) FILTER (WHERE placed)"
    shares = ", ".join(
        f"{_share(f'count(*) FILTER (WHERE placed AND l.name = %(line_{n})s)', placed)}, %(on)s, {placed}"
        for n in range(count)
    )
    return f"""
SELECT account_id, MIN(coming), {shares}
FROM ({_STOOD}) m LEFT JOIN installed_base_productline l ON l.id = m.line_id
GROUP BY account_id
"""
