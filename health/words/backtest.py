"""A backtest in words: what was lost, when each version first warned, and what its warnings cost."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import display
from core.models import Job, User
from core.reach import reach_of
from health.models import Draft
from health.rules.backtest import RENEWAL
from health.words.tiers import tier_word
from installed_base.models import Account

VERSIONS = (("live", gettext_lazy("What counts today")), ("draft", gettext_lazy("This draft")))
# With fewer losses of which anything was known, a comparison says little.
ENOUGH = 3


def backtest_view(job: Job, draft: Draft, user: User) -> dict[str, Any]:
    """The state of a job, or its result as this user may see it."""
    asked = job.progress
    whole = asked.get("of") or 1
    view = {
        "state": job.state,
        "waits": job.state in (Job.State.QUEUED, Job.State.RUNNING),
        "failed": job.state == Job.State.FAILED,
        "share": min(100 * asked.get("done", 0) // whole, 100),
        "stale": asked.get("values") != draft.values,
    }
    return view | (_result(job.result, user) if job.state == Job.State.DONE else {})


def _result(result: Mapping[str, Any], user: User) -> dict[str, Any]:
    sees_prices = reach_of(user).sees_prices
    accounts = _accounts((line["account"] for line in result["losses"]), user)
    lines = [_line(line, accounts, sees_prices) for line in result["losses"] if line["account"] in accounts]
    versions = [_version(name, label, result) for name, label in VERSIONS]
    return {
        "lines": lines,
        "versions": versions,
        "title": _title(result, len(lines)),
        "notes": list(_notes(result)),
        "sees_prices": sees_prices,
        "span": _("%(from)s to %(until)s, week by week, %(count)s customers")
        % {
            "from": _day(result["from"]),
            "until": _day(result["until"]),
            "count": display.number(result["accounts"]),
        },
    }


def _accounts(ids: Iterable[int], user: User) -> dict[int, Account]:
    return Account.objects.visible_to(user).in_bulk(set(ids))


def _line(line: Mapping[str, Any], accounts: Mapping[int, Account], sees_prices: bool) -> dict[str, Any]:
    value = None if line["value"] is None else Decimal(line["value"])
    return {
        "account": accounts[line["account"]],
        "what": _("renewal lost") if line["kind"] == RENEWAL else _("customer left"),
        "on": date.fromisoformat(line["on"]),
        "value": value if sees_prices else None,
        "said": [_said(line[name]) for name, _label in VERSIONS],
    }


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    """First warning on a day, so many days before; or why there was none."""
    if said["first_on"]:
        days = ngettext("%(count)s day before", "%(count)s days before", said["days"]) % {
            "count": display.number(said["days"])
        }
        return {"status": "watch" if said["tier"] == "yellow" else "risk", "on": _day(said["first_on"]), "note": days}
    if not said["enough"]:
        return {"status": "unknown", "on": _("not enough history"), "note": ""}
    tier = _("no warning, it stood in %(tier)s") % {"tier": tier_word(said["tier"])}
    return {"status": "good", "on": tier, "note": ""}


def _version(name: str, label: Any, result: Mapping[str, Any]) -> dict[str, Any]:
    found = result["versions"][name]
    days = found["days"]
    judged = found["right"] + found["wrong"]
    return {
        "name": label,
        "warned": _("%(warned)s of %(judged)s") % {"warned": found["warned"], "judged": found["judged"]},
        "days": display.MISSING if days is None else display.number(days),
        "right": found["right"],
        "wrong": found["wrong"],
        "share": display.percent(Decimal(found["wrong"]) / judged, 0) if judged else display.MISSING,
        "open": found["open"],
        "plays": found["plays"],
        "tasks": found["tasks"],
    }


def _title(result: Mapping[str, Any], lost: int) -> str:
    """The finding: which of both warned of more."""
    if not lost:
        return _("Nothing was lost in these two years")
    live, draft = (result["versions"][name]["warned"] for name, _label in VERSIONS)
    said = {"lost": lost, "live": live, "draft": draft}
    if draft > live:
        return _("Of %(lost)s losses the draft would have warned of %(draft)s, what counts of %(live)s") % said
    if draft < live:
        return _("Of %(lost)s losses what counts would have warned of %(live)s, the draft of %(draft)s") % said
    return _("Of %(lost)s losses both would have warned of %(live)s") % said


def _notes(result: Mapping[str, Any]) -> Iterable[str]:
    """What the figures rest on, where that is little."""
    known = result["known_from"]
    if known and known > result["from"]:
        yield _("Not enough history before %(day)s: nothing is known of earlier days.") % {"day": _day(known)}
    if max(found["judged"] for found in result["versions"].values()) < ENOUGH:
        yield _("Fewer than three losses of which anything was known: this says little yet.")


def _day(text: str) -> str:
    return display.day(date.fromisoformat(text))
