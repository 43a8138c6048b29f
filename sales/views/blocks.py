"""What stands on the page of a deal beside the deal itself: the leads it came from, its dealer, its people, its
handoffs, what it brought, its business case."""

from datetime import date
from typing import Any

from core.asking import PersonRequest
from sales.models import Opportunity
from sales.views import business_case, dealers, handoff, lead, stakeholders, winning


def blocks(request: PersonRequest, deal: Opportunity, on: date) -> dict[str, Any]:
    """The context of these parts of the page."""
    may_change = Opportunity.objects.changeable_by(request.user).filter(pk=deal.pk).exists()
    return {
        **handoff.block(request, deal, on, may_change),
        **lead.block(request, deal),
        **dealers.block(deal, request.user, on),
        **stakeholders.block(request, deal, may_change),
        **winning.block(request, deal, on),
        **business_case.block(request, deal, may_change),
    }
