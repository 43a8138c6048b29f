"""The words of the whitespace matrix, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import display
from expansion.queries.whitespace.bought import Column
from expansion.queries.whitespace.matrix import Cell
from expansion.rules.whitespace import SERVICE, Hint, State
from installed_base.models.accounts import segment_name
from installed_base.models.orders import Stream
from sales.models import DealKind

STATES: dict[State, Any] = {
    State.BOUGHT: gettext_lazy("Bought"),
    State.OPEN: gettext_lazy("Open opportunity"),
    State.COMPETITOR: gettext_lazy("Buys it from a competitor"),
    State.ITSELF: gettext_lazy("Does it themselves"),
    State.NOT_APPLICABLE: gettext_lazy("Does not apply"),
    State.NEVER_OFFERED: gettext_lazy("Never offered"),
    State.DECLINED: gettext_lazy("Offered and declined"),
    State.UNKNOWN: gettext_lazy("Nobody asked yet"),
}
_STREAMS = dict(Stream.choices)


def column_name(column: Column) -> str:
    if column.is_machine:
        return column.name
    if column.key == SERVICE:
        return _("Service contract")
    return str(_STREAMS.get(column.stream, column.stream))


def kinds_for(column: Column, owns: bool) -> list[tuple[str, Any]]:
    """The kinds of deal that fill a cell, the likeliest first: another line or a service is cross-sell, one more
    machine of a line they have is not; an upgrade is an upgrade."""
    if column.stream == Stream.UPGRADE:
        found = [DealKind.UPGRADE]
    elif column.is_machine and owns:
        found = [DealKind.ADDITIONAL_MACHINE, DealKind.REPLACEMENT, DealKind.UPGRADE]
    elif column.key == SERVICE and owns:
        found = [DealKind.CONTRACT_UPSELL]
    elif column.is_machine:
        found = [DealKind.CROSS_SELL, DealKind.ADDITIONAL_MACHINE, DealKind.WIN_BACK]
    else:
        found = [DealKind.CROSS_SELL, DealKind.WIN_BACK]
    return [(kind.value, kind.label) for kind in found]


def cell_title(cell: Cell, *, prices: bool, names: bool) -> str:
    """What a cell says when it is read aloud, or pointed at. Without `names` nothing that somebody wrote."""
    said = str(STATES[cell.state])
    if cell.state is State.BOUGHT and cell.column.is_machine:
        said = ngettext("%(count)s machine", "%(count)s machines", cell.count) % {"count": display.number(cell.count)}
    if cell.state is State.OPEN and prices and cell.deal and cell.deal.value is not None:
        said = _("%(state)s, %(value)s") % {"state": said, "value": display.money_short(cell.deal.value)}
    if names and cell.answer is not None and cell.state is State.COMPETITOR and cell.answer.competitor:
        said = f"{said}: {cell.answer.competitor}"
    if cell.answer is not None and cell.state is State.DECLINED:
        said = _("%(state)s, ask again from %(day)s") % {"state": said, "day": display.day(cell.answer.again_on)}
    if cell.again:
        said = _("Declined before; may be asked again")
    return said


def hint_words(hint: Hint | None) -> str:
    """How many of the peers buy it, and who the peers are."""
    if hint is None:
        return _("Too few comparable customers to say what they buy.")
    count = {"bought": display.number(hint.bought), "of": display.number(hint.of), "peers": peer_words(hint)}
    return _("%(bought)s of %(of)s %(peers)s have it.") % count


def peer_words(hint: Hint) -> str:
    peer = hint.peer
    if peer.size is None and peer.segment is None:
        return _("customers")
    traits = [peer.industry or "", segment_name(peer.segment or "")]
    traits = [trait for trait in traits if trait]
    named = _("customers like this one (%(traits)s)") % {"traits": ", ".join(traits)} if traits else _("customers")
    if peer.size is None:
        return named
    return _("%(customers)s with as many machines") % {"customers": named}
