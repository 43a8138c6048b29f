"""What pages and the API say of the dealer who works a lead or a deal: who, by when they report, whether that day has
passed (IB-17)."""

from datetime import date
from typing import Any

from core.models import User
from core.policies import policy_on
from core.scope import System
from playbooks.queries import working_days
from sales.models import Lead, Opportunity
from sales.queries.dealer import names_of, with_dealers
from sales.rules import OPEN_STAGES
from sales.rules.dealer import DealerPolicy, is_overdue, reports_by
from sales.rules.lead import OPEN_STATES

# Where each stands, and the places in which it is open.
_OPEN: dict[type, tuple[str, frozenset[str]]] = {
    Lead: ("state", frozenset(OPEN_STATES)),
    Opportunity: ("stage", frozenset(OPEN_STAGES)),
}


def watch(rows: list[Any], user: User, on: date) -> list[Any]:
    """Leads as `sales.queries.lead.leads` reads them, with their dealer by name where the reader sees the account, and
    the clock of those that are open. One query."""
    names = names_of([row.partner_id for row in rows], user)
    for row in rows:
        row.dealer_name = names.get(row.partner_id, "")
    return clocked(rows, on)


def clocked(rows: list[Any], on: date) -> list[Any]:
    """Leads or deals with the day by which their dealer reports, where they are open, and whether it has passed."""
    policy, next_day = policy_on(DealerPolicy, on).values, working_days(on).on_or_after
    for row in rows:
        place, still = _OPEN[type(row)]
        running = row.partner_id and row.agreed_by and getattr(row, place) in still
        row.report_by = reports_by(policy, row.agreed_by, row.heard_on, next_day) if running else None
        row.dealer_late = bool(running) and is_overdue(policy, row.agreed_by, row.heard_on, on, next_day)
    return rows


def watch_rows(rows: list[dict[str, Any]], on: date, model: type[Lead] | type[Opportunity]) -> None:
    """The same of rows of the API, as dates and a flag. Two queries, none where no dealer is named."""
    for row in rows:
        row |= {"dealer_given_on": None, "dealer_heard_on": None, "dealer_reports_by": None, "dealer_overdue": False}
    ids = [row["id"] for row in rows if row["partner_id"]]
    if not ids:
        return
    shown: Any = model.objects.visible_to(System("the clock of rows that are shown"))
    columns = ("pk", "given_on", "agreed_by", "heard_on")
    found = {pk: rest for pk, *rest in with_dealers(shown.filter(pk__in=ids), on).values_list(*columns)}
    place, still = _OPEN[model]
    policy, next_day = policy_on(DealerPolicy, on).values, working_days(on).on_or_after
    for row in rows:
        given_on, agreed_by, heard_on = found.get(row["id"], (None, None, None))
        row["dealer_given_on"], row["dealer_heard_on"] = given_on, heard_on
        if agreed_by is not None and row[place] in still:
            row["dealer_reports_by"] = reports_by(policy, agreed_by, heard_on, next_day)
            row["dealer_overdue"] = is_overdue(policy, agreed_by, heard_on, on, next_day)
