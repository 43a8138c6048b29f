"""Readings of machines: hours, output, and the meter they are read from."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Values
from core.importing.plan import Plan
from installed_base.imports.service import seen_since
from installed_base.models import Asset, AssetEvent, UsageReading

_TABLE = UsageReading._meta.db_table
_EVENTS = AssetEvent._meta.db_table


def _reading_key(keys: dict[str, str], values: Values) -> str:
    asset, on = values.get("asset"), values.get("on")
    return f"{asset}/{on}" if asset and on else ""


def _complete_reading(values: Values, row: dict[str, Values]) -> None:
    """A reading says something about one day, unless the file says how many."""
    values["days"] = values.get("days") or "1"


# A meter begins anew where it shows less than before, or where it was replaced in between.
_BEGINS_ANEW = (
    f"(r.meter_hours < r.shown OR EXISTS (SELECT 1 FROM {_EVENTS} e WHERE e.asset_id = r.asset_id"
    ' AND e.kind = \'meter_replaced\' AND e."on" > r.read_on AND e."on" <= r."on"))'
)
_WINDOW = 'WINDOW w AS (PARTITION BY r.asset_id ORDER BY r."on")'


def _derive_hours(plan: Plan, ready: str) -> None:
    """Hours that are not stated are the difference with the last time the meter was read, if it did not begin anew.

    The span is then the days between the two, unless the file states it. More than 24 hours a day are no hours.
    """
    if "meter_hours" not in plan.mapped:
        return
    stated = "days" in plan.expressions
    mapped = "run_hours" in plan.mapped
    span = "x.days" if stated else 'x."on" - x.read_on'
    fits = f'x.meter_hours - x.shown <= 24 * ({span}) AND (NOT {stated} OR x.days = x."on" - x.read_on)'
    with connection.cursor() as cursor:
        if not mapped:
            cursor.execute(f'ALTER TABLE "{ready}" ADD COLUMN run_hours numeric')
            cursor.execute(f'UPDATE "{ready}" s SET run_hours = t.run_hours FROM "{_TABLE}" t WHERE t.id = s._known')
            plan.mapped.add("run_hours")
        cursor.execute(
            f'UPDATE "{ready}" s SET run_hours = x.meter_hours - x.shown{"" if stated else f", days = {span}"} FROM'
            f" (SELECT r.*, {_BEGINS_ANEW} AS anew FROM (SELECT r.*, lag(r.meter_hours) OVER w AS shown,"
            f' lag(r."on") OVER w AS read_on FROM ({_series(ready)}) r {_WINDOW}) r) x'
            f" WHERE x._row = s._row AND s._ok AND x.shown IS NOT NULL AND NOT x.anew AND {fits}"
            + (" AND s.run_hours IS NULL" if mapped else "")
        )


def _series(ready: str) -> str:
    """Meter readings of the machines in the file: those of the file, and those known before."""
    return (
        f'SELECT s._row, s.asset_id, s."on", s.days, s.meter_hours FROM "{ready}" s'
        " WHERE s._ok AND s.meter_hours IS NOT NULL UNION ALL"
        f' SELECT NULL, t.asset_id, t."on", t.days, t.meter_hours FROM "{_TABLE}" t'
        f' WHERE t.meter_hours IS NOT NULL AND t.asset_id IN (SELECT a.asset_id FROM "{ready}" a WHERE a._ok)'
        f' AND NOT EXISTS (SELECT 1 FROM "{ready}" k WHERE k._ok AND k._known = t.id)'
    )


def _count_epochs(plan: Plan, ready: str) -> None:
    """Number the epochs of every meter in the file anew, in the order of the days; and a machine that runs is there."""
    with connection.cursor() as cursor:
        cursor.execute(seen_since(_TABLE, 't."on"', "reading"))
        if "meter_hours" not in plan.mapped:
            return
        cursor.execute(
            f'UPDATE "{_TABLE}" u SET epoch = x.epoch FROM (SELECT r.id, 1 + sum(CASE WHEN r.read_on IS NOT NULL AND'
            f' {_BEGINS_ANEW} THEN 1 ELSE 0 END) OVER w AS epoch FROM (SELECT r.id, r.asset_id, r."on",'
            ' r.meter_hours, lag(r.meter_hours) OVER w AS shown, lag(r."on") OVER w AS read_on'
            f' FROM "{_TABLE}" r WHERE r.meter_hours IS NOT NULL AND r.asset_id IN'
            f' (SELECT s.asset_id FROM "{ready}" s WHERE s._ok) {_WINDOW}) r {_WINDOW}) x'
            " WHERE x.id = u.id AND u.epoch <> x.epoch"
        )


def _hours(name: str) -> Check:
    return Check(
        name,
        f"s.{name} > 24 * s.days",
        _("is more than 24 hours a day"),
        needs=(name, "days"),
    )


READING = Entity(
    word="reading",
    plural="readings",
    model=UsageReading,
    fields=(
        Field("asset", "ref", required=True, to="asset"),
        Field("on", "date", required=True),
        Field("days", "integer"),
        Field("run_hours", "number", places=2),
        Field("available_hours", "number", places=2),
        Field("output", "number", places=3),
        Field("good_output", "number", places=3),
        Field("meter_hours", "number", places=2),
    ),
    natural=("asset_id", "on"),
    checks=(
        Check("on", 's."on" > {on}', _("lies in the future")),
        Check("days", "s.days NOT BETWEEN 1 AND 400", _("is no span of 1 to 400 days")),
        _hours("run_hours"),
        _hours("available_hours"),
        Check(
            "good_output",
            "s.good_output > s.output",
            _("is more than the output"),
            needs=("good_output", "output"),
        ),
    ),
    touches="reading",
    account=f'(SELECT a.account_id FROM "{Asset._meta.db_table}" a WHERE a.id = t.asset_id)',
    since='t."on"',
    default_key=_reading_key,
    finish=_complete_reading,
    fills={"": ("days",)},
    before=_derive_hours,
    after=_count_epochs,
)
