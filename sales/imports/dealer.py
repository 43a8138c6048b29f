"""Leads and deals that a file says are with a dealer: since when, and until when they report (IB-17)."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from core.importing.plan import Plan
from sales.actions.dealer_clock import usual_day
from sales.models import DealerAssignment, Lead, Opportunity
from sales.rules import OPEN_STAGES

_TABLE = DealerAssignment._meta.db_table
_OPEN = ", ".join(f"'{stage}'" for stage in OPEN_STAGES)
_STILL = f"t.stage IN ({_OPEN})"


def follow_dealers(plan: Plan, ready: str) -> None:
    """The history of leads follows what the file says: another dealer, or none, ends what stood; a new one begins on
    the day that the row names, else on that of the import."""
    _follow(plan, ready, Lead, "lead_id", "TRUE")


def follow_deals(plan: Plan, ready: str) -> None:
    """The same of deals, whose dealer begins on the day of the import; on one that is decided nobody reports."""
    _follow(plan, ready, Opportunity, "opportunity_id", _STILL)


def _follow(plan: Plan, ready: str, model: type[Lead] | type[Opportunity], column: str, starts: str) -> None:
    if "partner" not in plan.mapped:
        return
    on, since = plan.context.on, "s.partner_since" if "partner_since" in plan.mapped else "NULL::date"
    rows = f'"{ready}" s JOIN "{model._meta.db_table}" t ON t.id = s._id AND s._ok'
    standing = f'"{_TABLE}" d ON d."{column}" = t.id AND d.ended_on IS NULL'
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{_TABLE}" e SET ended_on = GREATEST(%s, e.given_on), end_reason = %s FROM {rows} JOIN {standing}'
            " WHERE e.id = d.id AND t.partner_id IS DISTINCT FROM d.partner_id",
            [on, _("A file named another dealer, or none.")],
        )
        cursor.execute(
            f"SELECT t.id, t.partner_id, COALESCE({since}, %s) FROM {rows} LEFT JOIN {standing}"
            f" WHERE t.partner_id IS NOT NULL AND d.id IS NULL AND {starts} ORDER BY t.id",
            [on],
        )
        found: list[tuple[int, int, date]] = cursor.fetchall()
    due = {day: usual_day(day, on) for day in {day for _row, _partner, day in found}}
    DealerAssignment.objects.bulk_create(
        (DealerAssignment(partner_id=partner, given_on=day, answer_by=due[day], **{column: row})
         for row, partner, day in found),
        batch_size=2000,
    )  # fmt: skip
