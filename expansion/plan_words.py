"""What is said of plans and of what the data suggest for them. In the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import day, percent
from core.models import User
from core.reach import reach_of
from expansion.queries.plan_hints import Hint
from installed_base.models import Asset


def hint_text(hint: Hint, reader: User) -> str:
    """A suggestion as a line, without its value."""
    return _SAID[hint.source[0]](hint, hint.about, reader)


def _deal(hint: Hint, deal: Any, reader: User) -> str:
    return f"{deal.name} ({deal.get_stage_display()})"


def _signal(hint: Hint, signal: Any, reader: User) -> str:
    return f"{signal.get_kind_display()} · {_machine(signal.asset)}" if signal.asset else signal.get_kind_display()


def _term(hint: Hint, term: Any, reader: User) -> str:
    return _("Contract %(number)s is on the lowest level, %(level)s") % {
        "number": term.contract.number, "level": term.level
    }  # fmt: skip


def _asset(hint: Hint, machine: Any, reader: User) -> str:
    if machine.standing == Asset.Standing.COMPETITOR:
        return _("A competitor's machine stands there: %(machine)s") % {"machine": _machine(machine)}
    return _("%(machine)s ran %(share)s of its hours") % {
        "machine": _machine(machine), "share": percent(machine.ran / machine.could, 0)
    }  # fmt: skip


def _renewal(hint: Hint, renewal: Any, reader: User) -> str:
    return _("Contract %(number)s is decided by %(day)s") % {
        "number": renewal.term.contract.number, "day": day(renewal.decides_on)
    }  # fmt: skip


def _event(hint: Hint, event: Any, reader: User) -> str:
    return _("%(event)s, heard on %(day)s") % {"event": event.get_kind_display(), "day": day(event.on)}


def _contact(hint: Hint, person: Any, reader: User) -> str:
    name = person.name if reach_of(reader).sees_names else person.job_title or person.get_role_display()
    if person.spoken_on is None:
        return _("Nobody ever spoke with %(person)s") % {"person": name}
    return _("Nobody has spoken with %(person)s since %(day)s") % {"person": name, "day": day(person.spoken_on)}


def _machine(machine: Any) -> str:
    return " ".join(p for p in (str(machine.product or ""), machine.serial or machine.name) if p)


_SAID: dict[str, Callable[[Hint, Any, User], str]] = {
    "opportunity": _deal,
    "signal": _signal,
    "term": _term,
    "asset": _asset,
    "renewal": _renewal,
    "account_event": _event,
    "contact": _contact,
}


def list_standfirst(top: int, missing: int, talks: int) -> str:
    """What has to be done about the list of plans."""
    if not top:
        return _("No customer brought revenue in the past twelve months: nobody is top yet.")
    said = ngettext(
        "%(n)d customer makes the most of the revenue", "%(n)d customers make the most of the revenue", top
    ) % {"n": top}
    parts = []
    if missing:
        parts.append(ngettext("%(n)d without a plan", "%(n)d without a plan", missing) % {"n": missing})
    if talks:
        parts.append(
            ngettext("%(n)d with no talk about growth in half a year", "%(n)d with no talk about growth in half a year",
                     talks) % {"n": talks}
        )  # fmt: skip
    return f"{said}: {', '.join(parts)}." if parts else _("%(said)s, and each has its plan.") % {"said": said}
