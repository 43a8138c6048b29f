"""The renewal calendar and its escalation as triggers of the day."""

from datetime import date
from functools import partial
from typing import Any

from health.queries import tiers_of
from playbooks.triggers import Trigger, nothing
from renewals.actions import follow_terms, open_renewals
from renewals.actions.escalating import escalate, settle
from renewals.actions.escalating import seen as seen_stuck
from renewals.actions.forecasting import keep_forecasts
from renewals.queries.candidates import Tiers, all_terms, due_terms, gate_list, term_facts, touched_terms
from renewals.queries.forecast import not_kept
from renewals.queries.stuck import all_open, open_renewals_of, stuck, touched_renewals
from renewals.rules import MilestonePolicy, TermFacts, escalation, occurrences
from renewals.rules.forecast import ForecastPolicy


def seen(term: TermFacts) -> dict[str, Any]:
    """What of a term is kept with its firings."""
    return {"starts_on": str(term.starts_on), "ends_on": term.ends_on and str(term.ends_on), "tier": term.tier.value}


def milestones(tiers: Tiers = tiers_of) -> Trigger:
    """The 90-60-30 calendar and its gate, over the tiers given."""

    def listed(policy: MilestonePolicy, on: date) -> dict[str, int]:
        return {"gate_listed": len(gate_list(policy, on, tiers))}

    return Trigger(
        name="renewals.milestones",
        kind="term",
        policy=MilestonePolicy,
        due=due_terms,
        touched=touched_terms,
        everything=all_terms,
        facts=partial(term_facts, tiers=tiers),
        occurrences=occurrences,
        effect=open_renewals,
        follow=follow_terms,
        seen=seen,
        listed=listed,
    )


MILESTONES = milestones()

ESCALATIONS = Trigger(
    name="renewals.escalation",
    kind="renewal",
    policy=escalation.EscalationPolicy,
    due=stuck,
    touched=touched_renewals,
    everything=all_open,
    facts=open_renewals_of,
    occurrences=escalation.occurrences,
    effect=escalate,
    follow=settle,
    seen=seen_stuck,
)

# Nothing fires: what is expected of each open renewal is kept, once a day and where it was touched.
FORECASTS = Trigger(
    name="renewals.forecast",
    kind="renewal",
    policy=ForecastPolicy,
    due=not_kept,
    touched=touched_renewals,
    everything=all_open,
    facts=lambda ids, on: [],
    occurrences=lambda *facts: [],
    effect=nothing,
    prepare=keep_forecasts,
)
