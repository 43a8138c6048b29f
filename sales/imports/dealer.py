"""Leads that a file says are with a dealer: since when, and until when they report (IB-17)."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from core.importing.plan import Plan
from sales.actions.dealer_clock import usual_day
from sales.models import DealerAssignment, Lead

_LEADS, _TABLE = Lead._meta.db_table, DealerAssignment._meta.db_table


def follow_dealers(plan: Plan, ready: str) -> None:
    """The history follows what the file says: another dealer, or none, ends what stood; a new one begins on the day
    that the row names, else on that of the import."""
    if "partner" not in plan.mapped:
        return
    on, since = plan.context.on, "s.partner_since" if "partner_since" in plan.mapped else "NULL::date"
    rows = f'"{ready}" s JOIN "{_LEADS}" l ON l.id = s._id AND s._ok'
    standing = f'"{_TABLE}" d ON d.lead_id = l.id AND d.ended_on IS NULL'
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{_TABLE}" e SET ended_on = GREATEST(%s, e.given_on), end_reason = %s FROM {rows} JOIN {standing}'
            " WHERE e.id = d.id AND l.partner_id IS DISTINCT FROM d.partner_id",
            [on, _("A file named another dealer, or none.")],
        )
        cursor.execute(
            f"SELECT l.id, l.partner_id, COALESCE({since}, %s) FROM {rows} LEFT JOIN {standing}"
            " WHERE l.partner_id IS NOT NULL AND d.id IS NULL ORDER BY l.id",
            [on],
        )
        found: list[tuple[int, int, date]] = cursor.fetchall()
    due = {day: usual_day(day, on) for day in {day for _lead, _partner, day in found}}
    DealerAssignment.objects.bulk_create(
        (DealerAssignment(lead_id=lead, partner_id=partner, given_on=day, answer_by=due[day])
         for lead, partner, day in found),
        batch_size=2000,
    )  # fmt: skip
