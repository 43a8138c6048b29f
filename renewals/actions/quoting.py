"""The offer of a renewal: drafted, revised, sent, discussed, accepted (RN-05, RN-06). Signing it decides the renewal.

Each verb locks the renewal among those that `by` may change, and brings its stage along. What cannot be done is
refused with a sentence (`WorkRefused`), and nothing is written.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.actions import post, touch
from core.audit import audited
from core.models import Outbox, User
from core.money import in_reporting
from core.policies import policy_on
from installed_base.models import Coverage
from playbooks.models import Task
from renewals.actions.pricing import Asked, LineAsk, Worked, months_of, proposal, work_out
from renewals.actions.signing import negotiate_deal, stand_as_deal
from renewals.actions.working import WorkRefused
from renewals.models import Quote, QuoteKind, QuoteLine, QuoteState, Renewal, Stage, UpliftBasis
from renewals.queries.quotes import standing_quote
from renewals.rules.offer import Kind, OfferPolicy, is_upsell

# The steps of the playbook that are done by it.
PREPARED, SENT = "prepare-quote", "send-quote"


def draft_quote(*, renewal: int, by: User, on: date, asked: Asked | None = None) -> Quote:
    """The first version: what is asked, or the same again at the policy's uplift. Refused where a version stands."""
    with audited(by=by, why="renewals.draft_quote"):
        row = _held(renewal, by)
        standing = standing_quote(row)
        if standing is not None:
            words = _("Version %(version)s stands already: revise that one.")
            raise WorkRefused(words % {"version": standing.version})
        return _written(row, asked or proposal(row, on), by=by, on=on)


def revise_quote(*, quote: int, asked: Asked, by: User, on: date) -> Quote:
    """The next version, a draft, in the place of the one that was read; that one is kept as it was."""
    with audited(by=by, why="renewals.revise_quote"):
        row, standing = _stands(quote, by)
        Quote.objects.filter(pk=standing.pk).update(state=QuoteState.REPLACED, replaced_on=on)
        return _written(row, asked, by=by, on=on)


def send_quote(*, quote: int, by: User, on: date) -> Quote:
    """It went to the customer. A draft without a price is not sent."""
    with audited(by=by, why="renewals.send_quote"):
        row, found = _stands(quote, by)
        _refuse_state(found, QuoteState.DRAFT)
        if found.new_annual is None:
            raise WorkRefused(_("This version has no price. State the price of a year first."))
        if found.valid_until is not None and found.valid_until < on:
            raise WorkRefused(_("This version is valid until a day that has passed. Give it a later one."))
        found.state, found.sent_on = QuoteState.SENT, on
        found.save(update_fields=["state", "sent_on"])
        stand_as_deal(row, found, upsell=_is_upsell(row, found, on), by=by, on=on)
        _moved_on(row, Stage.QUOTE_SENT)
        _step_done(row, (PREPARED, SENT), by, on)
        _tell("quote.sent", row, found, by=by, on=on)
        return _fresh(found)


def discuss_quote(*, quote: int, by: User, on: date) -> Quote:
    """It was talked through with the customer."""
    with audited(by=by, why="renewals.discuss_quote"):
        row, found = _stands(quote, by)
        _refuse_state(found, QuoteState.SENT)
        found.state, found.discussed_on = QuoteState.DISCUSSED, on
        found.save(update_fields=["state", "discussed_on"])
        _moved_on(row, Stage.NEGOTIATING)
        return _fresh(found)


def accept_quote(*, quote: int, by: User, on: date) -> Quote:
    """The customer says yes to this version; the renewal is decided when it is signed."""
    with audited(by=by, why="renewals.accept_quote"):
        row, found = _stands(quote, by)
        _refuse_state(found, QuoteState.SENT, QuoteState.DISCUSSED)
        found.state, found.accepted_on = QuoteState.ACCEPTED, on
        found.save(update_fields=["state", "accepted_on"])
        negotiate_deal(found, by=by, on=on)
        _moved_on(row, Stage.VERBAL_YES)
        _tell("quote.accepted", row, found, by=by, on=on)
        return _fresh(found)


def _held(renewal: int, by: User) -> Renewal:
    rows = Renewal.objects.changeable_by(by).select_related("account", "owner", "term__contract", "term__level")
    row: Renewal = rows.select_for_update(of=("self",)).get(pk=renewal)
    if row.decided_on:
        raise WorkRefused(_("This renewal is decided: its quotes stand as they are."))
    return row


def _stands(quote: int, by: User) -> tuple[Renewal, Quote]:
    """The renewal, locked, and this version of its quote, if no other has replaced it."""
    about = Quote.objects.changeable_by(by).values_list("renewal_id", flat=True).get(pk=quote)
    row = _held(about, by)
    found = row.quotes.select_related("opportunity").get(pk=quote)
    if found.state == QuoteState.REPLACED:
        standing = standing_quote(row)
        words = _("Version %(version)s was replaced by version %(now)s meanwhile. Look at that one.")
        raise WorkRefused(words % {"version": found.version, "now": standing.version if standing else "–"})
    return row, found


