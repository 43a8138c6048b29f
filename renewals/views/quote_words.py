"""What a quote says: its offer in a few words, why the price changed, what is left of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import number, percent, signed
from renewals.models import Quote, QuoteKind, QuoteState
from renewals.rules.offer import Change, Margin


def length(months: int) -> str:
    """3 years, 18 months."""
    if months % 12 == 0:
        return ngettext("%(count)s year", "%(count)s years", months // 12) % {"count": months // 12}
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


def offer(kind: str, level: Any, old_level: Any, months: int) -> str:
    """Same level, 3 years; Plus instead of Premium, 1 year."""
    if kind in (QuoteKind.UPGRADE, QuoteKind.DOWNGRADE):
        return _("%(new)s instead of %(old)s, %(length)s") % {"new": level, "old": old_level, "length": length(months)}
    return _("Same level, %(length)s") % {"length": length(months)}


def rise(share: Decimal) -> str:
    """The uplift as +2.5%, with as many decimals as it has, two at most."""
    hundred = share * 100
    decimals = 1 if hundred == hundred.quantize(Decimal("0.1")) else 2
    return f"{signed(hundred, decimals)}%"


def rise_of(quote: Quote) -> str:
    """What the price does: the uplift, or the change of an agreed price."""
    if quote.stated_annual is None or not quote.old_annual or quote.new_annual is None:
        return rise(quote.uplift)
    return rise(quote.new_annual / quote.old_annual - 1)


def reasons(change: Change | None) -> list[tuple[str, Decimal]]:
    """Why the price differs, without what is nothing."""
    if change is None:
        return []
    parts = [(_("Machines dropped"), change.scope), (_("Level"), change.level), (_("Price"), change.price)]
    return [(name, amount) for name, amount in parts if amount]


def change_of(quote: Quote) -> Change | None:
    if quote.change_scope is None or quote.change_level is None or quote.change_price is None:
        return None
    return Change(quote.change_scope, quote.change_level, quote.change_price)


def left(margin: Margin | None) -> str:
    """How much is left, and over how many machines that is known."""
    if margin is None:
        return _("not known: no cost was recorded in the past year")
    share = _("%(share)s of the price") % {"share": percent(margin.share, 0)} if margin.share is not None else ""
    if margin.known == margin.of:
        return share
    words = {"known": number(margin.known), "of": number(margin.of)}
    over = _("known for %(known)s of %(of)s machines") % words
    return f"{share}, {over}" if share else over


def day_of(quote: Quote) -> Any:
    """The day on which it came to stand as it does."""
    days = {
        QuoteState.SENT: quote.sent_on,
        QuoteState.DISCUSSED: quote.discussed_on,
        QuoteState.ACCEPTED: quote.accepted_on,
        QuoteState.REPLACED: quote.replaced_on,
    }
    return days.get(QuoteState(quote.state)) or quote.made_on


def rows(quotes: Iterable[Quote], old_level: Any) -> list[dict[str, Any]]:
    """The versions as the panel lists them."""
    return [
        {
            "quote": quote,
            "offer": offer(quote.kind, quote.level, old_level, quote.months),
            "rise": rise_of(quote),
            "on": day_of(quote),
            "signed": quote.successor_id is not None,
            "who": quote.made_by.shown_name if quote.made_by else "",
        }
        for quote in quotes
    ]
