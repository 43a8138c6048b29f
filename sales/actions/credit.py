"""Writes of shared credit: who has which part in a won deal (EX-27, EX-29)."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from sales.models import Opportunity, OpportunityCredit, Stage
from sales.rules import Share
from sales.rules.credit import first_out_of_range, first_twice, is_whole


def share_credit(*, opportunity: Opportunity, shares: Sequence[Share], by: User, on: date) -> None:
    """Say anew who is credited with a won deal. Shares add up to 100 %; none at all takes the credit back."""
    with audited(by=by, why="sales.share_credit"):
        deal: Opportunity = Opportunity.objects.select_for_update().get(pk=opportunity.pk)
        if deal.stage != Stage.WON:
            raise ValidationError(_("Credit is shared of a deal that is won; decide this one first."))
        _refuse(shares)
        OpportunityCredit.objects.filter(opportunity=deal).delete()
        OpportunityCredit.objects.bulk_create(
            OpportunityCredit(opportunity=deal, user_id=s.user_id, role=s.role, share=s.share) for s in shares
        )
        touch("opportunity", [deal.pk], since=on, account_of={deal.pk: deal.account_id} if deal.account_id else None)


def _refuse(shares: Sequence[Share]) -> None:
    if first_out_of_range(shares):
        raise ValidationError(_("A share lies above 0 and up to 100 %, with two decimals at most."))
    if first_twice(shares):
        raise ValidationError(_("Somebody stands there twice; give each person one line."))
    if not is_whole(shares):
        total = sum(s.share for s in shares) * 100
        raise ValidationError(_("The shares add up to %(total)s %%; make them 100 %%.") % {"total": f"{total:.2f}"})
