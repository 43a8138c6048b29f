"""What a page says of the dealer who works a lead: who, by when they report, whether that day has passed (IB-17)."""

from datetime import date
from typing import Any

from core.models import User
from core.policies import policy_on
from playbooks.queries import working_days
from sales.queries.dealer import names_of
from sales.rules.dealer import DealerPolicy, is_overdue, reports_by
from sales.rules.lead import OPEN_STATES


def watch(rows: list[Any], user: User, on: date) -> list[Any]:
    """Leads as `sales.queries.lead.leads` reads them, with their dealer by name where the reader sees the account, and
    the clock of those that are open. One query."""
    names, policy = names_of([row.partner_id for row in rows], user), policy_on(DealerPolicy, on).values
    next_day = working_days(on).on_or_after
    for row in rows:
        running = row.partner_id and row.agreed_by and row.state in OPEN_STATES
        row.dealer_name = names.get(row.partner_id, "")
        row.report_by = reports_by(policy, row.agreed_by, row.heard_on, next_day) if running else None
        row.dealer_late = bool(running) and is_overdue(policy, row.agreed_by, row.heard_on, on, next_day)
    return rows
