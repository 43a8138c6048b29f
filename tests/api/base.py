"""What can be written through the API, and what each write does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.api.reading import VERSION, with_version
from core.clock import now, today
from core.models import User
from expansion.models import Signal
from health.models import Alert
from installed_base.models import Account, Asset, LedgerEntry, MachineOrder
from playbooks.models import Firing, Note, Qbr, QbrAction, Task
from renewals.models import Quote, Renewal
from sales.models import Handoff, Lead, LeadSource, Opportunity, Touch
from tests import cast
from tests.expansion.base import signal
from tests.playbooks.meetings import meeting
from tests.renewals import book

LATER = (today() + timedelta(days=30)).isoformat()
MODELS: dict[str, Any] = {
    "renewals": Renewal,
    "tasks": Task,
    "signals": Signal,
    "opportunities": Opportunity,
    "accounts": Account,
    "alerts": Alert,
    "renewal-quotes": Quote,
    "qbrs": Qbr,
    "qbr-actions": QbrAction,
    "handoffs": Handoff,
    "leads": Lead,
    "touches": Touch,
    "deliveries": MachineOrder,
}


@dataclass
class Work:
    """One customer of somebody, with one of everything that can be written."""

    account: Account
    machine: Asset
    renewals: Renewal
    tasks: Task
    signals: Signal
    opportunities: Opportunity
    alerts: Alert
    renewal_quotes: Quote
    qbrs: Qbr
    qbr_actions: QbrAction
    handoffs: Handoff
    leads: Lead
    touches: Touch
    deliveries: MachineOrder


def alert(account: Account, kind: str = "tier", **values: Any) -> Alert:
    """An account that fell from yellow to red today, or that fell silent."""
    on = values.pop("on", today())
    firing = Firing.objects.create(
        rule=f"health.{kind}",
        subject_kind="account",
        subject_id=account.pk,
        occurrence_key=f"{kind}.{on}",
        account=account,
        state="fired",
        due_on=on,
        on=on,
    )
    fell = {"tier": "red", "came_from": "yellow", "score": 52, "score_before": 63} if kind == "tier" else {}
    return Alert.objects.create(account=account, firing=firing, kind=kind, on=on, **(fell | values))


def giver() -> User:
    """A colleague who hands deals over."""
    return User.objects.filter(username="giver").first() or cast.person("giver")


def work_of(owner: User) -> Work:
    on = today()
    account = cast.account(owner=owner)
    machine = cast.asset(account, on - timedelta(days=2300))
    term = book.ending(account, on=on)
    cast.cover(term, machine)
    renewal = book.renewal(term, opened_on=on)
    deal = Opportunity.objects.create(
        account=account, kind="upgrade", name="A deal", owner=account.owner, known_on=on, value_reporting=10
    )
    task, raised = book.task(renewal), signal(machine, on=on)
    review = meeting(account, on)
    agreed = review.actions.create(title="Send the layout", due_on=on, ours=False, created_on=on)
    quote = book.quote(renewal, on=on)
    given = Handoff.objects.create(
        opportunity=deal, account=account, direction="to_sales", given_on=on, given_by=giver(), to=account.owner,
        what="They run at the limit",
    )  # fmt: skip
    came, touched = lead(account, on)
    order = MachineOrder.objects.create(asset=machine, number="SO-1", owner=account.owner, known_on=on)
    for step in ("production", "shipping", "installation", "commissioning"):
        order.steps.create(step=step, planned_on=on, known_on=on)
    return Work(
        account, machine, renewal, task, raised, deal, alert(account), quote, review, agreed, given, came, touched,
        order,
    )  # fmt: skip


def lead(account: Account, on: date) -> tuple[Lead, Touch]:
    """A lead of somebody who asked, with the paper that they read."""
    source = LeadSource.objects.get_or_create(name="Fair of Essen", defaults={"channel": "fair"})[0]
    row = Lead.objects.create(
        company=f"New to us {account.pk}", lead_source=source, owner=account.owner, created_on=on, known_on=on,
        person="Joke Bos",
    )  # fmt: skip
    return row, row.touches.create(on=on, kind="content", what="Paper on pits", known_on=on)


@dataclass(frozen=True)
class Verb:
    """A write: where, with which body, and what is then true of the row."""

    kind: str
    path: str
    body: dict[str, Any] | None
    holds: Callable[[Any], bool]
    before: dict[str, Any]
    method: str = "POST"

    def __str__(self) -> str:
        return f"{self.method} {self.kind}/{self.path}"

    def address(self, work: Work) -> str:
        return f"{self.kind}/{self.row(work).pk}/{self.path}"

    def row(self, work: Work) -> Any:
        return getattr(work, self.kind.replace("-", "_"))

    def prepare(self, work: Work) -> str:
        """Bring the row where the write makes sense; its version."""
        MODELS[self.kind].objects.filter(pk=self.row(work).pk).update(**self.before)
        return self.version(work)

    def version(self, work: Work) -> str:
        return getattr(with_version(MODELS[self.kind].objects.filter(pk=self.row(work).pk)).get(), VERSION)

    def done(self, work: Work) -> bool:
        return self.holds(MODELS[self.kind].objects.get(pk=self.row(work).pk))


_WAIT = {"until": LATER, "reason": "They move house"}
_PUT_OFF = {"snoozed_until": LATER, "snoozed_reason": "They move house"}
_PASSED = (now() - timedelta(hours=2)).isoformat()
_HELD = {"held_at": now() - timedelta(hours=2), "summary_due_at": now() + timedelta(hours=46)}
_RENEWED = {"outcome": "renewed", "months": 12, "annual_value": "12500.00"}


def _put_off(row: Any) -> bool:
    return (row.snoozed_until.isoformat(), row.snoozed_reason) == (LATER, "They move house")


_SENT = {"state": "sent", "sent_on": today()}


def _revised(row: Any) -> bool:
    return row.state == "replaced" and row.renewal.quotes.filter(version=2, months=24, kind="multi_year").exists()


def _planned(deal: Any) -> int:
    return LedgerEntry.objects.filter(account=deal.account_id, plan_key=f"deal-{deal.pk}/1", state="planned").count()


def _has_note(row: Any) -> bool:
    return Note.objects.filter(account=row.account_id, subject_kind="renewal", text="They like it").exists()


VERBS = [
    Verb(
        "renewals",
        "",
        {"stage": "quote_sent", "next_step": "Call", "next_step_on": LATER},
        lambda r: (r.stage, r.next_step, r.next_step_on.isoformat(), r.version) == ("quote_sent", "Call", LATER, 2),
        {},
        "PATCH",
    ),
    Verb("renewals", "snooze/", _WAIT, _put_off, {}),
    Verb("renewals", "wake/", None, lambda r: r.snoozed_until is None, _PUT_OFF),
    Verb("renewals", "notes/", {"text": "They like it"}, _has_note, {}),
    Verb("renewals", "decision/", _RENEWED, lambda r: r.outcome == "renewed" and r.term.successions.exists(), {}),
    Verb(
        "renewals",
        "decision/",
        {"outcome": "lost", "reason": "price", "note": "Too dear"},
        lambda r: (r.outcome, r.reason) == ("lost", "price") and bool(r.term.notice_received_on),
        {},
    ),
    Verb(
        "renewals",
        "reopen/",
        None,
        lambda r: (r.outcome, r.decided_on) == ("", None),
        {"outcome": "lost", "reason": "price", "decided_on": today()},
    ),
    Verb("tasks", "done/", None, lambda t: t.done_on == today() and t.done_by is not None, {}),
    Verb("tasks", "reopen/", None, lambda t: t.done_on is None, {"done_on": today()}),
    Verb("tasks", "snooze/", _WAIT, _put_off, {}),
    Verb("tasks", "wake/", None, lambda t: t.snoozed_until is None, _PUT_OFF),
    Verb("signals", "accept/", {"name": "New head", "kind": "upgrade"}, lambda s: s.opportunity.name == "New head", {}),
    Verb("signals", "dismiss/", {"reason": "no_budget"}, lambda s: s.decision and s.reason == "no_budget", {}),
    Verb("signals", "snooze/", _WAIT, _put_off, {}),
    Verb(
        "opportunities",
        "",
        {"name": "A larger deal", "value": "99.50", "stage": "proposal"},
        lambda d: (d.name, str(d.value_reporting), d.stage) == ("A larger deal", "99.50", "proposal"),
        {},
        "PATCH",
    ),
    Verb("opportunities", "decision/", {"outcome": "won"}, lambda d: (d.stage, d.closed_on) == ("won", today()), {}),
    Verb(
        "opportunities",
        "decision/",
        {"outcome": "lost", "reason": "No money"},
        lambda d: (d.stage, d.lost_reason) == ("lost", "No money"),
        {},
    ),
    Verb(
        "opportunities",
        "decision/",
        {"outcome": "won", "value": "75.00", "closed_on": today().isoformat()},
        lambda d: (d.stage, str(d.value_reporting)) == ("won", "75.00"),
        {},
    ),
    Verb(
        "opportunities",
        "decision/",
        {"outcome": "lost", "because": "no_budget"},
        lambda d: (d.stage, d.lost_because, d.lost_reason) == ("lost", "no_budget", ""),
        {},
    ),
    Verb("opportunities", "lines/", {"lines": []}, lambda d: not d.lines.exists(), {}),
    Verb(
        "opportunities",
        "credit/",
        {"shares": []},
        lambda d: not d.credits.exists(),
        {"stage": "won", "closed_on": today()},
    ),
    Verb(
        "opportunities",
        "reopen/",
        None,
        lambda d: (d.stage, d.closed_on) == ("negotiation", None),
        {"stage": "lost", "lost_reason": "x", "closed_on": today()},
    ),
    Verb(
        "opportunities",
        "win/",
        {"value": "1250.00", "won_on": today().isoformat(), "instalments": [{"on": LATER, "amount": "1250.00"}]},
        lambda d: (str(d.value_reporting), d.closed_on, _planned(d)) == ("1250.00", today(), 1),
        {},
    ),
    Verb(
        "leads",
        "",
        {"company": "Bakker", "employees": 80, "email": "joke@example.com"},
        lambda r: (r.company, r.employees, r.email, r.person) == ("Bakker", 80, "joke@example.com", "Joke Bos"),
        {},
        "PATCH",
    ),
    Verb("leads", "start/", None, lambda r: (r.state, r.worked_on) == ("working", today()), {}),
    Verb(
        "leads",
        "drop/",
        {"because": "no_fit", "note": "Two people"},
        lambda r: (r.state, r.dropped_because, r.closed_on) == ("dropped", "no_fit", today()),
        {},
    ),
    Verb(
        "leads",
        "reopen/",
        {"reason": "They rang"},
        lambda r: (r.state, r.state_reason, r.closed_on) == ("new", "They rang", None),
        {"state": "dropped", "dropped_because": "no_need", "closed_on": today()},
    ),
    Verb(
        "leads",
        "convert/",
        {"name": "First line", "value": "99.50"},
        lambda r: (r.state, r.opportunity.name, r.opportunity.account) == ("converted", "First line", r.account),
        {},
    ),
    Verb("handoffs", "accept/", None, lambda h: (h.accepted_on, h.opportunity.owner) == (today(), h.to), {}),
    Verb(
        "handoffs",
        "give-back/",
        {"reason": "Who decides?"},
        lambda h: (h.returned_on, h.returned_reason) == (today(), "Who decides?"),
        {},
    ),
    Verb("deliveries", "done/", {"step": "commissioning"}, lambda d: d.asset.went_live_on == today(), {}),
    Verb(
        "deliveries",
        "replan/",
        {"step": "commissioning", "planned_on": LATER, "reason": "The line stands still until then"},
        lambda d: d.steps.get(step="commissioning").planned_on.isoformat() == LATER,
        {},
    ),
    Verb("deliveries", "describe/", {"number": "SO-2"}, lambda d: d.number == "SO-2", {}),
    Verb("alerts", "snooze/", _WAIT, _put_off, {}),
    Verb(
        "alerts",
        "close/",
        {"reason": "They called"},
        lambda a: (a.closed_on, a.closed_reason) == (today(), "They called") and a.closed_by is not None,
        {},
    ),
    Verb(
        "alerts",
        "task/",
        {"title": "Call the plant", "due_on": LATER},
        lambda a: a.closed_on is None
        and Task.objects.filter(subject_kind="alert", subject_id=a.pk, title="Call the plant").exists(),
        {},
    ),
    Verb("qbrs", "", {"place": "Veghel"}, lambda q: (q.place, q.agreed_on) == ("Veghel", today()), {}, "PATCH"),
    Verb("qbrs", "held/", {"held_at": _PASSED}, lambda q: q.held_at is not None and q.summary_due_at is not None, {}),
    Verb(
        "qbrs",
        "cancel/",
        {"side": "customer", "reason": "Peak season"},
        lambda q: (q.cancelled_on, q.cancelled_side, q.cancel_reason) == (today(), "customer", "Peak season"),
        {},
    ),
    Verb("qbrs", "next/", {"planned_on": LATER}, lambda q: q.following.get().planned_on.isoformat() == LATER, _HELD),
    Verb(
        "qbrs",
        "actions/",
        {"title": "Draw the hall", "due_on": LATER},
        lambda q: q.actions.filter(title="Draw the hall", ours=False).exists(),
        {},
    ),
    Verb("qbr-actions", "done/", None, lambda a: a.done_on == today(), {}),
    Verb("qbr-actions", "reopen/", None, lambda a: a.done_on is None, {"done_on": today()}),
    Verb("renewal-quotes", "send/", None, lambda q: (q.state, q.sent_on) == ("sent", today()), {}),
    Verb("renewal-quotes", "discuss/", None, lambda q: (q.state, q.discussed_on) == ("discussed", today()), _SENT),
    Verb("renewal-quotes", "accept/", None, lambda q: (q.state, q.accepted_on) == ("accepted", today()), _SENT),
    Verb("renewal-quotes", "revise/", {"months": 24}, _revised, {}),
    Verb(
        "renewals",
        "decision/",
        {"outcome": "let_go", "reason": "discontinued", "note": "Out of production", "agreed_on": today().isoformat()},
        lambda r: (r.outcome, r.reason, r.agreed_on) == ("let_go", "discontinued", today()),
        {},
    ),
    Verb("renewals", "move-end/", {"ends_on": LATER}, lambda r: r.term.ends_on.isoformat() == LATER, {}),
    Verb(
        "renewals",
        "end-early/",
        {"terminated_on": today().isoformat(), "reason": "insolvent", "note": "Out of business"},
        lambda r: (r.term.terminated_on, r.term.end_reason) == (today(), "insolvent"),
        {},
    ),
]  # fmt: skip
