"""The letters of a meeting as they are first proposed: agenda a week ahead, summary within 48 hours (QB-02, QB-05)."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import opening
from core.display import day_long
from core.models import User
from dashboards.qbr import content as packs
from dashboards.qbr import words
from dashboards.qbr.figures import from_json
from installed_base.models import Account
from playbooks.models import Qbr, QbrAction
from playbooks.qbr.agenda import Part
from playbooks.qbr.rules import PARTS

_DUTCH = ("netherlands", "nederland", "nl", "belgium", "belgië", "be")


def language_of(account: Account) -> str:
    """The language in which the customer is written to first; another one is a click away."""
    wanted = "nl" if account.country.lower() in _DUTCH else "en"
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _minutes(count: int) -> str:
    return ngettext("%(n)s minute", "%(n)s minutes", count) % {"n": count}


def agenda(qbr: Qbr, parts: list[Part], by: User) -> tuple[str, str]:
    """Subject and words of the agenda, in the language that is active."""
    subject = _("Agenda of our review on %(day)s") % {"day": day_long(qbr.planned_on)}
    lines = [f"- {part.name}, {_minutes(part.minutes)}" for part in parts if part.minutes]
    told = [
        _("Dear all,"),
        _("On %(when)s we look back and ahead together. This is what we would like to go through:")
        % {"when": words.when(qbr)},
        "\n".join(lines),
        _("Is there anything you want to add? Let me know, and it gets its place."),
        _signed(by),
    ]
    return subject, "\n\n".join(told)


def summary(
    qbr: Qbr, pack: dict[str, Any], actions: list[QbrAction], following: Qbr | None, by: User
) -> tuple[str, str]:
    """Subject and words of the summary: highlights, figures, actions and the next date. Nothing of what is for us."""
    held = day_long(qbr.held_at)
    told = [
        _("Dear all,"),
        _("Thank you for the review on %(day)s. This is what we take with us.") % {"day": held},
        _block(_("Highlights"), _highlights(qbr, pack)),
        _block(_("Figures"), _figures(pack)),
        _block(_("Actions"), [_action(a) for a in actions] or [_("none")]),
        _block(_("Next review"), [words.when(following) if following else _("to be agreed")]),
        _signed(by),
    ]
    return _("Summary of our review on %(day)s") % {"day": held}, "\n\n".join(told)


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([head, *(f"- {line}" for line in lines)])


def _highlights(qbr: Qbr, pack: dict[str, Any]) -> list[str]:
    """What was said, part by part; where nothing was noted, what the figures say."""
    parts = sorted(qbr.parts.all(), key=lambda part: PARTS.index(part.key))
    noted = [line.strip(" -") for part in parts for line in part.notes.splitlines() if line.strip(" -")]
    if noted:
        return noted
    said = words.sentence(pack["figures"])
    return [said[:1].upper() + said[1:]] if said else [_("none")]


def _figures(pack: dict[str, Any]) -> list[str]:
    lines = []
    for part in packs.PARTS:
        for shown in words.figures_of(pack, part):
            if from_json(pack["figures"][shown.key]).value is not None:
                lines.append(f"{shown.name}: {shown.value}" + (f" ({shown.note})" if shown.note else ""))
    return lines


def _action(action: QbrAction) -> str:
    return _("%(title)s: %(who)s, by %(day)s") % {
        "title": action.title,
        "who": packs.who(action),
        "day": day_long(action.due_on),
    }


def _signed(by: User) -> str:
    return "\n".join(part for part in (_("Kind regards,"), by.shown_name, opening.ours().name) if part)
