"""Machines with a conversation about an upgrade or a replacement (EX-43, EX-46): offered, open, won, and how early."""

from decimal import Decimal
from typing import Any

from django.db.models import DateField, Exists, F, Func, Min, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _

from core.calendar import latest_anchor
from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import (
    accounts_asked,
    assets_at,
    flag,
    known_by,
    narrows_accounts,
    one_if,
    then,
    unplaced,
)
from installed_base.metrics.machines import end_of_life, machines_asked
from installed_base.models import Asset
from installed_base.rules import AgePolicy
from sales.metrics.deals import FACTS, open_deals
from sales.models import DealKind, OpportunityLine, OpportunityPeriod
from sales.models import Stage as DealStage

EARLY_MONTHS = 18


def offered(ask: Ask) -> Any:
    """Machines in service on the date: whether they are old enough, and whether an upgrade was proposed in the year."""
    year = ask.last_year
    old = latest_anchor(ask.on, 12 * ask.policy(AgePolicy).upgrade_years)
    rows = machines_asked(ask).annotate(
        account_name=F("account__name"),
        installed=F("installed_on"),
        undated=flag(Q(installed_on__isnull=True) | Q(installed_on__gt=ask.on)),
        aged=flag(Q(installed_on__lte=old)),
    )
    proposed = OpportunityPeriod.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=year.first),
        stage__in=(DealStage.PROPOSAL, DealStage.NEGOTIATION),
        valid_from__lte=ask.on,
    ).values("opportunity_id")
    won = Q(opportunity__stage=DealStage.WON, opportunity__closed_on__range=(year.first, year.last))
    lines = _lines(DealKind.UPGRADE).filter(Q(opportunity__in=proposed) | won)
    return rows.annotate(offer=flag(Q(Exists(lines))))


def spoken_of(ask: Ask) -> Any:
    """Machines that stand in a deal about an upgrade or a replacement: open on the date, closed or identified in the
    year to it."""
    year = (ask.last_year.first, ask.last_year.last)
    upgrades, replacements = _lines(DealKind.UPGRADE), _lines(DealKind.REPLACEMENT)
    closed = upgrades.filter(opportunity__closed_on__range=year)
    fresh = replacements.filter(opportunity__identified_on__range=year)
    first = fresh.order_by().values("asset").annotate(first=Min("opportunity__identified_on")).values("first")
    rows = (
        Asset.objects.visible_to(ask.actor)
        .filter(known_by(ask.filters), _asked(ask))
        .alias(held=then(ask.on))
        .annotate(
            account_name=F("account__name"),
            unattributed=unplaced(ask, "product__line"),
            upgrading=flag(Q(Exists(upgrades.filter(opportunity__in=open_deals(ask.on, (DealKind.UPGRADE,)))))),
            replacing=flag(Q(Exists(replacements.filter(opportunity__in=open_deals(ask.on, (DealKind.REPLACEMENT,)))))),
            upgrade_closed=flag(Q(Exists(closed))),
            upgrade_won=flag(Q(Exists(closed.filter(opportunity__stage=DealStage.WON)))),
            seen_on=Subquery(first, output_field=DateField()),
            ends_life_on=end_of_life(ask.policy(AgePolicy)),
        )
    )
    early_until = Func(
        "ends_life_on", template=f"(%(expressions)s - interval '{EARLY_MONTHS} months')::date", output_field=DateField()
    )
    rows = rows.annotate(early=flag(Q(seen_on__lte=early_until)))
    return rows.filter(Q(upgrading=True) | Q(replacing=True) | Q(upgrade_closed=True) | Q(seen_on__isnull=False))


def _lines(kind: DealKind) -> Any:
    return OpportunityLine._base_manager.filter(asset=OuterRef("pk"), opportunity__kind=kind)


def _asked(ask: Ask) -> Q:
    narrowed = assets_at(ask, accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


_FACTS = (*FACTS, "asset")
OFFERED = Family(
    key="upgrade_offers",
    rows=offered,
    subject="asset",
    columns=(
        Column("account_name", _("Account")),
        Column("installed", _("Installed"), "date"),
        Column("aged", _("Old enough"), "yes"),
        Column("offer", _("Offered"), "yes"),
    ),
    policies=(AgePolicy,),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=_FACTS,
)
SPOKEN = Family(
    key="machines_in_deals",
    rows=spoken_of,
    subject="asset",
    columns=(Column("account_name", _("Account")), Column("ends_life_on", _("End of life"), "date")),
    policies=(AgePolicy,),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=_FACTS,
)


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"stage": Stage.EXPANSION, "family": SPOKEN, "shape": Shape.COUNT, "unit": Unit.COUNT}
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


METRICS = (
    _metric(
        "upgrade_offer_coverage",
        _("Upgrade offers made"),
        _(
            "Machines in service on the date that are 5 years old (or what the policy says) and older: those for which"
            " an upgrade was proposed, or won, in the twelve months to it, over all of them. Machines without an"
            " installation date are unknown. The parts give the whole base too."
        ),
        family=OFFERED,
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        unknown=Q(undated=True),
        numerator=one_if(Q(aged=True, offer=True)),
        denominator=one_if(Q(aged=True)),
        target=Target(Aim.RISING),
        nothing=_("No machine in service was old enough."),
        window_months=12,
        parts=(
            Part("whole_base", _("Machines of every age")),
            Part("whole_base_offered", _("Of which offered"), Q(offer=True)),
        ),
    ),
    _metric(
        "upgrade_attach_rate",
        _("Upgrade attach rate"),
        _(
            "Machines whose upgrade deal closed in the twelve months to the date: those that it was won for, over all"
            " of them. A machine counts once."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        member=Q(upgrade_closed=True),
        numerator=one_if(Q(upgrade_won=True)),
        denominator=Value(1),
        target=Target(Aim.AT_LEAST, Decimal("0.30")),
        nothing=_("No upgrade deal about a machine closed in the window."),
        window_months=12,
    ),
    _metric(
        "upgrade_pipeline",
        _("Upgrade conversations"),
        _("Machines that stand in an upgrade deal which was open on the date."),
        member=Q(upgrading=True),
        target=Target(Aim.RISING),
    ),
    _metric(
        "replacement_pipeline",
        _("Replacement conversations"),
        _("Machines that stand in a replacement deal which was open on the date."),
        member=Q(replacing=True),
        target=Target(Aim.RISING),
    ),
    _metric(
        "replacement_early",
        _("Replacements seen early"),
        _(
            "Machines whose replacement deal was identified in the twelve months to the date: those identified 18"
            " months or more before the end of their life, over all of them. Machines whose end of life nobody knows"
            " are unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        member=Q(seen_on__isnull=False),
        unknown=Q(ends_life_on__isnull=True),
        numerator=one_if(Q(early=True)),
        denominator=Value(1),
        target=Target(Aim.RISING),
        nothing=_("No replacement deal about a machine was identified in the window."),
        window_months=12,
        columns=(
            Column("account_name", _("Account")),
            Column("seen_on", _("Identified"), "date"),
            Column("ends_life_on", _("End of life"), "date"),
        ),
    ),
)
