"""The clock of a dealer who works a lead: the day by which we hear of it (IB-17)."""

from datetime import date

from core.policies import policy_on
from playbooks.queries import working_days
from sales.models import DealerAssignment, Lead
from sales.rules.dealer import DealerPolicy, answers_by


def usual_day(since: date, on: date) -> date:
    """The day by which a dealer reports on what was handed over, or heard, on `since`, by the policy of `on`."""
    return answers_by(policy_on(DealerPolicy, on).values, since, working_days(on).on_or_after)


def start_anew(lead: Lead, on: date) -> None:
    """A lead that is open again is due as if it were handed over today. A lead without a dealer has no clock."""
    DealerAssignment.objects.filter(lead=lead.pk, ended_on__isnull=True).update(answer_by=usual_day(on, on))
