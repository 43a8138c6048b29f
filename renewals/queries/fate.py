"""What became of the terms that were due in a year, cut by tier, segment, product line and owner (CO-05, CT-09)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.metrics import WHOLE, Result, Slice, choices, compute_cut
from core.models import Owner, User
from health.models.score import TIERS

COUNT, VALUE = "renewal_rate", "renewal_rate_value"
CUTS = ("segment", "product_line", "owner")


@dataclass(frozen=True)
class Part:
    """Some of the terms that were due: how many, how many of them were renewed, and the same in a year's value.

    `asked` is the filter that opens their receipt; empty where none does.
    """

    name: str
    due: int
    renewed: int
    value_due: Decimal
    value_renewed: Decimal
    asked: str = ""

    @property
    def rate(self) -> Decimal | None:
        return Decimal(self.renewed) / self.due if self.due else None

    @property
    def value_rate(self) -> Decimal | None:
        return Decimal(self.value_renewed) / self.value_due if self.value_due else None


@dataclass(frozen=True)
class Fates:
    """The whole, and what it is made of. A term of several product lines counts in each of them."""

    whole: Part
    tier: list[Part]
    segment: list[Part]
    product_line: list[Part]
    owner: list[Part]


def fates_of(user: User, *, on: date) -> Fates:
    """Of the twelve months to that day, as far as this user sees. Those due first; nothing due is left out."""
    offered = choices(user)
    names = {key: {c.value: c.label for c in offered[key]} for key in CUTS}
    names["owner"] = {str(pk): name for pk, name in Owner.objects.values_list("pk", "name")}
    members = [Slice(key, value) for key in CUTS for value in names[key]]
    found = compute_cut([COUNT, VALUE], members, on=on, actor=user)
    parts: dict[str, list[Part]] = {key: [] for key in CUTS}
    for member in members:
        parts[member.dimension].append(_part(names[member.dimension][member.member], found[member], _asked(member)))
    whole = found[WHOLE]
    return Fates(_part("", whole, ""), _tiers(whole), **{key: _in_order(rows) for key, rows in parts.items()})


def _asked(member: Slice) -> str:
    return f"{member.dimension}={member.member}"


def _part(name: str, of: dict[str, Result], asked: str) -> Part:
    count, value = of[COUNT], of[VALUE]
    return Part(
        name,
        int(count.denominator or 0),
        int(count.numerator or 0),
        Decimal(value.denominator or 0),
        Decimal(value.numerator or 0),
        asked,
    )


def _tiers(of: dict[str, Result]) -> list[Part]:
    """The tier at T-90, out of the parts of the receipt."""
    count, value = of[COUNT].parts, of[VALUE].parts
    rows = [
        Part(
            tier,
            int(count[f"due_{tier}"] or 0),
            int(count[f"renewed_{tier}"] or 0),
            Decimal(value[f"due_{tier}"] or 0),
            Decimal(value[f"renewed_{tier}"] or 0),
        )
        for tier, _name in TIERS
    ]
    return [row for row in rows if row.due]


def _in_order(rows: list[Part]) -> list[Part]:
    return sorted((row for row in rows if row.due), key=lambda r: (-r.due, -r.value_due, r.name.lower()))
