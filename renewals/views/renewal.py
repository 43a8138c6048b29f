"""The page of one renewal."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.clock import today
from core.context import find_url
from core.display import day_long
from core.free_text import free_text
from core.reach import reach_of
from health.queries import panel
from health.rules import Tier
from health.words import tier_word
from installed_base.models import Account
from playbooks.models import Task
from playbooks.rules import OVERDUE, UNSIGNED
from renewals.actions.deciding import is_open_ended
from renewals.escalation_words import reason
from renewals.forms import ForecastForm, NoteForm, WorkForm
from renewals.models import Outcome, Renewal
from renewals.queries.quotes import versions_of
from renewals.queries.renewal import (
    changes_of,
    firings_of,
    lines_of,
    milestones_of,
    moments_of,
    notes_of,
    tasks_by_milestone,
    tasks_of,
    tier_in,
    visible_renewals,
)
from renewals.queries.rows import NAMES, badge_of
from renewals.rules import bucket
from renewals.rules.escalation import LATE_STEP, NOT_SIGNED
from renewals.views import fixing, forecasting, quote_words, road, words
from renewals.views.door import currency_of, reader_of_prices
from renewals.views.past_events import events_of

TO_LEAD = (OVERDUE, UNSIGNED)
# What a person decided, and can take back.
UNDOABLE = (Outcome.RENEWED, Outcome.LOST, Outcome.LET_GO)


@require_safe
@reader_of_prices
def renewal(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything about one renewal, and what to do next."""
    user: Any = request.user
    own_account = Account.objects.changeable_by(user).filter(pk=OuterRef("account_id"))
    row: Renewal = get_object_or_404(visible_renewals(user).annotate(may_log=Exists(own_account)), pk=pk)
    on = today()
    (tasks, to_fix), firings = tasks_of(row, user), firings_of(row, user)
    stops = road.stops(row, milestones_of(row, on), tasks_by_milestone(tasks), firings, on)
    health = panel(row.account_id, on)
    tier = health.tier if health else Tier.UNKNOWN
    lines = lines_of(row, user, on)
    may_change = row.may_change and row.decided_on is None  # type: ignore[attr-defined]
    context = {
        "renewal": row,
        "term": row.term,
        "on": on,
        "tier": tier,
        "score": health.health.score if health and health.spell else None,
        "fix": fixing.first(row, health, to_fix, on) if health and _has_to_be_fixed(row, tier, stops, on) else None,
        "currency": currency_of(request),
        "trail": _trail(row, on),
        "sentence": sentence(row, on),
        "advice": _advice(row, tier),
        "road": stops,
        "drawing": road.draw(row, stops, _tier_at_gate(row, stops, tier, on), on),
        "steps": [(s, [_step(t, row, user, may_change, on) for t in s.tasks]) for s in stops if s.tasks],
        "escalated": [
            _step(t, row, user, may_change, on) for t in tasks if t.release and t.release.milestone in TO_LEAD
        ],
        "own_tasks": [_step(t, row, user, may_change, on) for t in tasks if t.release is None],
        "steps_head": _steps_head(tasks, on),
        "lines": lines,
        "lines_head": _lines_head(len(lines)),
        "ages": sorted(line.age for line in lines if line.age is not None),
        "notice": notice_words(row),
        "forecast": forecasting.panel(row),
        "forecast_form": ForecastForm.of(row),
        "quotes": quote_words.rows(versions_of(row, user), row.term.level),
        "form": WorkForm.of(row),
        "note_form": NoteForm(),
        "may_change": may_change,
        "may_take": may_change and row.owner.is_pool,
        "may_log": row.may_log,  # type: ignore[attr-defined]
        "may_undo": row.may_change and row.outcome in UNDOABLE,  # type: ignore[attr-defined]
        "may_reinstate": row.may_change and row.outcome == Outcome.CLOSED and row.term.terminated_on is not None,  # type: ignore[attr-defined]
        "snoozed": row.snoozed_until is not None and row.snoozed_until > on,
        "events": events_of(row, firings, notes_of(row), moments_of(row), changes_of(row), user),
        "badge": badge_of(row.owner.name, row.owner.user_id, row.owner.team_id),
        "here": request.path,
        "account_url": find_url("dashboards:account", row.account_id),
    }
    return render(request, "renewals/renewal_detail.html", context)


def _has_to_be_fixed(row: Renewal, tier: Tier, stops: Sequence[road.Stop], on: date) -> bool:
    """Not green, and the gate has been passed: fix first, then send the quote (CT-32)."""
    return row.decided_on is None and tier in (Tier.YELLOW, Tier.RED) and stops[0].on <= on


