"""Sentences and labels of the reading rooms, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from core import display
from core.context import find_url
from core.metrics import Result
from core.subjects import subject
from dashboards import wording
from dashboards.queries.account import Revenue
from dashboards.queries.machines import Cover
from dashboards.queries.today import Figures
from dashboards.queries.work import Work
from dashboards.rules import LifeLine, Rung
from health.queries import Standing
from health.rules import Tier
from health.words import tier_word
from installed_base.models.assets import Precision
from installed_base.models.orders import Stream
from playbooks.library import playbook
from playbooks.models import Task

NUMBERS = (
    "",
    gettext_noop("One"),
    gettext_noop("Two"),
    gettext_noop("Three"),
    gettext_noop("Four"),
    gettext_noop("Five"),
    gettext_noop("Six"),
    gettext_noop("Seven"),
    gettext_noop("Eight"),
    gettext_noop("Nine"),
)

# Revenue that returns each year, and revenue that comes in lumps.
STEADY = (Stream.SERVICE_CONTRACT, Stream.PARTS)
LUMPS = (Stream.MACHINE, Stream.REPLACEMENT)
_STEADY_WORDS = (
    gettext_noop("Service and parts are level with a year ago"),
    gettext_noop("Service and parts are up %(share)s in a year"),
    gettext_noop("Service and parts are down %(share)s in a year"),
)
_REVENUE_WORDS = (
    gettext_noop("Revenue is level with a year ago"),
    gettext_noop("Revenue is up %(share)s in a year"),
    gettext_noop("Revenue is down %(share)s in a year"),
)

_NEXT = {
    Rung.UPGRADE: gettext_noop("upgrade talk %(year)s"),
    Rung.CONVERSATION: gettext_noop("replacement talk %(year)s"),
    Rung.END: gettext_noop("end of life %(year)s"),
    Rung.PAST: gettext_noop("past its life since %(year)s"),
}


def dress(tasks: Iterable[Any], on: date, standings: Mapping[int, Standing]) -> None:
    """What a row of a task shows beside its columns: title, kind and page in words, days late, the account's health."""
    for task in tasks:
        task.shown_title = _(task.title)
        task.tag = playbook_name(task.play.playbook) if task.play_id and "play" in task._state.fields_cache else ""
        task.url = page_of(task)
        task.late = max(0, (on - task.due_on).days)
        standing = standings.get(task.account_id)
        task.tier, task.score = (standing.tier, standing.score) if standing else (Tier.UNKNOWN, None)


def playbook_name(key: str) -> str:
    try:
        return _(playbook(key).name)
    except KeyError:
        return key


def page_of(task: Task) -> str:
    """The page of what the task is about; that of its account where the subject has none."""
    try:
        url = subject(task.subject_kind).url(task.subject_id)
    except KeyError:
        url = ""
    return url or subject("account").url(task.account_id)


def standfirst(work: Work, sees_prices: bool) -> SafeString:
    """The one sentence of Today: how much, what rests on it, what is late, where to begin."""
    if not work.count:
        return format_html("{}", _("Nothing needs you this week."))
    parts = [_needs(work, sees_prices)]
    if work.first:
        begin = {"account": format_html("<b>{}</b>", work.first.account)}
        if work.late:
            late = ngettext("%(count)s is late", "%(count)s are late", work.late) % {"count": spelled(work.late)}
            parts.append(format_html(_("{late}; begin with {account}."), late=late, **begin))
        else:
            parts.append(format_html(_("Begin with {account}."), **begin))
    return format_html("{} {}", parts[0], parts[1]) if len(parts) > 1 else format_html("{}", parts[0])


def _needs(work: Work, sees_prices: bool) -> SafeString:
    count = spelled(work.count)
    if sees_prices and work.value:
        money = format_html("<b>{}</b>", display.money(work.value))
        words = ngettext(
            "{count} thing needs you this week and {money} rests on it.",
            "{count} things need you this week and {money} rests on them.",
            work.count,
        )
        return format_html(words, count=count, money=money)
    words = ngettext("{count} thing needs you this week.", "{count} things need you this week.", work.count)
    return format_html(words, count=count)


def spelled(count: int) -> str:
    """One to nine in words, as a newspaper does; figures above."""
    return _(NUMBERS[count]) if 0 < count < len(NUMBERS) else display.number(count)


def _tiers(figures: Figures) -> str:
    """ "22 green, 12 yellow, 4 red": how one's customers stand; empty while nobody has a score."""
    counts = figures.tiers
    if not any(counts.get(tier.value) for tier in (Tier.GREEN, Tier.YELLOW, Tier.RED)):
        return ""
    shown = [tier for tier in (Tier.GREEN, Tier.YELLOW, Tier.RED, Tier.UNKNOWN) if counts.get(tier.value)]
    return ", ".join(f"{display.number(counts[tier.value])} {tier_word(tier.value)}" for tier in shown)


