"""Machines whose parts no longer come in their own rhythm (PA-08, CT-29)."""

from datetime import date
from typing import Any

from django.db.models import DateField, IntegerField, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import FACTS, account_then, covered_assets, flag
from installed_base.metrics.buyers import WITH_PARTS
from installed_base.metrics.machines import machines_asked
from installed_base.rules.parts import PartsPolicy

# Days on which parts were ordered for a machine up to a date, each with the days since the one before it.
_RHYTHM = """
SELECT d.asset_id, d.day, d.day - LAG(d.day) OVER (PARTITION BY d.asset_id ORDER BY d.day) AS gap FROM (
    SELECT DISTINCT l.asset_id, o.ordered_on AS day
    FROM installed_base_partsorderline l JOIN installed_base_partsorder o ON o.id = l.order_id
    WHERE {which} AND o.ordered_on <= %s AND o.known_on <= %s
) d
"""
_QUIET = f"""
SELECT r.asset_id FROM ({_RHYTHM.format(which="l.asset_id IS NOT NULL")}) r
GROUP BY r.asset_id
HAVING COUNT(*) >= %s
   AND %s::date - MAX(r.day) > %s * percentile_cont(0.5) WITHIN GROUP (ORDER BY r.gap)
"""
_OWN = _RHYTHM.format(which='l.asset_id = "installed_base_asset"."id"')
_LAST = f"(SELECT MAX(r.day) FROM ({_OWN}) r)"
_USUAL = f"(SELECT ROUND(percentile_cont(0.5) WITHIN GROUP (ORDER BY r.gap))::int FROM ({_OWN}) r)"


def quiet(ask: Ask) -> Any:
    """Machines in service whose last order is older than their own rhythm allows. One grouped reading of the orders."""
    policy = ask.policy(PartsPolicy)
    until = [ask.on, ask.filters.known_at or date.max]
    late = RawSQL(_QUIET, [*until, policy.orders, ask.on, policy.times])
    return (
        machines_asked(ask)
        .filter(pk__in=late)
        .annotate(
            account_name=account_then(ask.on),
            last_order=RawSQL(_LAST, until, DateField()),
            usual_days=RawSQL(_USUAL, until, IntegerField()),
            in_contract=flag(Q(pk__in=covered_assets(ask.on).filter(WITH_PARTS))),
        )
    )


FAMILY = Family(
    key="quiet_machines",
    rows=quiet,
    subject="asset",
    columns=(
        Column("account_name", _("Account")),
        Column("last_order", _("Last order"), "date"),
        Column("usual_days", _("Usual days between"), "count"),
    ),
    policies=(PartsPolicy,),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    seen_at="account_id",
    facts=FACTS,
)

METRICS = (
    Metric(
        key="quiet_assets",
        name=_("Machines without recent orders"),
        definition=_(
            "Machines in service for which parts were ordered on three days or more, and the last of them lies longer"
            " back than twice their own median interval (or what the policy says)."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.EXPANSION,
        family=FAMILY,
        parts=(
            Part("by_order", _("Parts bought by order"), Q(in_contract=False)),
            Part("in_contract", _("Parts included in the contract"), Q(in_contract=True)),
        ),
        target=Target(Aim.FALLING),
    ),
)
