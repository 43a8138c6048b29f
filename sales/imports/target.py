"""Booking targets from files: one per person or team, pipeline and quarter (PL-02)."""

from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Values
from sales.models import BookingTarget, BookingTargetPeriod
from sales.rules import PIPELINES
from sales.rules.targets import read_quarter


def _of_the_quarter(values: Values, row: dict[str, Values]) -> None:
    """The first day of the quarter that the row names; a quarter that is none is refused by a check."""
    first = read_quarter(values.get("quarter") or "")
    values["starts_on"] = first.isoformat() if first else None


TARGET = Entity(
    word="target",
    plural="targets",
    model=BookingTarget,
    fields=(
        Field("owner", "named", required=True, to="owner"),
        Field("pipeline", required=True, choices=PIPELINES),
        Field("quarter", required=True, stored=False),
        Field("starts_on", "date"),
        Field("amount", "number", places=2),
        Field("shared_with", "named", to="owner"),
        Field("agreed_on", "date", required=True),
        Field("note"),
    ),
    natural=("owner_id", "pipeline", "starts_on"),
    checks=(
        Check("quarter", "s.starts_on IS NULL", _("is no quarter such as 2026-Q4"), needs=("quarter",)),
        Check("amount", "s.amount <= 0", _("is not above 0; leave it empty to take the target back")),
        Check("agreed_on", "s.agreed_on > {on}", _("lies in the future"), needs=("agreed_on",)),
        Check(
            "shared_with",
            "s.shared_with_id = s.owner_id",
            _("is the owner of the target; name the other one who carries it"),
            needs=("shared_with",),
        ),
    ),
    period=BookingTargetPeriod,
    touches="booking_target",
    account="NULL::bigint",
    since="t.agreed_on",
    finish=_of_the_quarter,
    fills={"": ("starts_on",)},
)
