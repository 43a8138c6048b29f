"""What is on record for the business case of a deal."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, Sum

from core.calendar import add_months
from core.models import User
from installed_base.models import Ticket
from sales.models import BusinessCase, Opportunity
from sales.rules.business_case import RECORDED, SAID


@dataclass(frozen=True)
class OnRecord:
    """Figures that we have, each with its source; of how many stops nobody wrote the hours down."""

    values: dict[str, Decimal]
    sources: dict[str, str]
    stops: int
    stops_unknown: int


def on_record(deal: Opportunity, user: User, on: date) -> OnRecord:
    """Standstill of the deal's machines in the twelve months to the date, what an hour costs by the customer's word,
    and the price of the deal. Without a machine, or without any stop on record, standstill is unknown."""
    machines = [pk for pk in deal.lines.values_list("asset_id", flat=True) if pk]
    zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
    begin = datetime.combine(add_months(on, -12) + timedelta(days=1), time(), zone)
    end = datetime.combine(on + timedelta(days=1), time(), zone)
    rows = Ticket.objects.visible_to(user).filter(asset__in=machines, opened_at__gte=begin, opened_at__lt=end)
    stop = Q(kind=Ticket.Kind.BREAKDOWN) | Q(downtime_hours__gt=0)
    found = rows.aggregate(
        hours=Sum("downtime_hours", filter=stop),
        stops=Count("pk", filter=stop),
        unknown=Count("pk", filter=stop & Q(downtime_hours__isnull=True)),
    )
    cost = deal.account.downtime_cost_hour if deal.account else None
    known = (
        ("downtime_hours", found["hours"], RECORDED),
        ("cost_hour", cost, SAID),
        ("price", deal.value_reporting, RECORDED),
    )
    values = {name: value for name, value, _source in known if value is not None}
    sources = {name: source for name, value, source in known if value is not None}
    return OnRecord(values, sources, found["stops"], found["unknown"])


def case_row(deal: Opportunity) -> BusinessCase | None:
    """The stored case of a deal that is read."""
    return BusinessCase._base_manager.filter(opportunity=deal.pk).select_related("changed_by").first()