def _tier_at_gate(row: Renewal, stops: Sequence[road.Stop], tier: Tier, on: date) -> Tier:
    """The tier on the day of the gate; today's while the gate is still to come."""
    if stops[0].on >= on:
        return tier
    return tier_in(row, stops[0].on)


def _trail(row: Renewal, on: date) -> list[tuple[str, str]]:
    key = "decided" if row.decided_on else bucket(row.decides_on, on).name.lower()
    about = " ".join(part for part in (row.term.contract.number, row.term.level.name if row.term.level else "") if part)
    return words.trail((f"{find_url('renewals:queue')}?bucket={key}", str(NAMES[key])), ("", about))


def sentence(row: Renewal, on: date) -> SafeString:
    """When the contract ends, and until when somebody can still say no."""
    return format_html(
        _sentence(row, on),
        ends=_bold(row.term.terminated_on or row.ends_on, row.term.tacit_months is None),
        decides=_bold(row.decides_on, True),
    )


def _bold(day: date | None, matters: bool) -> SafeString:
    return format_html("<b>{}</b>" if matters else "{}", day_long(day))


def _sentence(row: Renewal, on: date) -> str:
    term, passed = row.term, row.decides_on < on
    if term.terminated_on:
        return _("Contract was ended early and stops on {ends}.")
    if is_open_ended(row):
        return _("Contract has no end; it can be cancelled until {decides}.")
    if term.notice_received_on:
        return _("Contract is cancelled and ends on {ends}.")
    if term.tacit_months:
        continues = _("Contract ran until {ends} and continues; the last day to cancel was {decides}.")
        return continues if passed else _("Contract ends on {ends}, last day to cancel {decides}.")
    return _("Contract ended on {ends}.") if passed else _("Contract ends on {ends} by itself.")


def _advice(row: Renewal, tier: Tier) -> str:
    if row.decided_on:
        return ""
    if tier in (Tier.YELLOW, Tier.RED):
        return _("Health is %(tier)s: fix first, then send the quote.") % {"tier": tier_word(tier.value)}
    return "" if row.next_step else _("No next step yet: write one.")


def notice_words(row: Renewal) -> str:
    """The notice of the term in words."""
    term = row.term
    said = []
    if term.notice_months:
        said.append(ngettext("%(count)s month", "%(count)s months", term.notice_months) % {"count": term.notice_months})
    if term.notice_days:
        said.append(ngettext("%(count)s day", "%(count)s days", term.notice_days) % {"count": term.notice_days})
    return " ".join(said) or _("none")


def _lines_head(count: int) -> str:
    if not count:
        return _("No machine is named on this contract")
    return ngettext("%(count)s machine on this contract", "%(count)s machines on this contract", count) % {
        "count": count
    }


def _steps_head(tasks: list[Task], on: date) -> str:
    """What the list of steps comes down to."""
    left = [t for t in tasks if t.done_on is None and t.closed_on is None]
    late = sum(t.due_on < on for t in left)
    if not tasks:
        return _("No steps yet")
    if not left:
        return _("Every step so far is done")
    to_do = ngettext("%(count)s step to do", "%(count)s steps to do", len(left)) % {"count": len(left)}
    return ", ".join([to_do, _("%(count)s late") % {"count": late}]) if late else to_do


def _step(task: Task, row: Renewal, user: Any, may_change: bool, on: date) -> dict[str, Any]:
    open_now = task.done_on is None and task.closed_on is None
    mine = may_change or task.owner_id in reach_of(user).own
    told = partial(free_text, reader=user) if task.release_id is None and not mine else str
    return {
        "task": task,
        "title": told(_(task.title)),
        "note": _why_escalated(task) or told(task.note),
        "open": open_now,
        "late": open_now and task.due_on < on,
        "late_days": (on - task.due_on).days,
        "done_url": find_url("playbooks:task_done", task.pk) if open_now and mine else "",
        "take_url": find_url("playbooks:task_take", task.pk) if open_now and mine and task.owner.is_pool else "",
        "undo_url": find_url("playbooks:task_reopen", task.pk) if task.done_on and mine and not row.decided_on else "",
    }


def _why_escalated(task: Task) -> str:
    """For what an escalation asked of the lead: its reason in the language of the reader."""
    firing = task.release.firing if task.release and task.note else None
    if firing is None or firing.rule not in (LATE_STEP, NOT_SIGNED):
        return ""
    return reason(firing.rule, firing.occurrence_key, firing.facts, firing.on)
