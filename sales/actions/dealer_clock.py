"""The clock of a dealer who works a lead or a deal: the day by which we hear of it (IB-17)."""

from datetime import date

from django.utils.translation import gettext as _

from core.models import User
from core.policies import policy_on
from playbooks.queries import working_days
from sales.models import DealerAssignment, Lead, Opportunity
from sales.rules.dealer import DealerPolicy, answers_by


def usual_day(since: date, on: date) -> date:
    """The day by which a dealer reports on what was handed over, or heard, on `since`, by the policy of `on`."""
    return answers_by(policy_on(DealerPolicy, on).values, since, working_days(on).on_or_after)


def start_anew(row: Lead | Opportunity, on: date) -> None:
    """A lead or a deal that is open again is due as if it were handed over today. Without a dealer, nothing is."""
    of = {"lead": row.pk} if isinstance(row, Lead) else {"opportunity": row.pk}
    DealerAssignment.objects.filter(**of, ended_on__isnull=True).update(answer_by=usual_day(on, on))


def follow_deal(deal: Opportunity, *, by: User, on: date, answer_by: date | None = None, reason: str = "") -> None:
    """The history follows the dealer that a deal names: another one, or none, ends what stood with the reason; one who
    stands already has another day, where one was agreed. Part of the transaction that wrote the deal."""
    held = DealerAssignment.objects.filter(opportunity=deal.pk, ended_on__isnull=True).select_for_update().first()
    if held is not None and held.partner_id != deal.partner_id:
        held.ended_on, held.ended_by = max(on, held.given_on), by
        held.end_reason = reason.strip() or _("Another dealer, or none, was named.")
        held.save(update_fields=["ended_on", "ended_by", "end_reason"])
        held = None
    if deal.partner_id is None:
        return
    if held is None:
        DealerAssignment.objects.create(
            opportunity=deal, partner_id=deal.partner_id, given_on=on, given_by=by,
            answer_by=answer_by or usual_day(on, on),
        )  # fmt: skip
    elif answer_by is not None:
        held.answer_by = answer_by
        held.save(update_fields=["answer_by"])
