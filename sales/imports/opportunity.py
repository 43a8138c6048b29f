"""Deals from files: each row is one, with its history as far as the row tells it (PL-01, EX-20)."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Money, Values
from core.importing.plan import Plan, literal
from core.policies import policy_on
from sales.imports.dealer import follow_deals
from sales.models import (
    DealKind,
    LostReason,
    Opportunity,
    OpportunityLine,
    OpportunityPeriod,
    Stage,
)
from sales.rules import EXPANSION, NEW_BUSINESS, NEW_KINDS, OPEN_STAGES, PipelinePolicy

_TABLE = Opportunity._meta.db_table
_DECIDED = "s.stage IN ('won', 'lost')"
_NEW = ", ".join(f"'{kind}'" for kind in NEW_KINDS)


def _complete(values: Values, row: dict[str, Values]) -> None:
    """A deal whose stage is not said was identified; what is said of a stage has its share of the policy."""
    values["stage"] = values.get("stage") or Stage.IDENTIFIED.value
    values["lost_because"] = values.get("lost_because") or (
        LostReason.OTHER.value if values["stage"] == Stage.LOST.value and values.get("lost_reason") else None
    )


def _weigh(plan: Plan, ready: str) -> None:
    """Deals without a probability of their own have that of their stage."""
    policy = policy_on(PipelinePolicy, plan.context.on).values
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{ready}" s SET probability = CASE WHEN s.kind IN ({_NEW}) THEN {_shares(policy, NEW_BUSINESS)}'
            f" ELSE {_shares(policy, EXPANSION)} END WHERE s.probability IS NULL"
        )


def _shares(policy: PipelinePolicy, pipeline: str) -> str:
    whens = " ".join(
        f"WHEN {literal(stage)} THEN {policy.probability(stage, pipeline)}" for stage in (*OPEN_STAGES, "won", "lost")
    )
    return f"CASE s.stage {whens} END"


def _name_lines(plan: Plan, ready: str) -> None:
    """The machine and the product that a row names are a line of its deal."""
    given: list[Any] = [f.target for f in plan.fields("ref") if f.name in ("asset", "product")]
    if not given:
        return
    lines = OpportunityLine._meta.db_table
    same = " AND ".join(f'l."{column}" IS NOT DISTINCT FROM s."{column}"' for column in given)
    filled = " OR ".join(f's."{column}" IS NOT NULL' for column in given)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{lines}" (opportunity_id, value_reporting, {", ".join(given)})'
            f" SELECT s._id, t.value_reporting, {', '.join(f's.{column}' for column in given)}"
            f' FROM "{ready}" s JOIN "{_TABLE}" t ON t.id = s._id WHERE s._ok AND ({filled})'
            f' AND NOT EXISTS (SELECT 1 FROM "{lines}" l WHERE l.opportunity_id = s._id AND {same})'
        )


def _complete_deals(plan: Plan, ready: str) -> None:
    _name_lines(plan, ready)
    follow_deals(plan, ready)


OPPORTUNITY = Entity(
    word="opportunity",
    plural="opportunities",
    model=Opportunity,
    fields=(
        Field("account", "ref", to="account"),
        Field("kind", required=True, choices=tuple(DealKind.values)),
        Field("name", required=True),
        Field("stage", choices=tuple(Stage.values)),
        Field("owner", "named", to="owner", if_empty="Unassigned"),
        Field("partner", "ref", to="account"),
        Field("probability", "number", places=4),
        Field("value", "money"),
        Field("currency"),
        Field("identified_on", "date"),
        Field("expected_close_on", "date"),
        Field("closed_on", "date"),
        Field("lost_because", choices=tuple(LostReason.values)),
        Field("lost_reason"),
        Field("note"),
        Field("product", "ref", to="product", stored=False),
        Field("asset", "ref", to="asset", stored=False),
        Field("attributes", "json"),
    ),
    money=(
        Money("value", "value_reporting", "COALESCE({closed_on}, {identified_on})", ("closed_on", "identified_on")),
    ),
    checks=(
        Check(
            "partner",
            "s.partner_id = s.account_id",
            _("is the customer itself: a dealer sells to others"),
            needs=("partner", "account"),
        ),
        Check(
            "kind",
            f'EXISTS (SELECT 1 FROM "{_TABLE}" t WHERE t.id = s._known AND t.kind <> s.kind)',
            _("is another kind than before; a deal keeps the kind with which it began"),
        ),
        Check(
            "stage",
            f"s.stage = 'needs_analysis' AND s.kind NOT IN ({_NEW})",
            _("is no stage of this kind of deal: an expansion goes identified, qualification, proposal, negotiation"),
        ),
        Check(
            "closed_on",
            f"({_DECIDED}) <> (s.closed_on IS NOT NULL)",
            _("and the stage do not agree: a deal that is won or lost has the day it closed, an open one has none"),
            needs=("stage", "closed_on"),
        ),
        Check("closed_on", "s.closed_on > {on}", _("lies in the future"), needs=("closed_on",)),
        Check("identified_on", "s.identified_on > {on}", _("lies in the future"), needs=("identified_on",)),
        Check(
            "closed_on",
            "s.closed_on < s.identified_on",
            _("lies before the day on which the deal was identified"),
            needs=("closed_on", "identified_on"),
        ),
        Check(
            "value",
            "s.stage = 'won' AND s.value IS NULL",
            _("is empty: a deal is won with its value"),
            needs=("stage", "value"),
        ),
        Check("probability", "s.probability > 1", _("is more than 1: 40 per cent is written 0.4")),
        Check(
            "lost_because",
            "s.lost_because IS NOT NULL AND s.stage <> 'lost'",
            _("is said of a deal that is not lost"),
            needs=("stage", "lost_because"),
        ),
    ),
    period=OpportunityPeriod,
    touches="opportunity",
    account="t.account_id",
    since="LEAST(t.identified_on, t.closed_on, t.known_on)",
    finish=_complete,
    fills={"": ("stage", "lost_because", "probability")},
    before=_weigh,
    after=_complete_deals,
)
