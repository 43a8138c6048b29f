"""Writes of leads and deals that a dealer works: handed over, reported on, taken back (IB-17)."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import display
from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Account
from sales.actions.dealer_clock import follow_deal, usual_day
from sales.actions.lead import log_touch, start_lead
from sales.actions.lead_rows import locked, still_open, tell, touched
from sales.models import (
    DealerAssignment,
    DealerReport,
    Lead,
    LeadSource,
    LeadState,
    Opportunity,
    Touch,
    TouchKind,
)
from sales.rules import OPEN_STAGES


def hand_to_dealer(*, lead: Lead, partner: Account, by: User, on: date, answer_by: date | None = None) -> None:
    """Let a dealer work an open lead; its owner keeps watch. They report by `answer_by`, else by the day of the policy.

    ValidationError where a dealer has it already, where the dealer is the company itself or was merged into another
    account, and for a day that has passed.
    """
    with audited(by=by, why="sales.hand_to_dealer"):
        row = still_open(lead)
        if row.partner_id:
            raise ValidationError(_("A dealer has this lead already: take it back from them first."))
        refuse_dealer(partner, row.account_id)
        if answer_by is not None and answer_by < on:
            raise ValidationError(_("A dealer answers by a day that is still to come; choose today or later."))
        DealerAssignment.objects.create(
            lead=row, partner=partner, given_on=on, given_by=by, answer_by=answer_by or usual_day(on, on)
        )
        row.partner = partner
        row.save(update_fields=["partner"])
        tell(row, "lead.with_dealer", by, on)
        touched(row, on)


def take_back_from_dealer(*, lead: Lead, reason: str, by: User, on: date) -> None:
    """Work an open lead ourselves again, with the reason. ValidationError without one, and where no dealer has it."""
    if not reason.strip():
        raise ValidationError(_("Say why it is taken back."))
    with audited(by=by, why="sales.take_back_from_dealer"):
        row = still_open(lead)
        if row.partner_id is None:
            raise ValidationError(_("No dealer has this lead."))
        standing = DealerAssignment.objects.filter(lead=row.pk, ended_on__isnull=True)
        for held in standing:
            held.ended_on, held.ended_by, held.end_reason = max(on, held.given_on), by, reason.strip()
            held.save(update_fields=["ended_on", "ended_by", "end_reason"])
        row.partner = None
        row.save(update_fields=["partner"])
        tell(row, "lead.taken_back", by, on)
        touched(row, on)


def note_report(
    *,
    lead: Lead,
    what: str,
    by: User,
    on: date,
    happened_on: date | None = None,
    spoke: bool = False,
    next_by: date | None = None,
) -> Touch:
    """Keep what the dealer told us of an open lead; their clock starts again. `spoke`: they spoke with the customer.

    ValidationError without words, where no dealer has it, for a day before it was handed over or to come, and for a
    next report (`next_by`) that is due earlier than the policy asks.
    """
    day = happened_on or on
    if not what.strip():
        raise ValidationError(_("Say in a few words what they told you."))
    with audited(by=by, why="sales.note_report"):
        row = still_open(lead)
        held = DealerAssignment.objects.filter(lead=row.pk, ended_on__isnull=True).select_for_update().first()
        if held is None:
            raise ValidationError(_("No dealer has this lead."))
        _refuse_report(held, day, usual_day(day, on), next_by)
        made = log_touch(
            lead=row, kind=TouchKind.DEALER, on=on, by=by, happened_on=day, what=what,
            lead_source=_source_of(held.partner_id),
        )  # fmt: skip
        if next_by is not None:
            held.answer_by = next_by
            held.save(update_fields=["answer_by"])
        if spoke and locked(row).state == LeadState.NEW:
            start_lead(lead=row, by=by, on=day)
    return made


def name_dealer(
    *,
    opportunity: Opportunity,
    partner: Account | None,
    by: User,
    on: date,
    answer_by: date | None = None,
    reason: str = "",
) -> None:
    """Say which dealer works a deal beside its owner, who reports by `answer_by`, else by the day of the policy; None:
    we do it ourselves. `reason`: why another one had it.

    ValidationError where the dealer is the customer or was merged into another account, and for a day that has passed.
    """
    with audited(by=by, why="sales.name_dealer"):
        deal: Opportunity = Opportunity.objects.select_for_update(of=("self",)).get(pk=opportunity.pk)
        if partner is not None:
            refuse_dealer(partner, deal.account_id)
        if answer_by is not None and answer_by < on:
            raise ValidationError(_("A dealer answers by a day that is still to come; choose today or later."))
        deal.partner = partner
        deal.save(update_fields=["partner"])
        follow_deal(deal, by=by, on=on, answer_by=answer_by, reason=reason)
        _touched_deal(deal, on)


def note_deal_report(
    *,
    opportunity: Opportunity,
    what: str,
    by: User,
    on: date,
    happened_on: date | None = None,
    next_by: date | None = None,
) -> DealerReport:
    """Keep what the dealer told us of an open deal; their clock starts again. One who was named before deals had a
    clock has it since that day.

    ValidationError without words, where the deal is decided or no dealer has it, for a day to come or before it was
    handed over, and for a next report (`next_by`) that is due earlier than the policy asks.
    """
    day = happened_on or on
    if not what.strip():
        raise ValidationError(_("Say in a few words what they told you."))
    if day > on:
        raise ValidationError(_("A report is of a day that has come; choose today or earlier."))
    with audited(by=by, why="sales.note_deal_report"):
        deal: Opportunity = Opportunity.objects.select_for_update(of=("self",)).get(pk=opportunity.pk)
        if deal.stage not in OPEN_STAGES:
            raise ValidationError(_("This deal is decided: no dealer has to report on it any more."))
        if deal.partner_id is None:
            raise ValidationError(_("No dealer has this deal."))
        due = usual_day(day, on)
        held, _new = DealerAssignment.objects.select_for_update().get_or_create(
            opportunity=deal, ended_on=None,
            defaults={"partner_id": deal.partner_id, "given_on": day, "given_by": by, "answer_by": due},
        )  # fmt: skip
        _refuse_report(held, day, due, next_by)
        made = DealerReport.objects.create(assignment=held, on=day, what=what.strip(), by=by)
        if next_by is not None:
            held.answer_by = next_by
            held.save(update_fields=["answer_by"])
        _touched_deal(deal, on)
    return made


def remove_deal_report(*, report: DealerReport, by: User, on: date) -> None:
    """Take a report on a deal away that was written down by mistake: their clock runs from the one before, or from the
    day they were named. The day that was agreed for their next one stays."""
    with audited(by=by, why="sales.remove_deal_report"):
        deal = report.assignment.opportunity
        report.delete()
        if deal is not None:
            _touched_deal(deal, on)


def _refuse_report(held: DealerAssignment, day: date, due: date, next_by: date | None) -> None:
    """Raise ValidationError for a report before the handing over, and for a next one earlier than the policy asks."""
    if day < held.given_on:
        words = _("It was handed to them on %(day)s; a report comes after that.")
        raise ValidationError(words % {"day": display.day(held.given_on)})
    if next_by is not None and next_by < due:
        words = _("They have until %(day)s by the policy; choose that day or a later one.")
        raise ValidationError(words % {"day": display.day(due)})


def _touched_deal(deal: Opportunity, on: date) -> None:
    touch("opportunity", [deal.pk], since=on, account_of={deal.pk: deal.account_id} if deal.account_id else None)


def refuse_dealer(partner: Account, account: int | None) -> None:
    """Raise ValidationError for an account that cannot be the dealer of this one."""
    if partner.merged_into_id:
        raise ValidationError(_("That account was merged into another one; choose that one."))
    if partner.pk == account:
        raise ValidationError(_("A dealer sells to others: this is the customer itself. Choose another account."))


def _source_of(partner: int) -> LeadSource | None:
    """The source that this dealer is, where exactly one is."""
    found = list(LeadSource.objects.filter(partner=partner, is_active=True)[:2])
    return found[0] if len(found) == 1 else None
