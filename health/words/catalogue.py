"""Names of the dimensions, and the words of every measure: what it is called, says, lacks, and what would lift it."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy


class Unit(Enum):
    """How the value of a measure is said."""

    SHARE = "share"
    DAYS = "days"
    COUNT = "count"
    MARK = "mark"
    YES = "yes"


@dataclass(frozen=True)
class Wording:
    """One measure: its name, its value in a sentence, what is missing without data, the step that lifts it."""

    name: Any
    said: Any
    unit: Unit
    missing: Any
    step: Any


DIMENSIONS = {
    "adoption": gettext_lazy("Product adoption"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "outcomes": gettext_lazy("Business outcomes"),
    "relationship": gettext_lazy("Relationship"),
    "commercial": gettext_lazy("Commercial"),
}
_USAGE = gettext_lazy("no usage readings; they come from the machines, by import or the API")
_TICKETS = gettext_lazy("no tickets; they come from the support system, by import")
_TALKS = gettext_lazy("no conversations noted; log calls and visits on the account")

MEASURES = {
    "machines_running": Wording(
        gettext_lazy("Machines that run"),
        gettext_lazy("%(value)s of the machines ran last month"),
        Unit.SHARE,
        _USAGE,
        gettext_lazy("Get the idle machines running"),
    ),
    "utilisation": Wording(
        gettext_lazy("Use of the machines"),
        gettext_lazy("machines run %(value)s of the hours they could"),
        Unit.SHARE,
        _USAGE,
        gettext_lazy("Raise the use of the machines with training"),
    ),
    "quality": Wording(
        gettext_lazy("Good output"),
        gettext_lazy("%(value)s of the output is good"),
        Unit.SHARE,
        gettext_lazy("no output readings; they come from the machines, by import or the API"),
        gettext_lazy("Bring the output to specification"),
    ),
    "parts_rhythm": Wording(
        gettext_lazy("Parts and visits"),
        gettext_lazy("last parts order or visit %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no parts order and no visit; they come with orders and service reports"),
        gettext_lazy("Visit the machines that nobody has touched"),
    ),
    "survey": Wording(
        gettext_lazy("Survey answers"),
        gettext_lazy("their answers give %(value)s of 10"),
        Unit.MARK,
        gettext_lazy("no answers; they come from surveys, by import or the API"),
        gettext_lazy("Ring back on the low answers"),
    ),
    "open_critical": Wording(
        gettext_lazy("Critical tickets open"),
        gettext_lazy("critical tickets open: %(value)s"),
        Unit.COUNT,
        _TICKETS,
        gettext_lazy("Solve the open critical tickets"),
    ),
    "resolution_on_time": Wording(
        gettext_lazy("Tickets solved in time"),
        gettext_lazy("%(value)s of the tickets solved in time"),
        Unit.SHARE,
        _TICKETS,
        gettext_lazy("Solve tickets within the promised time"),
    ),
    "sentiment": Wording(
        gettext_lazy("Tone of tickets and talks"),
        gettext_lazy("%(value)s of what they said was not negative"),
        Unit.SHARE,
        gettext_lazy("no tone noted; it comes with tickets and conversations"),
        gettext_lazy("Ask what annoys them, and mend it"),
    ),
    "executive_contact": Wording(
        gettext_lazy("Contact with management"),
        gettext_lazy("management last spoken to %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no conversation with management is noted; log one"),
        gettext_lazy("Meet their management"),
    ),
    "roi_goals": Wording(
        gettext_lazy("Agreed goals realised"),
        gettext_lazy("%(value)s of the agreed goals realised"),
        Unit.SHARE,
        gettext_lazy("no agreed goals; write down what the machines should bring them"),
        gettext_lazy("Agree the open goals with figures, and reach them"),
    ),
    "output_against_before": Wording(
        gettext_lazy("Output against a year before"),
        gettext_lazy("output stands at %(value)s of a year before"),
        Unit.SHARE,
        gettext_lazy("no output of a year before; it comes with usage readings"),
        gettext_lazy("Find out why output fell, and restore it"),
    ),
    "voices": Wording(
        gettext_lazy("Voices heard"),
        gettext_lazy("%(value)s of three voices heard in half a year"),
        Unit.COUNT,
        _TALKS,
        gettext_lazy("Speak to the voices nobody has heard"),
    ),
    "champion": Wording(
        gettext_lazy("Champion"),
        gettext_lazy("champion: %(value)s"),
        Unit.YES,
        gettext_lazy("no contacts; import the people of the customer"),
        gettext_lazy("Win a champion among their people"),
    ),
    "last_contact": Wording(
        gettext_lazy("Last contact"),
        gettext_lazy("last spoken to %(value)s ago"),
        Unit.DAYS,
        _TALKS,
        gettext_lazy("Call them this week"),
    ),
    "judgement": Wording(
        gettext_lazy("Judgement of the CS manager"),
        gettext_lazy("the CS manager gives %(value)s of 100"),
        Unit.COUNT,
        gettext_lazy("nobody judged it by hand"),
        gettext_lazy("Judge it anew"),
    ),
    "paid_on_time": Wording(
        gettext_lazy("Invoices paid in time"),
        gettext_lazy("%(value)s of the invoices paid in time"),
        Unit.SHARE,
        gettext_lazy("no invoices with due and paid dates; they come from the ledger"),
        gettext_lazy("Settle the invoices that are late"),
    ),
    "orders_growth": Wording(
        gettext_lazy("Parts and service orders"),
        gettext_lazy("parts and service orders at %(value)s of a year before"),
        Unit.SHARE,
        gettext_lazy("no orders in two years; they come from the ledger"),
        gettext_lazy("Win back parts and service orders"),
    ),
    "has_contract": Wording(
        gettext_lazy("Machines under contract"),
        gettext_lazy("%(value)s of the machines under contract"),
        Unit.SHARE,
        gettext_lazy("no machines in service; import the installed base"),
        gettext_lazy("Put the uncovered machines under contract"),
    ),
    "support_tickets": Wording(
        gettext_lazy("Support tickets"),
        gettext_lazy("tickets: %(value)s"),
        Unit.COUNT,
        _TICKETS,
        gettext_lazy("Solve what the tickets are about"),
    ),
    "recent_orders": Wording(
        gettext_lazy("Recent orders"),
        gettext_lazy("last order %(value)s ago"),
        Unit.DAYS,
        gettext_lazy("no orders; they come from the ledger and parts orders"),
        gettext_lazy("Ask why they stopped ordering"),
    ),
}


def wording(key: str) -> Wording:
    """The words of a measure; one that nobody wrote words for is called by its key."""
    name = key.replace("_", " ")
    plain = Wording(name, f"{name}: %(value)s", Unit.COUNT, gettext_lazy("nothing is known yet"), name)
    return MEASURES.get(key, plain)


def dimension_name(key: str) -> str:
    return str(DIMENSIONS.get(key, key))
