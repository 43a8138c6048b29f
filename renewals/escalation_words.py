"""Why a renewal went to the team lead, in words, out of what its firing kept (RN-11, CO-12).

Said twice: written on the task in the language of the house, and on the page in that of the reader.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import day_long
from renewals.rules.escalation import NOT_SIGNED


def reason(rule: str, key: str, facts: Mapping[str, Any], on: date) -> str:
    """The sentence for a firing of `on`; empty where what it kept does not say it."""
    if rule == NOT_SIGNED:
        passed = _("The last day to decide, %(day)s, passed without a signature.")
        return passed % {"day": day_long(date.fromisoformat(facts["decides_on"]))} if "decides_on" in facts else ""
    released_by = key.removeprefix("E.")
    steps = [s for s in facts.get("open_steps", ()) if isinstance(s, dict) and s["released_by"] == released_by]
    return _lies(min(steps, key=lambda step: str(step["due_on"])), on) if steps else ""


def _lies(step: Mapping[str, Any], on: date) -> str:
    """Which step lies there, since when, and with whom."""
    due_on = date.fromisoformat(step["due_on"])
    late = (on - due_on).days
    said = ngettext(
        "“%(step)s” was due on %(day)s and is %(late)s day late. It lies with %(owner)s.",
        "“%(step)s” was due on %(day)s and is %(late)s days late. It lies with %(owner)s.",
        late,
    )
    return said % {"step": _(step["step"]), "day": day_long(due_on), "late": late, "owner": step["owner"]}
