"""The road to the renewal: its milestones as a line of time, and what hangs under each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import wrap
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.charts.lines import Milestone, RenewalLine, draw_renewal_line
from core.display import day, day_long, day_short, number
from health.rules import Tier
from health.words import tier_word
from playbooks.models import Firing, Task
from renewals.models import Renewal

HEADINGS = {
    "gate": gettext_lazy("Health gate"),
    "T-90": gettext_lazy("Health review and first talk"),
    "T-60": gettext_lazy("Quote and value talk"),
    "T-30": gettext_lazy("Follow-up, executive"),
    "T-0": gettext_lazy("Signed, or a loss talk"),
}

# What is kept with the firings of a term and of its renewal.
FACTS = {
    "starts_on": gettext_lazy("The term began"),
    "ends_on": gettext_lazy("The term ends"),
    "tier": gettext_lazy("Health"),
    "decides_on": gettext_lazy("Last day to decide"),
    "open_steps": gettext_lazy("Steps still open"),
}


@dataclass(frozen=True)
class Stop:
    """One milestone: its day, its state (done, late, now, coming, skipped), its tasks, and the firing behind it."""

    key: str
    name: str
    on: date
    state: str
    heading: str
    tasks: Sequence[Task]
    firing: Firing | None


def stops(
    renewal: Renewal,
    days: Sequence[int],
    tasks: Mapping[str, Sequence[Task]],
    firings: Sequence[Firing],
    on: date,
) -> list[Stop]:
    """The gate and the milestones of this renewal; `days` are counted back from T, the gate first.

    A gate that does not lie before the first milestone is none.
    """
    fired = {f.occurrence_key.partition("@")[0].rpartition(".")[2]: f for f in firings if _of_this_t(f, renewal)}
    found = []
    for index, before in enumerate(days):
        if index == 0 and before <= max(days[1:], default=0):
            continue
        key = "gate" if index == 0 else f"T-{before}"
        firing = fired.get(f"{'G' if index == 0 else 'M'}{before}")
        theirs = tasks.get(key, ())
        at = renewal.decides_on - timedelta(days=before)
        state = _state(renewal, at, theirs, firing, on, gate=index == 0)
        heading = str(HEADINGS.get(key, _("Next step")))
        found.append(Stop(key, f"T-{before}", at, state, heading, theirs, firing))
    return found


def _of_this_t(firing: Firing, renewal: Renewal) -> bool:
    if firing.subject_kind != "term":
        return False
    anchor = date.fromisoformat(firing.occurrence_key.rpartition("@")[2])
    return abs((anchor - renewal.decides_on).days) <= 45


def _state(renewal: Renewal, at: date, tasks: Sequence[Task], firing: Firing | None, on: date, *, gate: bool) -> str:
    if at > on:
        return "coming"
    if renewal.decided_on and renewal.decided_on <= at:
        return "done"
    if any(t.done_on is None and t.closed_on is None for t in tasks):
        return "late" if any(t.due_on < on for t in tasks if t.done_on is None and t.closed_on is None) else "now"
    if tasks:
        return "done"
    return "skipped" if gate or firing is None or firing.state != Firing.State.FIRED else "done"


def draw(renewal: Renewal, road: Sequence[Stop], tier: Tier, on: date) -> SafeString:
    """The line of time; under each stop what was done and by whom."""
    points = tuple(Milestone(s.on, s.name, _day(s.on), _drawn(s), s.heading, tuple(_lines(s, tier, on))) for s in road)
    told = "; ".join(f"{s.name} {day_long(s.on)}: {state_word(s.state)}" for s in road)
    return draw_renewal_line(RenewalLine(points, on, _today(renewal, on), _("The road to the renewal"), told))


def _today(renewal: Renewal, on: date) -> str:
    """How far T is; what is decided is neither early nor late any more."""
    days = (renewal.decides_on - on).days
    if renewal.decided_on:
        return _("today")
    if days < 0:
        return ngettext("today, %(count)s day late", "today, %(count)s days late", -days) % {"count": number(-days)}
    return ngettext("today, %(count)s day left", "today, %(count)s days left", days) % {"count": number(days)}


def _drawn(stop: Stop) -> str:
    return {"now": "coming"}.get(stop.state, stop.state)


def _day(on: date) -> str:
    return day_long(on).rsplit(" ", 1)[0]


def state_word(state: str) -> str:
    return {
        "done": _("done"),
        "late": _("late"),
        "now": _("to do now"),
        "coming": _("to come"),
        "skipped": _("passed without work"),
    }[state]


def _lines(stop: Stop, tier: Tier, on: date) -> list[str]:
    if stop.tasks:
        lines = [line for task in stop.tasks[:3] for line in _task_lines(task, on)]
        more = len(stop.tasks) - 3
        return [*lines, _("and %(count)s more") % {"count": more}] if more > 0 else lines
    if stop.key == "gate":
        return _gate_lines(tier)
    if stop.firing is not None and stop.firing.state == Firing.State.SUPERSEDED:
        return [_("passed over: a later one"), _("was already due")]
    return []


def _gate_lines(tier: Tier) -> list[str]:
    if tier is Tier.UNKNOWN:
        return [_("health unknown: listed,"), _("opens nothing")]
    return [_("health is %(tier)s") % {"tier": tier_word(tier.value)}]


def _task_lines(task: Task, on: date) -> list[str]:
    title = wrap(_(task.title), 27, max_lines=2, placeholder=" …")
    return [*title, _who_and_when(task, on)]


def _who_and_when(task: Task, on: date) -> str:
    if task.done_on:
        who = task.done_by.shown_name if task.done_by else task.owner.name
        return f"{who}, {day_short(task.done_on)}"
    if task.closed_on:
        return _("fell away %(day)s") % {"day": day_short(task.closed_on)}
    if task.due_on < on:
        late = (on - task.due_on).days
        return ngettext("%(count)s day late", "%(count)s days late", late) % {"count": late}
    return _("by %(day)s") % {"day": day_short(task.due_on)}


def _fact(key: str, kept: Any) -> str:
    """What a rule saw, as a reader says it."""
    if key == "tier":
        return tier_word(kept)
    if key == "open_steps":
        return "; ".join(map(_open_step, kept))
    return day(date.fromisoformat(kept))


def _open_step(kept: Any) -> str:
    """A step that was open. Firings of earlier versions kept it as a sentence, and are never rewritten."""
    if isinstance(kept, str):
        return kept
    return f"{_(kept['step'])} ({day(date.fromisoformat(kept['due_on']))}, {kept['owner']})"


def why_fired(firing: Firing) -> dict[str, Any]:
    """Why it fired: the rule, its day, how late it was seen, the policy version, and the facts it saw."""
    return {
        "rule": firing.rule,
        "key": firing.occurrence_key,
        "due_on": firing.due_on,
        "on": firing.on,
        "late": (firing.on - firing.due_on).days,
        "state": firing.get_state_display(),
        "policy": firing.policy_version,
        "facts": [(word, _fact(key, firing.facts[key])) for key, word in FACTS.items() if firing.facts.get(key)],
        "audit": firing.found_by_audit_at,
    }
