"""What technicians saw at the customers, and what became of it: one tip turned into a deal (ST-03)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from bowtie.demo.people import Staff
from expansion.actions.tipping import answer_tip, leave_tip
from expansion.models import Tip, TipKind
from installed_base.models import Asset
from sales.actions import close
from sales.models import DealKind


@dataclass(frozen=True)
class Seen:
    """A tip of so many days ago, about the oldest machine of a customer.

    `deal` is (kind, name, value, days until won).
    """

    customer: str
    by: str
    days: int
    kind: str
    note: str
    outcome: str = ""
    answer: str = ""
    hours: int = 0
    deal: tuple[str, str, int, int | None] | None = None


_DEAL, _KNOWN, _NOTHING = Tip.Outcome.OPPORTUNITY, Tip.Outcome.KNOWN, Tip.Outcome.NOTHING
SEEN = (
    Seen(
        "Bergmann Automotive",
        "ruud",
        190,
        TipKind.OVERLOADED,
        "Three shifts on one palletiser; they push boxes by hand at the end of the line.",
        _DEAL,
        "Well seen. They were looking for a second one; the offer goes out next week.",
        5,
        (DealKind.ADDITIONAL_MACHINE, "Second palletiser", 100_000, 120),
    ),
    Seen(
        "Verpakkingen De Smet",
        "ruud",
        74,
        TipKind.WORN_OUT,
        "Main axis has play, the board is no longer made. The foreman asked what a new one costs.",
        _DEAL,
        "I was there on Tuesday; we work out keeping against replacing.",
        26,
        (DealKind.REPLACEMENT, "Replacement of the oldest machine", 185_000, None),
    ),
    Seen(
        "Hoekstra Zuivel",
        "ruud",
        52,
        TipKind.OPERATOR,
        "The night shift calls us for things that stand in the manual.",
        _KNOWN,
        "A training was planned already; your remark is in it.",
        70,
    ),
    Seen(
        "Mleczarnia Podlaska",
        "ilse",
        23,
        TipKind.HEARD,
        "Their purchaser said that the board wants two makers in every hall.",
        _NOTHING,
        "Asked: it is about forklifts. Thanks all the same.",
        30,
    ),
    Seen(
        "Van Houten Bakkerijen",
        "ruud",
        4,
        TipKind.COMPETITOR,
        "A crate with the robot of another maker stands behind line 2, not unpacked yet.",
    ),
    Seen(
        "Frisse Start Groenten",
        "ruud",
        0,
        TipKind.BUILDING,
        "They are pouring the floor of a hall twice the size of this one.",
    ),
)


def leave(staff: Staff, on: date) -> list[Tip]:
    """Leave these tips, and answer those that were answered."""
    return [_leave(seen, asset, staff, on) for seen in SEEN if (asset := _machine(seen.customer))]


def _machine(customer: str) -> Asset | None:
    rows = Asset.objects.filter(account__name=customer, taken_out_on__isnull=True, installed_on__isnull=False)
    return rows.select_related("account__owner").order_by("installed_on", "pk").first()


def _leave(seen: Seen, asset: Asset, staff: Staff, on: date) -> Tip:
    day = on - timedelta(days=seen.days)
    at = datetime.combine(day, time(7, 40), ZoneInfo(settings.ORGANISATION_TIME_ZONE))
    by = staff.users[seen.by]
    tip = leave_tip(account=asset.account, asset=asset, kind=seen.kind, note=seen.note, by=by, on=day, at=at)
    return _answered(seen, tip, staff, at) if seen.outcome else tip


def _answered(seen: Seen, tip: Tip, staff: Staff, given_at: datetime) -> Tip:
    owner = tip.account.owner
    by = owner.user or staff.users["daniel"]
    at = given_at + timedelta(hours=seen.hours)
    kind, name, value, won_after = seen.deal or ("", "", 0, None)
    worth = Decimal(value) if value else None
    tip = answer_tip(
        tip=tip, outcome=seen.outcome, answer=seen.answer, by=by, on=at.date(), at=at,
        deal_kind=kind, deal_name=name, value=worth,
    )  # fmt: skip
    if won_after and tip.opportunity:
        close(opportunity=tip.opportunity, won=True, by=by, on=at.date() + timedelta(days=won_after))
    return tip
