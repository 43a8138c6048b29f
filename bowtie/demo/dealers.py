"""What dealers do for Voss Robotics: the leads they share are theirs to work, as are the deals made of them (IB-17)."""

from collections.abc import Iterator
from datetime import date, timedelta

from bowtie.demo.store import store
from installed_base.models import Account, Asset
from sales.actions.dealer_clock import usual_day
from sales.models import DealerAssignment, DealerReport, Lead, Opportunity, Touch, TouchKind
from sales.rules import NEW_KINDS
from sales.rules.lead import OPEN_STATES

# Days between what a dealer tells; of every fourth lead they tell nothing.
RHYTHM = (3, 11, 24, 45, 70)
TOLD = (
    "Spoke with the technical manager, will send drawings", "Visited them with the case of a dairy",
    "They compare with another make", "Budget is asked for next quarter", "Waits for the plant manager",
)  # fmt: skip
# One in nine was taken back.
BACK = 9
SILENT = "Silent for a month"


def hand_out(leads: list[Lead], on: date) -> None:
    """Each lead of a dealer's source is with the dealer since the day after it came; some are overdue. They work
    some open deals, and sold the machines of every fourth customer of their country."""
    theirs = [(row, row.lead_source.partner) for row in leads if row.lead_source and row.lead_source.partner]
    held = list(_assignments(theirs, on))
    store(held)
    standing = [row.lead for row in held if row.lead and row.ended_on is None]
    for row, partner in theirs:
        row.partner = partner if row in standing else None
    Lead.objects.bulk_update(standing, ["partner"])
    store([touch for number, row in enumerate(held) for touch in _reports(row, number, on)])
    for lead in standing:
        if lead.opportunity_id:
            Opportunity.objects.filter(pk=lead.opportunity_id).update(partner=lead.partner)
    for partner in dict.fromkeys(partner for _row, partner in theirs):
        near = Account.objects.filter(country=partner.country, source="erp", assets__isnull=False).order_by("pk")
        talks = Opportunity.objects.filter(kind__in=NEW_KINDS, closed_on__isnull=True, partner__isnull=True)
        talks.filter(pk__in=talks.order_by("pk").values("pk")[:2]).update(partner=partner)
        Asset.objects.filter(account__in=list(near.distinct()[::4])).update(dealer=partner)
    deals = Opportunity.objects.filter(partner__isnull=False, closed_on__isnull=True).order_by("pk")
    held = [_of_a_deal(deal, number, on) for number, deal in enumerate(deals)]
    store(held)
    store([told for number, row in enumerate(held) for told in _deal_reports(row, number, on)])


def _assignments(leads: list[tuple[Lead, Account]], on: date) -> Iterator[DealerAssignment]:
    for number, (row, partner) in enumerate(leads, 1):
        given = min(row.created_on + timedelta(days=1), on)
        made = DealerAssignment(lead=row, partner=partner, given_on=given, answer_by=usual_day(given, on))
        if not number % BACK and given + timedelta(days=35) < on:
            made.ended_on, made.end_reason = given + timedelta(days=35), SILENT
        yield made


def _of_a_deal(deal: Opportunity, number: int, on: date) -> DealerAssignment:
    """Named some weeks ago, each on another day; of every third we hear nothing since."""
    given = max(deal.identified_on or deal.known_on, on - timedelta(days=30 + number % 7))
    return DealerAssignment(opportunity=deal, partner=deal.partner, given_on=given, answer_by=usual_day(given, on))


def _deal_reports(held: DealerAssignment, number: int, on: date) -> Iterator[DealerReport]:
    day = max(held.given_on, on - timedelta(days=4 + number % 5))
    if number % 3:
        yield DealerReport(assignment=held, on=day, what=TOLD[number % len(TOLD)])


def _reports(held: DealerAssignment, number: int, on: date) -> Iterator[Touch]:
    lead = held.lead
    if lead is None:
        return
    last = held.ended_on or lead.closed_on or on
    quiet = (not number % 4 and lead.state in OPEN_STATES) or held.ended_on is not None
    for place, after in enumerate(() if quiet else (*RHYTHM, (on - held.given_on).days - number % 6)):
        day = held.given_on + timedelta(days=after)
        if held.given_on < day <= last:
            yield Touch(
                lead=lead, on=day, kind=TouchKind.DEALER, what=TOLD[(number + place) % len(TOLD)],
                lead_source=lead.lead_source, known_on=day, source="marketing",
                external_id=f"{lead.external_id}-dealer-{place}",
            )  # fmt: skip