def figure_notes(figures: Figures, currency: str) -> dict[str, Any]:
    """The quiet lines under the figures of the strip; for a role with figures of its own the strip itself."""
    if figures.of_role:
        return {"own_figures": [_own(key, figures, currency) for key in figures.metrics]}
    attach = figures.metrics["attach_rate"]
    value: Decimal | None = figures.renewal_value
    return {
        "customers_note": _tiers(figures) or (_("whose owner you are") if figures.mine else _("that you may see")),
        "value_note": _unknown(figures.metrics["contracted_value"].unknown),
        "renewals_note": _("%(money)s a year") % {"money": display.money(value)} if value else _("none is open"),
        "uncovered_note": _("of %(count)s in service") % {"count": display.number(attach.denominator)}
        if attach.denominator
        else _("no machine in service"),
        "attach_note": _attached(attach),
        "receipts": {key: receipt(key, figures) for key in figures.metrics},
    }


def _own(key: str, figures: Figures, currency: str) -> dict[str, Any]:
    """One figure of a role: what it is made of and its target, or why it has no value."""
    result = figures.metrics[key]
    if result.value is None:
        return {"name": result.metric.name, "value": display.MISSING, "href": "", "note": result.reason}
    told = (wording.made_of(result, currency), wording.target_words(result.metric, currency))
    value = wording.said(result.metric.unit, result.value, currency)
    note = ", ".join(filter(None, told))
    return {"name": result.metric.name, "value": value, "href": receipt(key, figures), "note": note}


def _attached(attach: Result) -> str:
    """What the share is of, and the target that counts for it."""
    words = (_("machines under contract"), wording.target_words(attach.metric, ""))
    return ", ".join(filter(None, words))


def _unknown(count: int) -> str:
    if not count:
        return _("a year, of contracts in force")
    words = ngettext("and %(count)s of unknown value", "and %(count)s of unknown value", count)
    return words % {"count": display.number(count)}


def receipt(key: str, figures: Figures) -> str:
    return receipt_of(key, owner=figures.owner) if figures.owner else receipt_of(key)


def receipt_of(key: str, **filters: int | str) -> str:
    """Address of a metric's receipt, narrowed; empty while there is no such page."""
    url = find_url("dashboards:receipt", key)
    return f"{url}?{urlencode(filters)}" if url and filters else url


def next_on_line(line: LifeLine | None) -> str:
    """What comes next on the life line, with its year: "upgrade talk 2027"."""
    if line is None:
        return _("age unknown")
    rung, day = line.next_rung
    return _(_NEXT[rung]) % {"year": day.year}


def covered(cover: Cover) -> str:
    """The level and the last day of what covers a machine: "Premium until 12 Mar 2027"."""
    ends = f"{_('until')} {display.day(cover.ends_on)}" if cover.ends_on else _("open end")
    return f"{cover.level} {ends}" if cover.level else ends


def count_of_accounts(count: int, most: int) -> str:
    if count > most:
        return _("More than %(count)s accounts; filter to find yours.") % {"count": display.number(most)}
    words = ngettext("%(count)s account that you may see.", "%(count)s accounts that you may see.", count)
    return words % {"count": display.number(count)}


def count_of_machines(count: int, most: int) -> str:
    if count > most:
        return _("More than %(count)s machines in service; filter to find yours.") % {"count": display.number(most)}
    words = ngettext("%(count)s machine in service.", "%(count)s machines in service.", count)
    return words % {"count": display.number(count)}


def machines_title(count: int, bare: int) -> str:
    """The finding about an account's machines."""
    if not count:
        return _("No machines")
    if not bare:
        return _("Every machine is under contract")
    if bare == count:
        return _("No machine is under contract")
    words = ngettext("%(count)s machine is uncovered", "%(count)s machines are uncovered", bare)
    return words % {"count": spelled(bare)}


def contracts_title(running: int) -> str:
    if not running:
        return _("No contract runs")
    words = ngettext("%(count)s contract runs", "%(count)s contracts run", running)
    return words % {"count": spelled(running)}


def revenue_title(revenue: Revenue) -> str:
    """The finding about an account's revenue: service and parts against the year before, as health weighs them.

    Machines come in lumps: a year with one says nothing about the next. Where there is neither service nor parts nor
    a machine, all revenue is compared; where there was nothing a year before, nothing is.
    """
    last, before = (
        sum((year.get(s, Decimal(0)) for s in STEADY), Decimal(0)) for year in (revenue.last, revenue.before)
    )
    if before > 0 and last > 0:
        return _change(last / before - 1, _STEADY_WORDS)
    if any(year.get(stream) for stream in (*STEADY, *LUMPS) for year in (revenue.last, revenue.before)):
        return _("Revenue by stream")
    if revenue.year_before <= 0 or revenue.last_year <= 0:
        return _("Revenue by stream")
    return _change(revenue.last_year / revenue.year_before - 1, _REVENUE_WORDS)


