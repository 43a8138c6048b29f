"""Alerts: what happened, from where to where, and what to do about it."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import display
from health.words.catalogue import dimension_name
from health.words.steps import step_words
from health.words.tiers import tier_word, whole


def alert_title(alert: Any) -> str:
    """What happened: "Van Houten fell to red", "Noordhof is silent"."""
    words = {"account": alert.account, "tier": tier_word(alert.tier)}
    if alert.kind == "silence":
        return _("%(account)s is silent") % words
    if alert.kind == "expired":
        return _("%(account)s: the judgement by hand expired") % words
    if alert.kind == "collapse":
        return _("%(account)s: %(side)s collapsed") % (words | {"side": _side(alert)})
    return _("%(account)s fell to %(tier)s") % words


def alert_words(alert: Any) -> str:
    """From where to where and what pulls it down; or for how long nobody spoke to them."""
    if alert.kind == "silence":
        return _silence(alert.facts)
    if alert.kind == "expired":
        until = date.fromisoformat(alert.facts["counted_until"])
        return _("it counted until %(day)s") % {"day": display.day(until)}
    if alert.kind == "collapse":
        return _("%(before)s to %(now)s, while the whole score holds") % _points(alert.facts)
    parts = [_fall(alert)]
    pulls = [dimension_name(str(key)) for key in pulls_of(alert.facts)][:2]
    if pulls:
        parts.append(_("%(what)s pull it down") % {"what": _(" and ").join(pulls)} if len(pulls) > 1
                     else _("%(what)s pulls it down") % {"what": pulls[0]})  # fmt: skip
    return "; ".join(part for part in parts if part)


def _side(alert: Any) -> str:
    """The name of the side of health that an alert is about, as it stands within a sentence."""
    return dimension_name(str(alert.facts.get("side", ""))).lower()


def _points(facts: dict[str, Any]) -> dict[str, str]:
    return {"before": str(facts.get("before", "")), "now": str(facts.get("now", ""))}


def _fall(alert: Any) -> str:
    if alert.score is not None and alert.score_before is not None:
        return _("%(before)s to %(now)s") % {"before": whole(alert.score_before), "now": whole(alert.score)}
    if alert.came_from:
        return _("%(before)s before") % {"before": tier_word(alert.came_from)}
    return ""


def _silence(facts: dict[str, Any]) -> str:
    """When somebody last spoke with them, and by when to call (HS-12)."""
    said = [f"{words} {display.day(date.fromisoformat(facts[key]))}" for key, words in _SILENT if facts.get(key)]
    return ", ".join(said)


def pulls_of(facts: dict[str, Any]) -> list[str]:
    """The dimensions that pulled the score down when the alert was raised, worst first."""
    found = facts.get("pulls_down") or []
    return [str(pull[0] if isinstance(pull, list | tuple) else pull) for pull in found]


_SILENT = (("last_contact", gettext_lazy("last spoken to on")), ("call_by", gettext_lazy("call by")))


def alert_step(alert: Any) -> str:
    """What a task for this alert is called, unless somebody writes it otherwise."""
    if alert.kind == "silence":
        return step_words("last_contact")
    if alert.kind == "expired":
        return _("Judge anew how %(account)s stands") % {"account": alert.account}
    if alert.kind == "collapse":
        return _("Find out why %(side)s of %(account)s collapsed") % {"side": _side(alert), "account": alert.account}
    return _("Find out why %(account)s fell to %(tier)s") % {"account": alert.account, "tier": tier_word(alert.tier)}
