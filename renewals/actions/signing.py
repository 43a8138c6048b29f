"""What an accepted quote does when its renewal is decided, and the deal that stands for what it adds (CO-14)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.models import User
from installed_base.actions.terms import Offer
from installed_base.models import Term
from installed_base.models.contracts import EndReason
from renewals.actions.working import WorkRefused
from renewals.models import Quote, Renewal
from renewals.queries.quotes import standing_quote
from sales import actions as sales
from sales.models import DealKind, Opportunity
from sales.models import Stage as DealStage
from sales.rules import OPEN_STAGES


def offer_of(quote: Quote, *, planned: bool, after: date) -> Offer:
    """The next term as the customer accepted it: its price, level, length and machines."""
    kept = {line.coverage_id: line.new_annual for line in quote.lines.all() if not line.drop_reason}
    return Offer(quote.months, quote.new_annual, quote.level_id, planned, after, kept)


def refuse_moved(quote: Quote, starts_on: date, ends_on: date) -> None:
    """The customer accepted these days and no others."""
    if (quote.starts_on, quote.ends_on) != (starts_on, ends_on):
        raise WorkRefused(
            _("The contract has moved since version %(version)s was accepted. Revise the quote, and ask again.")
            % {"version": quote.version}
        )


def refuse_other_terms(quote: Quote, offer: Offer) -> None:
    """A renewal whose quote was accepted is signed on that quote, or the quote is revised first."""
    said = offer.annual_value is None or offer.annual_value == quote.new_annual
    if not said or (offer.months, offer.level_id) != (quote.months, quote.level_id):
        raise WorkRefused(
            _("The customer accepted version %(version)s of the quote, on other terms. Sign that, or revise it first.")
            % {"version": quote.version}
        )


def settle_renewed(row: Renewal, quote: Quote | None, successor: Term | None, *, by: User, on: date) -> None:
    """The signed quote holds its successor and its deal is won; an offer that was not accepted loses its deal."""
    if quote is not None:
        Quote.objects.filter(pk=quote.pk).update(successor=successor)
        _decide_deal(quote.opportunity, won=True, by=by, on=on)
    else:
        settle_lost(row, _("Renewed on other terms than those of the quote"), by=by, on=on)


def settle_lost(row: Renewal, reason: str, *, by: User, on: date) -> None:
    """Whatever was offered beyond the old contract is not sold."""
    quote = standing_quote(row)
    if quote is not None:
        _decide_deal(quote.opportunity, won=False, by=by, on=on, reason=str(reason))


def reason_words(reason: str) -> str:
    return str(EndReason(reason).label)


def unsettle(row: Renewal, *, by: Any, on: date) -> None:
    """The decision was taken back: the quote is unsigned, and the deal that it decided stands open again."""
    quote = standing_quote(row)
    if quote is None:
        return
    Quote.objects.filter(pk=quote.pk).update(successor=None)
    deal = quote.opportunity
    if deal is not None and deal.stage not in OPEN_STAGES and deal.closed_on == row.decided_on:
        sales.reopen(opportunity=deal, by=by, on=on)


def _decide_deal(deal: Opportunity | None, *, won: bool, by: User, on: date, reason: str = "") -> None:
    if deal is not None and deal.stage in OPEN_STAGES:
        # What the quote is worth is not known, or nothing a year: it is decided all the same.
        sales.close(opportunity=deal, won=won, by=by, on=on, reason=reason[:200], demands_value=False)


def stand_as_deal(row: Renewal, quote: Quote, *, upsell: bool, by: User, on: date) -> None:
    """What a sent quote adds to the contract, as one deal of all its versions; it falls away where one adds nothing."""
    before = row.quotes.exclude(opportunity=None).order_by("-version").select_related("opportunity").first()
    deal = before.opportunity if before else None
    if deal is not None and deal.stage not in OPEN_STAGES:
        deal = None
    if not upsell:
        _decide_deal(deal, won=False, by=by, on=on, reason=_("The quote was revised and adds nothing any more"))
        return
    value = added_value(quote)
    if deal is None:
        deal = _new_deal(row, quote, value, by=by, on=on)
    elif deal.value_reporting != value:
        expected = deal.expected_close_on
        sales.change_opportunity(
            opportunity=deal, name=deal.name, value=value, expected_close_on=expected, by=by, on=on
        )
    sales.move_stage(opportunity=deal, to=DealStage.PROPOSAL, by=by, on=on, reason=_("A new quote was sent"))
    Quote.objects.filter(pk=quote.pk).update(opportunity=deal)


def added_value(quote: Quote) -> Any:
    """What a year brings more than it did, in the reporting currency; None where nothing is known or nothing is added:
    a longer commitment at the same price."""
    old, new = quote.old_annual_reporting, quote.new_annual_reporting
    return new - old if old is not None and new is not None and new > old else None


def _new_deal(row: Renewal, quote: Quote, value: Any, *, by: User, on: date) -> Opportunity:
    name = _("%(contract)s: %(kind)s at renewal") % {
        "contract": row.term.contract,
        "kind": quote.get_kind_display().lower(),
    }
    return sales.create_opportunity(
        account=row.account,
        kind=DealKind.CONTRACT_UPSELL,
        name=name[:240],
        owner=row.owner,
        value=value,
        expected_close_on=row.decides_on,
        by=by,
        on=on,
    )


def negotiate_deal(quote: Quote, *, by: User, on: date) -> None:
    """They said yes to it: the deal is a signature away."""
    if quote.opportunity is not None and quote.opportunity.stage in OPEN_STAGES:
        sales.move_stage(opportunity=quote.opportunity, to=DealStage.NEGOTIATION, by=by, on=on)


__all__ = [
    "added_value",
    "negotiate_deal",
    "offer_of",
    "reason_words",
    "refuse_moved",
    "refuse_other_terms",
    "settle_lost",
    "settle_renewed",
    "stand_as_deal",
    "unsettle",
]
