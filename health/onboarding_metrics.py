"""Starts of machines that do not go as they should, by phase (AD-02, AD-12)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from health.queries.starts import followed, standings
from health.rules.adoption import AdoptionPolicy, Phase
from health.rules.red_flags import Course
from health.words.adoption import PHASES
from installed_base.metrics.asof import FACTS
from installed_base.metrics.machines import machines_asked

# An id that no row has: a list without any would make a query that cannot be joined with others.
_NONE = [0]


def late_starts(ask: Ask) -> Any:
    """Machines whose start is behind or stuck on the date. The rule decides on the facts of each; SQL only finds it."""
    policy: AdoptionPolicy = ask.policy(AdoptionPolicy)
    rows = machines_asked(ask, coming=True).filter(followed(ask.on, policy))
    found = standings(list(rows.order_by().values_list("pk", flat=True)), ask.on, policy)
    stuck = [pk for pk, one in found.items() if one.course is Course.STUCK] or _NONE
    late = [pk for pk, one in found.items() if one.course is not Course.ON_TRACK] or _NONE
    return rows.filter(pk__in=late).annotate(
        phase=_phase(ask, policy),
        stuck=Case(When(pk__in=stuck, then=Value(True)), default=Value(False)),
        account_name=F("account__name"),
    )


def _phase(ask: Ask, policy: AdoptionPolicy) -> Case:
    """By the last day on which a machine must have gone live to be in the phase."""
    waiting = Q(went_live_on__isnull=True) | Q(went_live_on__gt=ask.on)
    early, value = (ask.on - timedelta(days=n) for n in (policy.early_days, policy.value_days))
    return Case(
        When(waiting, then=Value(Phase.BEFORE.value)),
        When(went_live_on__gte=early, then=Value(Phase.EARLY.value)),
        When(went_live_on__gte=value, then=Value(Phase.VALUE.value)),
        default=Value(Phase.STEADY.value),
    )


FAMILY = Family(
    key="late_starts",
    rows=late_starts,
    subject="asset",
    columns=(
        Column("account_name", _("Account")),
        Column("went_live_on", _("Went live"), "date"),
        Column("stuck", _("Stuck"), "yes"),
    ),
    policies=(AdoptionPolicy,),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=(*FACTS, "ticket", "reading", "moment", "roi", "promise", "training", "contact"),
)
_PHASES = (Phase.BEFORE, Phase.EARLY, Phase.VALUE, Phase.STEADY)

METRICS = (
    Metric(
        key="onboarding_stuck",
        name=_("Onboardings behind or stuck"),
        definition=_(
            "Machines in service that are expected or in their first half year, and whose start is behind or stuck on"
            " the date by the red flags of that day, by phase."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.ADOPTION,
        family=FAMILY,
        parts=tuple(Part(phase.value, PHASES[phase], Q(phase=phase.value)) for phase in _PHASES),
        target=Target(Aim.BELOW, Decimal(1)),
    ),
)
