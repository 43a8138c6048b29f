"""The nine metrics of the leak map: each a sum of euros over the rows of its bucket."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from dashboards.leaks import measured, potential
from dashboards.leaks.rules import LeakPolicy
from expansion.rules.tip import TipPolicy
from installed_base.metrics.asof import FACTS
from renewals.rules import MilestonePolicy
from sales.rules import PipelinePolicy

ACCOUNT = Column("account_name", _("Account"))
DAYS = Column("days", _("Days"), "count")
ANNUAL = Column("annual", _("Annual value"), "money")
_DEALS_TOO = (*FACTS, "opportunity", "moment")


def _leak(
    key: str,
    name: Any,
    definition: Any,
    rows: Callable[..., Any],
    stage: Stage,
    *,
    parts: tuple[Part, ...] = (),
    **of: Any,
) -> Metric:
    """A bucket of its own family. Rows without an amount are unknown and listed."""
    family = Family(key=key, rows=rows, **of)
    return Metric(
        key=key,
        name=name,
        definition=definition,
        shape=Shape.SUM,
        unit=Unit.MONEY,
        stage=stage,
        family=family,
        numerator=F("amount"),
        unknown=Q(amount__isnull=True),
        parts=parts,
        target=Target(Aim.FALLING),
        window_months=0 if stage in (Stage.EXPANSION, Stage.PIPELINE) else 12,
        reads_money=True,
    )


_TERM: dict[str, Any] = {
    "subject": "term",
    "link": "account",
    "link_id": "account_id_shown",
    "left_out": Q(unattributed=1),
    "policies": (MilestonePolicy,),
    "placed_at": "contract__account_id",
    "seen_at": "contract__account_id",
    "facts": FACTS,
}
_MACHINE: dict[str, Any] = {
    "subject": "asset",
    "left_out": Q(unattributed=1),
    "policies": (MilestonePolicy,),
    "placed_at": "held__account_id",
    "seen_at": "account_id",
    "facts": FACTS,
}

METRICS = (
    _leak(
        "leak_lost_renewals",
        _("Contracts not renewed"),
        _("The annual value of the terms that ended in the twelve months to the date and were not renewed."),
        measured.lost_renewals,
        Stage.RENEWAL,
        columns=(ACCOUNT, Column("due_on", _("Due"), "date")),
        **_TERM,
    ),
    _leak(
        "leak_lowered_renewals",
        _("Contracts renewed for less"),
        _(
            "Terms that began in the twelve months to the date and cost less than what they replaced: the difference in"
            " annual value. Not of a contract that was lost in the same time."
        ),
        measured.lowered_renewals,
        Stage.RENEWAL,
        columns=(ACCOUNT, Column("was", _("Replaced"), "money"), ANNUAL),
        **_TERM,
    ),
    _leak(
        "leak_late_renewals",
        _("Contracts renewed late"),
        _(
            "Terms that were renewed after their end in the twelve months to the date: their annual value times the"
            " days without a contract, over 365. Not of a contract that was lost, or renewed for less."
        ),
        measured.late_renewals,
        Stage.RENEWAL,
        columns=(ACCOUNT, Column("due_on", _("Due"), "date"), DAYS, ANNUAL),
        **_TERM,
    ),
    _leak(
        "leak_parts_decline",
        _("Customers who buy fewer parts"),
        _(
            "Customers whose parts revenue in the twelve months to the date is at least a quarter (or what the policy"
            " says) below that of the twelve before: the difference. Not of a customer who lost a contract."
        ),
        measured.parts_decline,
        Stage.RENEWAL,
        subject="account",
        subject_id="customer",
        columns=(Column("before", _("Revenue the year before"), "money"), Column("now", _("Revenue now"), "money")),
        left_out=Q(before=0, now=0, unattributed__gt=0),
        policies=(LeakPolicy, MilestonePolicy),
        placed_at="customer",
        seen_at="customer",
        facts=FACTS,
    ),
    _leak(
        "leak_late_onboarding",
        _("Machines live after the promised day"),
        _(
            "Machines promised for a day in the twelve months to the date that went live later, or have not yet: the"
            " days late times the annual value of the contract sold with them, over 365. Machines without one are"
            " unknown."
        ),
        measured.late_onboarding,
        Stage.CONVERSION,
        columns=(ACCOUNT, Column("promised_on", _("Promised for"), "date"), DAYS, ANNUAL),
        **_MACHINE,
    ),
    _leak(
        "leak_uncovered",
        _("Machines without a contract"),
        _(
            "Machines in service that no contract covers, each at the list price of a year of the lowest level. Not"
            " those whose contract was lost in the twelve months to the date, nor those that went live late."
        ),
        potential.uncovered,
        Stage.EXPANSION,
        columns=(ACCOUNT,),
        parts=(Part("in_warranty", _("In warranty"), Q(in_warranty=True)),),
        **_MACHINE,
    ),
    _leak(
        "leak_untouched_signals",
        _("Chances nobody looked at"),
        _(
            "Signals that waited for a decision for more than 30 days (or what the policy says): their estimate times"
            " the share that such deals are won. Not of a machine without a contract, or with an open deal; of one"
            " machine the signal that is worth most."
        ),
        potential.untouched_signals,
        Stage.EXPANSION,
        subject="signal",
        link="account",
        link_id="account_id",
        columns=(ACCOUNT, Column("raised_on", _("Raised"), "date"), Column("value_reporting", _("Estimate"), "money")),
        left_out=Q(unattributed=1),
        policies=(LeakPolicy, MilestonePolicy),
        placed_at="account_id",
        seen_at="account_id",
    ),
    _leak(
        "leak_unanswered_tips",
        _("Tips nobody answered"),
        _(
            "Tips that waited for an answer for more than 48 hours (or what the policy says): the price of the machine"
            " they would sell times the share that such deals are won. Tips that sell no machine are unknown. Not of a"
            " machine that stands in an earlier leak, or with an open deal."
        ),
        potential.unanswered_tips,
        Stage.EXPANSION,
        subject="tip",
        link="tip",
        link_id="pk",
        columns=(ACCOUNT, Column("known_on", _("Given"), "date")),
        left_out=Q(unattributed=1),
        policies=(LeakPolicy, MilestonePolicy, TipPolicy),
        placed_at="account_id",
        seen_at="account_id",
    ),
    _leak(
        "leak_stalled_deals",
        _("Deals that stand still"),
        _(
            "Open deals whose last change of stage, contact or beginning lies longer ago than the policy allows: their"
            " value times the probability of their stage. Deals without a value are unknown."
        ),
        potential.stalled_deals,
        Stage.PIPELINE,
        subject="opportunity",
        link="opportunity",
        link_id="pk",
        columns=(ACCOUNT, Column("last_moved", _("Last moved"), "date")),
        left_out=Q(unattributed=1),
        policies=(PipelinePolicy,),
        placed_at="account_id",
        seen_at="account_id",
        facts=_DEALS_TOO,
    ),
)
