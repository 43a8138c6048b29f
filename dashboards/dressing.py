"""What rows show beside their own fields: pictures, places, names and words; set on the rows of one page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import display
from core.context import row_url
from core.free_text import HIDDEN, free_text
from core.models import User
from core.policies import policy_on
from core.reach import reach_of
from core.subjects import subject
from dashboards import pictures, words
from dashboards.queries.machines import Cover, life_from
from dashboards.queries.timeline import Event
from dashboards.said import SAID
from expansion.models import Signal
from expansion.reasons import Dismissal, in_words
from expansion.words import reason as why
from health import words as health_words
from health.queries.steps import STEP
from installed_base.attention import Policies, attention_word, attention_words, near_end
from installed_base.attention import why as why_attended
from installed_base.models import AssetEvent
from installed_base.models.contracts import EndReason
from installed_base.rules import AgePolicy
from installed_base.rules.attention import AttentionPolicy, Weight, weigh
from renewals.models import Outcome
from sales.models import DealKind, Stage, TouchKind


def machines(rows: Iterable[Any]) -> list[Any]:
    """`picture`, `next_words`, `place` and addresses of machines that are dressed with their life line."""
    found, reasons = list(rows), attention_words()
    for row in found:
        family = row.product.family if row.product else None
        row.picture = pictures.life(row.life, _expected(family.expected_life_years if family else None))
        row.next_words = words.next_on_line(row.life)
        site, account = row.site, row.account
        here = site.city or site.name if site else None
        row.place = _placed(here, site.country if site else "", account.city, account.country)
        row.url, row.account_url = row_url("dashboards:asset", row.pk), row_url("dashboards:account", row.account_id)
        if weighed := getattr(row, "attention", None):
            row.attention_word, row.attention_why = attention_word(weighed.attention), why_attended(weighed, reasons)
    return found


def machine_rows(rows: Iterable[dict[str, Any]], covers: Mapping[int, Cover], on: date) -> list[dict[str, Any]]:
    """What the list of machines prints of each: a template reads plain text four times faster than objects."""
    policies = policy_on(AgePolicy, on).values, policy_on(AttentionPolicy, on).values
    reasons = attention_words()
    return [_machine_row(row, covers.get(row["pk"]), policies, reasons, on) for row in rows]


def _machine_row(
    row: dict[str, Any], cover: Cover | None, policies: Policies, reasons: Mapping[Weight, str], on: date
) -> dict[str, Any]:
    life = life_from(row["installed_on"], row["expected_life_years"], policies[0], on)
    weighed = weigh(
        value=row["worth"],
        strategic=row["strategic"],
        segment=row["segment_then"],
        covered=cover is not None,
        near_end=near_end(life.ends_on if life else None, on, policies[0]),
        policy=policies[1],
    )
    site = row["site_city"] or row["site_name"]
    return {
        "url": row_url("dashboards:asset", row["pk"]),
        "name": row["product_name"] or _("Machine"),
        "serial": row["serial"] or row["machine"],
        "line": row["line"] or "",
        "account": row["account_name"],
        "account_url": row_url("dashboards:account", row["account_id"]),
        "place": _placed(site, row["site_country"], row["account_city"], row["account_country"]),
        "years": display.number(life.years, 1) if life else "",
        "picture": pictures.life(life, _expected(row["expected_life_years"])),
        "next": words.next_on_line(life),
        "contract": cover.number if cover else "",
        "covered": words.covered(cover) if cover else "",
        "attention": attention_word(weighed.attention),
        "attention_why": why_attended(weighed, reasons),
    }


def _expected(years: Decimal | None) -> float:
    return float(years) if years else 12.0


def _placed(site: str | None, site_country: str | None, city: str, country: str) -> str:
    """Where a machine stands: at its site, else with its customer."""
    where = (site, site_country or country) if site is not None else (city, country)
    return ", ".join(filter(None, where))


def people(rows: Iterable[Any], *, named: bool, reachable: bool) -> None:
    """Names and addresses only for those who may have them (trust.md 5.2); the role stands for everybody."""
    for person in rows:
        person.shown_name = person.name if named else (person.job_title or person.get_role_display())
        person.reachable = reachable


def alerts(rows: Iterable[Any]) -> list[Any]:
    """Title, words and shape of alerts; silence has the shape of what asks for attention."""
    found = list(rows)
    for row in found:
        row.title, row.words = health_words.alert_title(row), health_words.alert_words(row)
        row.shape = row.tier or "watch"
    return found


def signals(rows: Iterable[Signal], reader: User) -> list[Any]:
    found: list[Any] = list(rows)
    for row in found:
        row.why = why(row, names=reach_of(reader).sees_names)
        row.reason_words = in_words(row.reason if reach_of(reader).sees_names else _reason(row.reason))
    return found


def titles(tasks: Iterable[Any], reader: User) -> None:
    """A title that somebody wrote may name people; that of a play does not, and one's own task is one's own."""
    for task in tasks:
        if task.release_id is None and task.owner_id not in reach_of(reader).own:
            task.shown_title = free_text(task.shown_title, reader)


def timeline(events: Iterable[Event], reader: User) -> list[dict[str, Any]]:
    """Titles and words of events, in the reader's language; without prices and what people wrote for those who see
    neither."""
    reach = reach_of(reader)
    return [_event(event if reach.sees_names else _unsaid(event), reach.sees_prices) for event in events]


def _unsaid(event: Event) -> Event:
    """The event without what somebody wrote in it: it may name people."""
    if event.what == "task" and event.kind and not event.kind.startswith(STEP):
        return event  # a step of a play, in words of the product
    hide = _WRITTEN.get(event.what)
    return replace(event, words=hide(event.words)) if hide else event


def _hidden(words: str) -> str:
    return str(HIDDEN) if words.strip() else ""


def _behind(mark: str) -> Callable[[str], str]:
    """What stands before the mark is no free text: the number of a ticket, the serial of a machine."""

    def hide(words: str) -> str:
        before, _mark, text = words.partition(mark)
        return f"{before}{mark}{_hidden(text)}"

    return hide


def _comment(words: str) -> str:
    *value, comment = words.removesuffix("|").split("|", 3)
    return "|".join([*value, _hidden(comment)])


def _reason(words: str) -> str:
    """A reason from the list stays; what was typed behind it goes."""
    key, _colon, typed = words.partition(": ")
    if not words:
        return ""
    if key not in Dismissal.values:
        return _hidden(words)
    return f"{key}: {_hidden(typed)}" if typed else key


_WRITTEN: dict[str, Callable[[str], str]] = {
    "note": _hidden,
    "moment": _hidden,
    "task": _hidden,
    "answer": _comment,
    "visit": _behind(" "),
    "ticket_opened": _behind(" "),
    "ticket_resolved": _behind(" "),
    "ticket_reopened": _behind(" "),
    "signal": _reason,
    "touch": _hidden,
}


def _event(event: Event, prices: bool) -> dict[str, Any]:
    make = _EVENTS.get(event.what, _plain)
    shown = make(event, prices)
    return {"happened_on": event.happened_on, "url": "", "status": "", "text": "", **shown}


def _plain(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": event.words}


def _note(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": _("Note"), "text": event.words}


def _task(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": _(event.words), "text": pgettext("task", "done"), "status": "good"}


def _milestone(event: Event, prices: bool) -> dict[str, Any]:
    words_ = {"play": words.playbook_name(event.words), "milestone": _(event.kind)}
    return {"title": _("%(play)s reached %(milestone)s") % words_}


def _renewal(event: Event, prices: bool) -> dict[str, Any]:
    outcome = Outcome(event.kind) if event.kind in Outcome.values else None
    status = {Outcome.RENEWED: "good", Outcome.LOST: "risk"}.get(outcome, "") if outcome else ""
    label = outcome.label if outcome else event.kind
    return {"title": _("Renewal of %(number)s") % {"number": event.words}, "text": label, "status": status}


def _order(event: Event, prices: bool) -> dict[str, Any]:
    amount = display.money(event.kind) if prices and event.kind else ""
    return {"title": " ".join(filter(None, (_("Parts order"), amount))), "text": event.words}


def _parts(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": _("Parts ordered"), "text": event.words}


def _asset(event: Event, prices: bool) -> dict[str, Any]:
    kinds = dict(AssetEvent.Kind.choices)
    return {"title": kinds.get(event.kind, event.kind), "text": event.words}


def _started(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": _("Contract %(number)s begins") % {"number": event.words}, "text": event.kind}


def _ended(event: Event, prices: bool) -> dict[str, Any]:
    reason = dict(EndReason.choices).get(event.kind, event.kind)
    return {"title": _("Contract %(number)s ended") % {"number": event.words}, "text": reason, "status": "risk"}


def _deal(event: Event, prices: bool) -> dict[str, Any]:
    status = "good" if event.kind == Stage.WON else "risk"
    text = dict(Stage.choices).get(event.kind, "")
    return {"title": event.words, "text": text, "status": status, "url": subject("opportunity").url(event.number)}


def _deal_opened(event: Event, prices: bool) -> dict[str, Any]:
    text = _("Opportunity: %(kind)s") % {"kind": dict(DealKind.choices).get(event.kind, event.kind)}
    return {"title": event.words, "text": text, "url": subject("opportunity").url(event.number)}


def _lead(event: Event, prices: bool) -> dict[str, Any]:
    url = subject("lead").url(event.number)
    return {"title": _("Lead: %(company)s") % {"company": event.words}, "text": event.kind, "url": url}


def _touch(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": dict(TouchKind.choices).get(event.kind, event.kind), "text": event.words}


def _signal(event: Event, prices: bool) -> dict[str, Any]:
    decision = dict(Signal.Decision.choices).get(event.kind, event.kind)
    return {"title": _("Signal: %(decision)s") % {"decision": decision}, "text": in_words(event.words)}


_EVENTS = {
    "note": _note,
    "task": _task,
    "milestone": _milestone,
    "renewal": _renewal,
    "order": _order,
    "parts": _parts,
    "asset": _asset,
    "term_started": _started,
    "term_ended": _ended,
    "deal": _deal,
    "deal_opened": _deal_opened,
    "lead": _lead,
    "touch": _touch,
    "signal": _signal,
    **SAID,
}
