"""The floor of the chances: for each trigger one plain SQL statement over the rows that its rule reads.

Each says which subjects are a chance on the day, with what the day would write of them. It explains nothing, knows no
stretches of time that came and went, no versions of a policy, keeps no record of what fired, closes nothing, and does
not say when it wants to look again.
"""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db import connection

TABLE = "bench_chance"
_MAKE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    rule text NOT NULL, subject_id bigint NOT NULL, since date, value numeric, PRIMARY KEY (rule, subject_id)
)
"""
_MACHINES = """
machine AS (
    SELECT a.id, a.account_id, c.owner_id, a.known_on, a.installed_on, a.first_evidence_on, a.warranty_ends_on,
        a.product_id, a.price_reporting, p.list_price, p.monthly_capacity, p.successor_from, s.list_price AS next_price,
        coalesce(f.expected_life_years, 12) AS life, c.downtime_cost_hour
    FROM installed_base_asset a JOIN installed_base_account c ON c.id = a.account_id
    LEFT JOIN installed_base_product p ON p.id = a.product_id
    LEFT JOIN installed_base_product s ON s.id = p.successor_id
    LEFT JOIN installed_base_productfamily f ON f.id = p.family_id
    WHERE a.standing = 'ours' AND p.counts_as_machine IS NOT FALSE
      AND (a.taken_out_on IS NULL OR a.taken_out_on > %(on)s)
)"""
_HELD = """
held AS (
    SELECT v.asset_id, v.starts_on, l.rung, l.list_price, next.list_price AS above,
        least(t.terminated_on, CASE WHEN t.tacit_months IS NOT NULL AND t.notice_received_on IS NULL THEN NULL
            ELSE coalesce(v.ends_on, t.ends_on) + 1 END) AS until
    FROM installed_base_coverage v JOIN installed_base_term t ON t.id = v.term_id
    LEFT JOIN installed_base_level l ON l.id = t.level_id
    LEFT JOIN installed_base_level next ON next.rung = l.rung + 1 WHERE t.signed_on IS NOT NULL OR t.source <> ''
)"""
_RAN = """
ran AS (
    SELECT asset_id, date_trunc('month', "on")::date AS month, sum(days) AS days, sum(run_hours) AS hours,
        sum(available_hours) AS available, sum(output) AS output
    FROM (
        SELECT asset_id, "on", days, available_hours, output, coalesce(run_hours, greatest(meter_hours - coalesce(
            lag(meter_hours) OVER (PARTITION BY asset_id, epoch ORDER BY "on"), meter_hours), 0)) AS run_hours
        FROM installed_base_usagereading
    ) reading GROUP BY 1, 2
)"""
_OF_CUSTOMER = """
ordered AS (
    SELECT account_id, ordered_on, sum(amount_reporting) AS amount FROM installed_base_partsorder GROUP BY 1, 2
), gone AS (
    SELECT account_id, bool_and(taken_out_on IS NOT NULL) AS gone FROM installed_base_asset
    WHERE standing = 'ours' GROUP BY 1
)"""
_COVERED = """
covered AS (
    SELECT asset_id, max(until) FILTER (WHERE until <= %(on)s) AS since,
        coalesce(bool_or(starts_on <= %(on)s AND (until IS NULL OR until > %(on)s)), FALSE) AS now
    FROM held GROUP BY 1
)"""
_STATEMENTS = {
    "age": f"""WITH {_MACHINES}
        SELECT id, installed_on + make_interval(months => ((life - 2) * 12)::int), coalesce(price_reporting, list_price)
        FROM machine WHERE installed_on + make_interval(years => 5) <= %(on)s""",
    "warranty": f"""WITH {_MACHINES}, {_HELD}, {_COVERED}
        SELECT id, warranty_ends_on - 90, (SELECT min(list_price) FROM installed_base_level) FROM machine
        LEFT JOIN covered ON asset_id = id
        WHERE warranty_ends_on - 90 <= %(on)s AND warranty_ends_on > %(on)s AND now IS NOT TRUE""",
    "uncovered": f"""WITH {_MACHINES}, {_HELD}, {_COVERED}
        SELECT id, coalesce(since, warranty_ends_on), (SELECT min(list_price) FROM installed_base_level) FROM machine
        LEFT JOIN covered ON asset_id = id
        WHERE now IS NOT TRUE AND greatest(warranty_ends_on, since, first_evidence_on) <= %(on)s""",
    "premium": f"""WITH {_MACHINES}, {_HELD}, stops AS (
            SELECT asset_id, count(*) AS stops, sum(downtime_hours) AS hours, max(opened_at) AS last
            FROM installed_base_ticket WHERE kind = 'breakdown' AND asset_id IS NOT NULL
              AND (opened_at AT TIME ZONE %(zone)s)::date > %(on)s - 365 GROUP BY 1)
        SELECT id, max(last)::date, max(above - held.list_price + hours * downtime_cost_hour)
        FROM machine JOIN stops ON stops.asset_id = id JOIN held ON held.asset_id = id
        WHERE stops >= 3 AND rung <= 1 AND starts_on <= %(on)s AND (until IS NULL OR until > %(on)s) GROUP BY 1""",
    "capacity": f"""WITH {_MACHINES}, {_RAN}, used AS (
            SELECT id, month, list_price, count(*) FILTER (WHERE days >= 20
                AND CASE WHEN output IS NOT NULL THEN output / monthly_capacity ELSE hours / available END > 0.8)
                OVER (PARTITION BY id ORDER BY month ROWS 2 PRECEDING) AS full_months
            FROM machine JOIN ran ON asset_id = id)
        SELECT id, max(month), max(list_price) FROM used WHERE full_months = 3 GROUP BY 1""",
    "parts_silence": f"""WITH {_OF_CUSTOMER}
        SELECT account_id, max(ordered_on), sum(amount) FILTER (WHERE ordered_on > %(on)s - 365) FROM ordered
        LEFT JOIN gone USING (account_id) GROUP BY 1
        HAVING count(*) >= 2 AND max(ordered_on) <= %(on)s::date - 182 AND bool_or(gone) IS NOT TRUE""",
    "order_rhythm": f"""WITH {_MACHINES}, ordered AS (
            SELECT l.asset_id, o.ordered_on, sum(l.amount_reporting) AS amount FROM installed_base_partsorderline l
            JOIN installed_base_partsorder o ON o.id = l.order_id WHERE l.asset_id IS NOT NULL GROUP BY 1, 2
        ), spaced AS (
            SELECT *, ordered_on - lag(ordered_on) OVER (PARTITION BY asset_id ORDER BY ordered_on) AS gap FROM ordered)
        SELECT asset_id, max(ordered_on), sum(amount) FROM spaced JOIN machine ON id = asset_id GROUP BY 1
        HAVING count(*) >= 4 AND max(ordered_on) + greatest(
            60, (2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::int) <= %(on)s""",
    "parts_drop": f"""WITH {_OF_CUSTOMER}
        SELECT account_id, max(ordered_on), sum(amount) FROM ordered GROUP BY 1
        HAVING sum(amount) FILTER (WHERE ordered_on > %(on)s - 365) < 0.75 * sum(amount) FILTER (
            WHERE ordered_on <= %(on)s - 365 AND ordered_on > %(on)s - 730)""",
    "parts_due": f"""WITH {_MACHINES}, {_RAN}, fitted AS (
            SELECT l.asset_id, p.id AS part, p.wear_hours, p.list_price AS price, max(o.ordered_on) AS since
            FROM installed_base_partsorderline l JOIN installed_base_partsorder o ON o.id = l.order_id
            JOIN installed_base_product p ON p.id = l.product_id AND p.wear_hours IS NOT NULL
            WHERE l.asset_id IS NOT NULL GROUP BY 1, 2, 3, 4)
        SELECT id, max(since), sum(price) FROM (
            SELECT f.asset_id, part, since, price, wear_hours - sum(hours) AS remaining,
                avg(hours) FILTER (WHERE month > %(on)s - 120) AS pace
            FROM fitted f JOIN ran ON ran.asset_id = f.asset_id AND month >= since
            GROUP BY 1, 2, 3, 4, wear_hours
        ) worn JOIN machine ON id = asset_id WHERE remaining < 3 * pace GROUP BY 1""",
    "recurring": f"""WITH {_MACHINES}, again AS (
            SELECT asset_id, lower(coalesce(nullif(title, ''), kind)) AS problem, count(*) AS times,
                max(opened_at) AS last
            FROM installed_base_ticket WHERE kind <> 'question' AND asset_id IS NOT NULL
              AND (opened_at AT TIME ZONE %(zone)s)::date > %(on)s - 182 GROUP BY 1, 2)
        SELECT id, max(last)::date, (SELECT max(price) FROM installed_base_upgradeoption o
            WHERE o.product_id = machine.product_id) FROM machine JOIN again ON asset_id = id
        WHERE times >= 3 GROUP BY id, product_id""",
    "breakdown": f"""WITH {_MACHINES}
        SELECT machine.id, max(opened_at)::date, max(downtime_hours) FROM machine
        JOIN installed_base_ticket k ON k.asset_id = machine.id WHERE kind = 'breakdown' AND downtime_hours >= 24
          AND (opened_at AT TIME ZONE %(zone)s)::date > %(on)s - 120 GROUP BY 1""",
    "successor": f"""WITH {_MACHINES}
        SELECT id, successor_from, next_price FROM machine WHERE successor_from <= %(on)s""",
    "upsell_talk": """
        SELECT t.account_id, max(m."on"), max(t.total) FROM (
            SELECT account_id, sum(amount_reporting) AS total FROM installed_base_ledgerentry
            WHERE state = 'posted' AND "on" > %(on)s - 365 AND "on" <= %(on)s
            GROUP BY 1 ORDER BY 2 DESC LIMIT 20
        ) t LEFT JOIN installed_base_contactmoment m ON m.account_id = t.account_id AND m.subject_kind = 'opportunity'
        GROUP BY 1 HAVING max(m."on") IS NULL OR max(m."on") <= %(on)s::date - 182""",
}


def look(on: date) -> Iterator[tuple[str, int]]:
    """Ask all of them, writing what they find beside what they found before; yields each rule with its count."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
        cursor.execute("SET jit = off")
        for rule, sql in _STATEMENTS.items():
            cursor.execute(
                f"INSERT INTO {TABLE} (rule, subject_id, since, value) SELECT '{rule}', x.* FROM ({sql}) x"
                " ON CONFLICT (rule, subject_id) DO UPDATE SET since = EXCLUDED.since, value = EXCLUDED.value",
                {"on": on, "zone": settings.ORGANISATION_TIME_ZONE},
            )
            yield rule, cursor.rowcount
