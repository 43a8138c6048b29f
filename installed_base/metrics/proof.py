"""Machines by the last evidence that they are there."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Greatest, TruncDate
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import FACTS, flag, ids_covered, one_if
from installed_base.metrics.machines import machines_asked
from installed_base.metrics.service import day_begins
from installed_base.models import PartsOrderLine, Ticket, UsageReading, Visit
from installed_base.rules import CustomerPolicy

SIGNS = ("last_order", "last_visit", "last_reading", "last_ticket")


def last_signs(on: date) -> dict[str, Any]:
    """The last order, ticket, visit and reading of a machine up to the date."""
    of_asset = {"asset": OuterRef("pk")}
    ended = day_begins(on + timedelta(days=1))
    tickets = Ticket._base_manager.filter(opened_at__lt=ended, **of_asset).order_by("-opened_at")
    opened = tickets.annotate(day=TruncDate("opened_at", tzinfo=ended.tzinfo)).values("day")
    return {
        "last_order": _last(PartsOrderLine, "order__ordered_on", on),
        "last_visit": _last(Visit, "on", on),
        "last_reading": _last(UsageReading, "on", on),
        "last_ticket": Subquery(opened[:1], output_field=DateField()),
    }


def _last(model: Any, day: str, on: date) -> Subquery:
    rows = model._base_manager.filter(**{"asset": OuterRef("pk"), f"{day}__lte": on}).order_by(f"-{day}")
    return Subquery(rows.values(day)[:1])


def proofs(ask: Ask) -> Any:
    """Machines in service with the day of the last evidence of life."""
    policy = ask.policy(CustomerPolicy)
    rows = machines_asked(ask).annotate(**last_signs(ask.on))
    rows = rows.annotate(last_sign=Greatest(*SIGNS))
    proven, probable = (add_months(ask.on, -m) for m in (policy.proven_months, policy.probable_months))
    return rows.annotate(
        life=Case(
            When(last_sign__gt=proven, then=Value("proven")),
            When(last_sign__gt=probable, then=Value("probable")),
            default=Value("ghost"),
        ),
        covered=flag(Q(pk__in=ids_covered(ask.on))),
    )


FAMILY = Family(
    key="proofs",
    rows=proofs,
    subject="asset",
    columns=(Column("last_sign", _("Last proof of life"), "date"),),
    policies=(CustomerPolicy,),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=(*FACTS, "ticket", "visit", "reading", "moment"),
)


def _count(key: str, name: Any, definition: Any, life: str, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"stage": Stage.BASE, "shape": Shape.COUNT, "unit": Unit.COUNT}
    return Metric(key=key, name=name, definition=definition, family=FAMILY, member=Q(life=life), **(defaults | more))


METRICS = (
    _count(
        "assets_proven",
        _("Proven machines"),
        _(
            "Machines in service with evidence of life in the twelve months to the date: a parts order, a ticket, a"
            " visit or a reading."
        ),
        "proven",
        target=Target(Aim.RISING),
    ),
    _count(
        "assets_probable",
        _("Probable machines"),
        _("Machines in service whose last evidence of life lies between twelve and thirty-six months before the date."),
        "probable",
    ),
    _count(
        "assets_ghost",
        _("Ghost machines"),
        _("Machines in service without evidence of life in the thirty-six months to the date, or without any."),
        "ghost",
        target=Target(Aim.FALLING),
    ),
    _count(
        "attach_rate_proven",
        _("Attach rate, proven machines"),
        _("As the attach rate, over the machines in service with evidence of life in the twelve months to the date."),
        "proven",
        stage=Stage.RENEWAL,
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        numerator=one_if(Q(covered=True)),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.70")),
        nothing=_("No machine has evidence of life in the window."),
    ),
)
