"""QBRs as triggers of the day: the plan is kept, and meetings are prepared and followed up."""

from playbooks.qbr import candidates
from playbooks.qbr.actions.preparing import follow_owners, keep_planned, release_steps, seen
from playbooks.qbr.rules import QbrPolicy, occurrences
from playbooks.triggers import Trigger, nothing

# Nothing fires: the meetings that the rhythm asks for stand in the plan, one per account and date.
PLAN = Trigger(
    name="playbooks.qbr_plan",
    kind="account",
    policy=QbrPolicy,
    due=candidates.due_accounts,
    touched=candidates.touched_accounts,
    everything=candidates.all_accounts,
    facts=lambda ids, on: [],
    occurrences=lambda *facts: [],
    effect=nothing,
    prepare=keep_planned,
)

MEETINGS = Trigger(
    name="playbooks.qbr_meetings",
    kind="qbr",
    policy=QbrPolicy,
    due=candidates.due_meetings,
    touched=candidates.touched_meetings,
    everything=candidates.all_meetings,
    facts=candidates.meeting_facts,
    occurrences=occurrences,
    effect=release_steps,
    follow=follow_owners,
    seen=seen,
)
