"""Working out an offer before it is written: what was asked, beside the facts of the term. Reads, writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.calendar import whole_months
from core.models import Organisation
from core.policies import policy_on
from core.scope import unguarded
from installed_base.actions.terms import lines_that_go_on, next_term
from installed_base.models import Coverage, Level
from installed_base.models.contracts import EndReason
from renewals.actions.deciding import end_of_cycle
from renewals.actions.working import WorkRefused
from renewals.models import Quote, Renewal
from renewals.queries.quotes import Costs, costs_of
from renewals.rules.offer import (
    Ask,
    Fault,
    Kind,
    Line,
    Margin,
    OfferFault,
    OfferPolicy,
    Priced,
    indexed,
    is_upsell,
    kind_of,
    level_ratio,
    margin,
    priced,
    refuse_length,
)

FAULTS = {
    Fault.NO_LENGTH: gettext_lazy("The next term lasts from 1 to 240 months: it cannot end before it starts."),
    Fault.BELOW_ZERO: gettext_lazy("The price of the contract or of a machine falls below zero. Ask more, or drop it."),
    Fault.NOTHING_KEPT: gettext_lazy("Keep one machine at least. If all of them stop, write the renewal down as lost."),
    Fault.NOT_APART: gettext_lazy(
        "What this machine costs today is not known apart. State the price of the whole contract instead."
    ),
    Fault.NO_INDEX: gettext_lazy("Give both figures of the index, above zero."),
}


@dataclass(frozen=True)
class Index:
    """A published index and its two figures, then and now."""

    name: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class LineAsk:
    """What is offered for one machine: dropped for a reason, or kept, perhaps at a price of its own."""

    drop_reason: str = ""
    stated: Decimal | None = None


@dataclass(frozen=True)
class Asked:
    """What a person offers. Months and level; an uplift as a share, or an index; perhaps an agreed price of a year;
    and what differs per machine, by coverage line. A line that is not named is kept at the common uplift."""

    months: int
    level_id: int | None
    uplift: Decimal = Decimal(0)
    index: Index | None = None
    annual: Decimal | None = None
    lines: Mapping[int, LineAsk] = field(default_factory=dict)
    valid_until: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Worked:
    """An offer, worked out. `deal` says whether it also stands in the pipeline as a contract upsell."""

    asked: Asked
    kind: Kind
    level: Level | None
    starts_on: date
    ends_on: date
    uplift: Decimal
    currency: str
    lines: list[Coverage]
    prices: Priced
    costs: Costs
    deal: bool

    @property
    def kept(self) -> list[Coverage]:
        return [line for line in self.lines if line.pk in self.prices.lines]


def proposal(row: Renewal, on: date) -> Asked:
    """The same again at the uplift of the policy: as long as it continues by itself or lasted, else a year."""
    policy = policy_on(OfferPolicy, on).values
    months = row.term.tacit_months or months_of(row) or policy.months
    valid_until = on + timedelta(days=policy.valid_days)
    return Asked(months, row.term.level_id, policy.uplift_for(months), valid_until=valid_until)


def asked_of(quote: Quote) -> Asked:
    """What was asked when this version was made."""
    lines = {line.coverage_id: LineAsk(line.drop_reason, line.stated_annual) for line in quote.lines.all()}
    index = None
    if quote.index_from is not None and quote.index_to is not None:
        index = Index(quote.index_name, quote.index_from, quote.index_to)
    return Asked(
        months=quote.months,
        level_id=quote.level_id,
        uplift=quote.uplift,
        index=index,
        annual=quote.stated_annual,
        lines={pk: line for pk, line in lines.items() if line != LineAsk()},
        valid_until=quote.valid_until,
        note=quote.note,
    )


def months_of(row: Renewal) -> int | None:
    """How long the old term was made for; None without an end, or where it is no whole number of months."""
    return whole_months(row.term.starts_on, row.term.ends_on) if row.term.ends_on else None


def work_out(row: Renewal, asked: Asked, on: date) -> Worked:
    """Dates, prices, costs and kind of what is asked. `WorkRefused` says what is wrong with it."""
    with unguarded():
        try:
            return _worked(row, asked, on)
        except OfferFault as wrong:
            raise WorkRefused(str(FAULTS[wrong.fault])) from wrong


def _worked(row: Renewal, asked: Asked, on: date) -> Worked:
    refuse_length(asked.months)
    term = row.term
    starts_on, ends_on = next_term(term, asked.months, end_of_cycle(row))
    level = Level.objects.filter(pk=asked.level_id).first() if asked.level_id else None
    uplift = asked.uplift if asked.index is None else indexed(asked.index.before, asked.index.after)
    lines = lines_that_go_on(term, starts_on)
    _refuse_strange_lines(lines, asked)
    ratio = level_ratio(asked.level_id == term.level_id, *_list_prices(term.level, level))
    prices = priced(term.annual_value, [_line(line, asked) for line in lines], Ask(uplift, ratio, asked.annual))
    kind = kind_of(_rung(term.level), _rung(level), asked.months)
    longer = asked.months > max(months_of(row) or term.tacit_months or 12, 12)
    policy = policy_on(OfferPolicy, on).values
    beyond = policy.indexation if asked.index is None else uplift
    return Worked(
        asked=asked,
        kind=kind,
        level=level,
        starts_on=starts_on,
        ends_on=ends_on,
        uplift=uplift,
        currency=term.currency or Organisation.objects.ours().reporting_currency,
        lines=lines,
        prices=prices,
        costs=costs_of(term.contract_id, on),
        deal=is_upsell(kind, prices.old, prices.new, beyond, longer),
    )


def _rung(level: Level | None) -> int | None:
    return level.rung if level else None


def _list_prices(old: Level | None, new: Level | None) -> tuple[Decimal | None, Decimal | None]:
    """List prices that can be compared: both there, in one currency."""
    if old is None or new is None or old.currency != new.currency:
        return None, None
    return old.list_price, new.list_price


def _line(line: Coverage, asked: Asked) -> Line:
    said = asked.lines.get(line.pk, LineAsk())
    return Line(line.pk, line.annual_value, kept=not said.drop_reason, agreed=said.stated)


def _refuse_strange_lines(lines: list[Coverage], asked: Asked) -> None:
    strange = asked.lines.keys() - {line.pk for line in lines}
    if strange:
        raise WorkRefused(_("A machine of this offer does not go on with the contract. Look at the machines again."))
    for line in lines:
        said = asked.lines.get(line.pk, LineAsk())
        if said.drop_reason and said.drop_reason not in EndReason.values:
            raise WorkRefused(_("%(machine)s: choose a reason from the list.") % {"machine": line.asset})
        if said.drop_reason and said.stated is not None:
            raise WorkRefused(_("%(machine)s is dropped: it has no price.") % {"machine": line.asset})


def margin_of_worked(worked: Worked, rate: Decimal | None) -> Margin | None:
    """What is left, in the reporting currency at `rate`; None where costs or the rate are unknown."""
    if rate is None:
        return None
    known = worked.prices
    pairs = [(_times(known.lines[line.pk], rate), worked.costs.by_asset.get(line.asset_id)) for line in worked.kept]
    return margin(_times(known.new, rate), pairs, worked.costs.shared)


def _times(amount: Decimal | None, rate: Decimal) -> Decimal | None:
    return None if amount is None else (amount * rate).quantize(Decimal("0.01"))


__all__ = [
    "Asked",
    "Index",
    "LineAsk",
    "Worked",
    "asked_of",
    "margin_of_worked",
    "months_of",
    "proposal",
    "work_out",
]
