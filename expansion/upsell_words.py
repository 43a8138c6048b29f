"""The words of the upsell score: what speaks for an offer, side by side."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import display
from expansion.queries.upsell import Standing
from expansion.rules.upsell import Part, Side

SIDES: dict[Side, Any] = {
    Side.AGE: gettext_lazy("Age without an upgrade"),
    Side.OPTIONS: gettext_lazy("Options that others have"),
    Side.LEVEL: gettext_lazy("Contract below that of others"),
    Side.USAGE: gettext_lazy("Usage"),
    Side.HEALTH: gettext_lazy("Health"),
}


def headline(standing: Standing) -> str:
    """The score in a sentence, with how much of it is known."""
    found = standing.upsell
    share = display.percent(found.coverage, 0)
    if not standing.machines:
        return _("No machine in service is known here.")
    if found.score is None:
        return _("Too little is known for a score: %(share)s of its weight.") % {"share": share}
    told = {"score": display.number(found.score), "share": share}
    return _("%(score)s of 100, on %(share)s of its weight.") % told


def parts_in_words(standing: Standing) -> list[dict[str, Any]]:
    """Each side with what it says and what it brings, the largest first."""
    found = standing.upsell
    rows = [
        {
            "side": part.side.value,
            "name": SIDES[part.side],
            "why": _WHY[part.side](part, standing),
            "brings": found.brings(part),
            "percent": round(part.value * 100),
        }
        for part in found.parts
    ]
    return sorted(rows, key=lambda row: -row["brings"])


def unknown_sides(standing: Standing) -> list[Any]:
    known = {part.side for part in standing.upsell.parts}
    return [SIDES[side] for side in Side if side not in known]


def _of(part: Part) -> str:
    if part.known == part.of:
        return ""
    told = {"known": display.number(part.known), "of": display.number(part.of)}
    return " " + _("Known of %(known)s of %(of)s machines.") % told


def _age(part: Part, standing: Standing) -> str:
    old = sum(1 for m in standing.machines if m.facts.installed_on and not m.facts.upgraded_on)
    said = ngettext("%(n)s machine was never upgraded.", "%(n)s machines were never upgraded.", old)
    return said % {"n": display.number(old)} + _of(part)


def _options(part: Part, standing: Standing) -> str:
    names: dict[str, int] = {}
    for machine in standing.machines:
        for one in machine.lacks:
            if one.standard:
                names[one.option.name] = names.get(one.option.name, 0) + 1
    if not names and part.value:
        return _("It lacks options that some comparable machines have.") + _of(part)
    if not names:
        return _("Nothing is missing that is standard at others.") + _of(part)
    named = ", ".join(f"{name} ({count})" for name, count in sorted(names.items(), key=lambda x: (-x[1], x[0]))[:3])
    return _("Missing where others have it: %(names)s.") % {"names": named} + _of(part)


def _level(part: Part, standing: Standing) -> str:
    bare = sum(1 for m in standing.machines if m.facts.rung == 0)
    if bare:
        said = ngettext("%(n)s machine is without contract.", "%(n)s machines are without contract.", bare)
        return said % {"n": display.number(bare)} + _of(part)
    if not part.value:
        return _("Its contracts are as high as those of others.") + _of(part)
    return _("Its contracts are below those of comparable machines.") + _of(part)


def _usage(part: Part, standing: Standing) -> str:
    used = [m.facts.usage for m in standing.machines if m.facts.usage is not None]
    most = display.percent(max(used) / 100, 0)
    return _("The busiest machine runs %(share)s of its hours.") % {"share": most} + _of(part)


def _health(part: Part, standing: Standing) -> str:
    if part.value >= 1:
        return _("The customer is content: a good moment for an offer.")
    if not part.value:
        return _("First put right what is wrong: who is not content does not buy.")
    return _("The customer is fairly content.")


_WHY = {Side.AGE: _age, Side.OPTIONS: _options, Side.LEVEL: _level, Side.USAGE: _usage, Side.HEALTH: _health}