def _refuse_state(quote: Quote, *allowed: QuoteState) -> None:
    if quote.state in allowed:
        return
    if quote.state == QuoteState.DRAFT:
        raise WorkRefused(_("Version %(version)s was not sent yet.") % {"version": quote.version})
    words = _("Version %(version)s is past that: it is %(state)s.")
    raise WorkRefused(words % {"version": quote.version, "state": quote.get_state_display().lower()})


def _written(row: Renewal, asked: Asked, *, by: User, on: date) -> Quote:
    """One more version, with a line for each machine that goes on with the contract."""
    if asked.valid_until is not None and asked.valid_until < on:
        raise WorkRefused(_("The quote is valid until a day that has passed. Choose a later one."))
    worked = work_out(row, asked, on)
    quote = Quote.objects.create(
        renewal=row,
        version=1 + row.quotes.count(),
        made_on=on,
        made_by=by,
        **_terms(worked),
        **_amounts(worked, on),
    )
    QuoteLine.objects.bulk_create(_line(quote, line, worked, on) for line in worked.lines)
    return quote


def _terms(worked: Worked) -> dict[str, Any]:
    asked, index = worked.asked, worked.asked.index
    return {
        "kind": QuoteKind(worked.kind.value),
        "level": worked.level,
        "months": asked.months,
        "starts_on": worked.starts_on,
        "ends_on": worked.ends_on,
        "basis": UpliftBasis.INDEXATION if index else UpliftBasis.PERCENTAGE,
        "uplift": worked.uplift,
        "index_name": index.name.strip() if index else "",
        "index_from": index and index.before,
        "index_to": index and index.after,
        "stated_annual": asked.annual,
        "valid_until": asked.valid_until,
        "note": asked.note.strip(),
    }


def _amounts(worked: Worked, on: date) -> dict[str, Any]:
    prices, change = worked.prices, worked.prices.change
    return {
        "currency": worked.currency,
        "old_annual": prices.old,
        "new_annual": prices.new,
        "old_annual_reporting": in_reporting(prices.old, worked.currency, on),
        "new_annual_reporting": in_reporting(prices.new, worked.currency, on),
        "rest_old": prices.rest_old,
        "rest_new": prices.rest_new,
        "change_scope": change and change.scope,
        "change_level": change and change.level,
        "change_price": change and change.price,
        "shared_cost_reporting": worked.costs.shared,
    }


def _line(quote: Quote, line: Coverage, worked: Worked, on: date) -> QuoteLine:
    said = worked.asked.lines.get(line.pk, LineAsk())
    new: Decimal | None = worked.prices.lines.get(line.pk)
    return QuoteLine(
        quote=quote,
        coverage=line,
        asset_id=line.asset_id,
        old_annual=line.annual_value,
        new_annual=new,
        new_annual_reporting=in_reporting(new, worked.currency, on),
        stated_annual=said.stated,
        drop_reason=said.drop_reason,
        cost_reporting=worked.costs.by_asset.get(line.asset_id),
    )


def _is_upsell(row: Renewal, quote: Quote, on: date) -> bool:
    beyond = policy_on(OfferPolicy, on).values.indexation
    if quote.basis == UpliftBasis.INDEXATION:
        beyond = quote.uplift
    longer = quote.months > max(months_of(row) or row.term.tacit_months or 12, 12)
    return is_upsell(Kind(quote.kind), quote.old_annual, quote.new_annual, beyond, longer)


def _moved_on(row: Renewal, stage: Stage) -> None:
    """The stage follows the offer; whoever edits the renewal meanwhile is told."""
    row.stage = stage
    row.version += 1
    row.save(update_fields=["stage", "version"])
    touch("renewal", [row.pk], since=row.opened_on, account_of={row.pk: row.account_id})


def _step_done(row: Renewal, steps: tuple[str, ...], by: User, on: date) -> None:
    """Nobody is asked to do what was done here."""
    open_steps = Task.objects.open().filter(play_id=row.play_id)
    for step in steps:
        open_steps.filter(step__startswith=f"{step}@").update(done_on=on, done_by=by)
        open_steps.filter(step=step).update(done_on=on, done_by=by)


def _tell(kind: str, row: Renewal, quote: Quote, *, by: User, on: date) -> None:
    """One message in the outbox, for who owns the renewal if somebody else did it; others read it from there."""
    payload = {
        "renewal": row.pk,
        "quote": quote.pk,
        "version": quote.version,
        "term": row.term_id,
        "account": row.account_id,
        "on": on.isoformat(),
    }
    own = row.owner.user_id == by.pk
    post(
        [
            Outbox(
                dedupe_key=f"{kind}:quote:{quote.pk}",
                kind=kind,
                subject_kind="renewal",
                subject_id=row.pk,
                destination="" if own else f"owner:{row.owner_id}",
                payload=payload,
            )
        ]
    )


def _fresh(quote: Quote) -> Quote:
    quote.refresh_from_db()
    return quote


__all__ = ["accept_quote", "discuss_quote", "draft_quote", "revise_quote", "send_quote"]
