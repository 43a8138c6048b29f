"""What Voss Robotics wants to reach: bookings by quarter, and figures that it holds to something of its own."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from bowtie.demo.people import Staff
from core.calendar import add_months
from core.models import FigureAim
from core.scope import System
from core.targeting import Wanted, set_target
from sales.actions.targets import Wish, set_targets
from sales.models import Opportunity
from sales.rules import EXPANSION, NEW_BUSINESS, OPEN_STAGES, kinds_of
from sales.rules.targets import quarter_of

STEP = Decimal(25_000)
# So many times the target of the quarter stands open.
COVERED = {NEW_BUSINESS: Decimal("3.2"), EXPANSION: Decimal("2.8")}
GROWTH = Decimal("0.04")
BEFORE, AFTER = 6, 3


def aim(staff: Staff, on: date) -> None:
    """Targets of Daniel, of sales and of customer success, agreed before each year began; and those of figures."""
    for pipeline in (NEW_BUSINESS, EXPANSION):
        _bookings(staff, pipeline, on)
    _figures(staff, on)


def _bookings(staff: Staff, pipeline: str, on: date) -> None:
    present = quarter_of(on)
    base = _open(pipeline) / COVERED[pipeline]
    daniel, service = staff.owners["daniel"], staff.owners["Customer success"]
    commerce = staff.owners["Commerce"]
    for place in range(-BEFORE, AFTER + 1):
        first = add_months(present, 3 * place)
        amount = _rounded(base * (1 + GROWTH * place))
        shared = service if pipeline == EXPANSION else None
        wishes = [Wish(daniel, pipeline, first, amount, shared)]
        if pipeline == NEW_BUSINESS:
            wishes.append(Wish(commerce, pipeline, first, amount + STEP))
        agreed = min(date(first.year - 1, 12, 1), on)
        set_targets(wishes=wishes, by=System("demo"), on=agreed)


def _open(pipeline: str) -> Decimal:
    rows = Opportunity.objects.filter(stage__in=OPEN_STAGES, kind__in=kinds_of(pipeline))
    return Decimal(rows.aggregate(total=Sum("value_reporting"))["total"] or STEP)


def _rounded(amount: Decimal) -> Decimal:
    return max((amount / STEP).quantize(Decimal(1), ROUND_HALF_UP) * STEP, STEP)


def _figures(staff: Staff, on: date) -> None:
    service = str(staff.owners["Customer success"].team_id)
    desk = str(staff.owners["Small accounts desk"].team_id)
    this_year = date(on.year, 1, 1)
    said = (
        (Wanted("attach_rate", FigureAim.ABOVE, Decimal("0.65"), note="From 60 % the year before"), this_year),
        (Wanted("win_rate", FigureAim.AT_LEAST, Decimal("0.40"), Decimal("0.35")), this_year),
        (Wanted("health_average", FigureAim.AT_LEAST, Decimal(65)), this_year),
        (
            Wanted(
                "net_revenue_retention", FigureAim.AT_LEAST, Decimal("1.12"), Decimal("1.02"), "team", service,
                note="Sales carries it too: one target for both",
            ),
            this_year,
        ),
        (
            Wanted(
                "gross_revenue_retention", FigureAim.ABOVE, Decimal("0.88"), None, "team", desk, str(on.year),
                note="Many small accounts, no visits",
            ),
            this_year,
        ),
        (Wanted("net_revenue_retention", FigureAim.AT_LEAST, Decimal("1.08"), Decimal(1), "segment", "small"), on),
    )  # fmt: skip
    for wanted, since in said:
        set_target(wanted=wanted, valid_from=since, by=System("demo"), on=since)