def _change(change: Decimal, words: tuple[str, str, str]) -> str:
    level, up, down = words
    if abs(change) < Decimal("0.02"):
        return _(level)
    return _(up if change > 0 else down) % {"share": display.percent(abs(change), 0)}


def people_title(voices: Iterable[dict[str, Any]]) -> str:
    """Which of the three voices nobody here knows, or has spoken with (AD-13)."""
    asked = [voice for voice in voices if voice["role"]]
    if not any(voice["people"] for voice in asked):
        return _("People: nobody is known yet")
    unheard = [str(voice["label"]) for voice in asked if voice["heard"] == "missing"]
    if unheard:
        return _("People: nobody spoken with among %(roles)s") % {
            "roles": _(" and ").join(role.lower() for role in unheard)
        }
    quiet = [str(voice["label"]) for voice in asked if voice["heard"] == "over"]
    if quiet:
        return _("People: over 30 days without a word of %(roles)s") % {
            "roles": _(" and ").join(role.lower() for role in quiet)
        }
    return _("People: all three voices are in touch")


def account_standfirst(found: dict[str, Any]) -> SafeString:
    """What is at stake first: the renewal that decides next, then machines without contract."""
    parts = []
    if found["renewals"]:
        first = found["renewals"][0]
        money = format_html("<b>{}</b>", display.money(first.annual_value_reporting))
        when = display.ago(first.decides_on, found["on"])
        parts.append(format_html(_("{money} a year decides {when}."), money=money, when=when))
    if found["uncovered"]:
        count = found["uncovered"]
        words = _bare_then(count) if found.get("past") else _bare_now(count)
        parts.append(format_html(words, count=display.number(count), all=display.number(found["machine_count"])))
    if found["signals"]:
        count = found["signals"]
        words = ngettext("{count} signal waits for a decision.", "{count} signals wait for a decision.", count)
        parts.append(format_html(words, count=display.number(count)))
    nothing = "" if found.get("past") else _("Nothing is open here.")
    return format_html_join(" ", "{}", ((part,) for part in parts)) or format_html("{}", nothing)


def _bare_now(count: int) -> str:
    return ngettext("{count} of {all} machines has no contract.", "{count} of {all} machines have no contract.", count)


def _bare_then(count: int) -> str:
    return ngettext("{count} of {all} machines had no contract.", "{count} of {all} machines had no contract.", count)


def machine_standfirst(asset: Any) -> SafeString:
    """Where it stands, and what is true of it today."""
    place = ", ".join(filter(None, (str(asset.account), str(asset.site) if asset.site else "")))
    if asset.taken_out_on:
        words = _("Was at {place}; taken out on {day}.")
        return format_html(words, place=place, day=display.day_long(asset.taken_out_on))
    if asset.cover is None:
        return format_html(_("At {place}, <b>without a contract</b>."), place=place)
    if asset.cover.ends_on is None:
        return format_html(_("At {place}, under contract without an end."), place=place)
    words = _("At {place}, under contract until <b>{day}</b>.")
    return format_html(words, place=place, day=display.day_long(asset.cover.ends_on))


def ordered_standfirst(asset: Any) -> SafeString:
    """For whom a machine that does not stand yet was ordered, and for which day it was promised."""
    words = _("On order for {account}, promised for <b>{day}</b>.")
    return format_html(words, account=asset.account, day=display.day_long(asset.promised_on))


def life_title(line: LifeLine | None) -> str:
    if line is None:
        return _("Age unknown")
    words = {
        Rung.UPGRADE: _("Nothing is due before the upgrade talk on %(day)s"),
        Rung.CONVERSATION: _("The upgrade talk is due; replacement follows on %(day)s"),
        Rung.END: _("The replacement talk is due; life ends on %(day)s"),
        Rung.PAST: _("Past its expected life since %(day)s"),
    }
    rung, day = line.next_rung
    return words[rung] % {"day": display.day_long(day)}


def cover_title(cover: Any) -> str:
    return _("Covered by %(number)s") % {"number": cover.term.contract.number} if cover else _("No contract covers it")


def known_date(day: date | None, precision: str) -> str:
    """An installation date as exactly as it is known."""
    if day is None:
        return _("unknown")
    if precision == Precision.YEAR:
        return str(day.year)
    return date_format(day, "F Y") if precision == Precision.MONTH else display.day(day)


def options_title(lacking: int) -> str:
    """How many of its options are missing that comparable machines usually have."""
    if not lacking:
        return _("What it can be offered")
    return ngettext(
        "%(n)s option is missing that is standard at others",
        "%(n)s options are missing that are standard at others",
        lacking,
    ) % {"n": display.number(lacking)}
