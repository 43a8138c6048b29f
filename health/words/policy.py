"""A policy in words: what is wrong with it, what changes with it, and whom a card judges."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import display
from health.rules.changes import Change
from health.rules.own_card import RAMP_UP, OwnCard
from health.rules.problem import Problem
from health.words.catalogue import dimension_name, wording
from health.words.measures import value_words
from installed_base.models.accounts import segment_name

_PROBLEMS = {
    "weights_sum": gettext_lazy("The weights sum to %(total)s%%, and must sum to 100%%."),
    "weight_range": gettext_lazy("%(name)s: a weight lies above 0%% and is at most 100%%."),
    "unknown_dimension": gettext_lazy("There is no dimension %(name)s. Those are: %(known)s."),
    "unknown_measure": gettext_lazy("There is no measure %(name)s. Those are: %(known)s."),
    "other_measure": gettext_lazy("%(name)s: source, unit and direction of a measure stand as they are."),
    "twice": gettext_lazy("%(name)s is there twice."),
    "window": gettext_lazy("%(name)s: window, age and step are whole days, and a measure keeps its kind of window."),
    "no_data": gettext_lazy('%(name)s: without data it is "unknown", "left_out" or "points:0" to "points:100".'),
    "stand_in": gettext_lazy("%(name)s: it stands in for %(other)s, which is not in its dimension."),
    "curve_short": gettext_lazy("%(name)s: a curve has at least two corners."),
    "curve_order": gettext_lazy(
        "%(name)s: each corner of the curve lies beyond the one before it; %(value)s does not."
    ),
    "curve_points": gettext_lazy("%(name)s: the points of a curve are whole numbers from 0 to 100."),
    "curve_falls": gettext_lazy("%(name)s: more is better here, so the curve must not fall; it does before %(value)s."),
    "curve_rises": gettext_lazy("%(name)s: less is better here, so the curve must not rise; it does before %(value)s."),
    "cuts": gettext_lazy("Green begins above yellow, and both lie between 0 and 100."),
    "coverage": gettext_lazy("What must be known lies above 0%% and is at most 100%%."),
    "days": gettext_lazy("%(name)s: a whole number from %(least)s to 3,650."),
    "card_for_nobody": gettext_lazy("A card says whom it judges: a segment, a product line or a stage."),
    "unknown_stage": gettext_lazy("There is no stage %(name)s. Those are: %(known)s."),
    "share": gettext_lazy("The share of the machines lies above 0%% and is at most 100%%."),
    "dimension_empty": gettext_lazy("%(name)s: no measure of it is left on this card."),
}
_FIELDS = {
    "green": gettext_lazy("Green begins at"),
    "yellow": gettext_lazy("Yellow begins at"),
    "min_coverage": gettext_lazy("Known at least"),
    "days_to_rise": gettext_lazy("Days before a better tier counts"),
    "days_to_fall": gettext_lazy("Days before a worse tier counts"),
    "critical_hours": gettext_lazy("Hours for a critical ticket"),
    "normal_hours": gettext_lazy("Hours for a normal ticket"),
    "payment_grace_days": gettext_lazy("Days of grace of an invoice"),
    "before_days": gettext_lazy("Days between a year and the one before"),
    "rescore_days": gettext_lazy("Days a late fact is worked back"),
    "ramp_up_days": gettext_lazy("Days of ramp-up"),
}
_OF_MEASURE = {
    "window_days": gettext_lazy("days it looks back"),
    "fresh_days": gettext_lazy("days a fact counts"),
    "no_data": gettext_lazy("without data"),
    "step": gettext_lazy("days of a step"),
    "instead_of": gettext_lazy("what it stands in for"),
    "dimension": gettext_lazy("dimension"),
}


def name_of(key: str) -> str:
    """A measure, a dimension or a field as people call it; what nobody wrote words for stays as it is."""
    if key in _FIELDS:
        return str(_FIELDS[key])
    words = wording(key)
    return str(words.name) if words.name != key.replace("_", " ") else dimension_name(key)


def problem_words(problem: Problem) -> str:
    """What is wrong, and what would be right, in a sentence that names the place."""
    facts = dict(problem.facts)
    shown = name_of(str(facts.get("name", problem.place)))
    facts |= {"name": shown, "other": name_of(str(facts.get("other", "")))}
    if "value" in facts:
        facts["value"] = value_words(problem.place.split(".")[1], facts["value"])
    sentence = str(_PROBLEMS[problem.code]) % facts
    where = _where(problem)
    return f"{where}: {sentence}" if where else sentence


def _where(problem: Problem) -> str:
    """Where weights are summed, or which card it is; sentences of a measure name it themselves."""
    room, _dot, key = problem.place.partition(".")
    if room == "cards" and key:
        return card_name(key)
    return dimension_name(key) if problem.code == "weights_sum" and key else ""


def card_name(key: str) -> str:
    """The standard card has no key."""
    return {"": _("The standard card"), RAMP_UP: _("The card of the ramp-up")}.get(key, key)


def judged_words(card: OwnCard, days: int) -> str:
    """Whom a card judges."""
    said = [
        _("segment %(name)s") % {"name": segment_name(card.segment)} if card.segment else "",
        _("%(share)s of the machines of %(name)s") % {"name": card.line, "share": display.percent(card.least, 0)}
        if card.line
        else "",
        _("oldest machine live for less than %(days)s days") % {"days": days} if card.stage == RAMP_UP else "",
    ]
    return ", ".join(filter(None, said))


def change_words(change: Change) -> str:
    """One change as a sentence."""
    names = {"weight": dimension_name, "card": card_name}.get(change.what, name_of)
    was, becomes = (side_words(change, side) for side in (change.was, change.becomes))
    if change.what == "card_weight":
        card, _dot, side = change.key.partition(".")
        name = f"{card_name(card)}, {dimension_name(side)}"
    else:
        name = names(change.key) if change.key else name_of(change.what)
    if change.what in _OF_MEASURE:
        name = f"{name}, {_OF_MEASURE[change.what]}"
    if change.what == "curve":
        return _("%(name)s: the curve becomes %(now)s, it was %(was)s") % {"name": name, "now": becomes, "was": was}
    if change.was is None or change.becomes is None:
        there = change.was is None
        return (
            _("%(name)s is new: %(now)s") % {"name": name, "now": becomes}
            if there
            else _("%(name)s goes") % {"name": name}
        )
    return _("%(name)s: %(now)s instead of %(was)s") % {"name": name, "now": becomes, "was": was}


def side_words(change: Change, value: Any) -> str:
    """One side of a change."""
    if value is None:
        return display.MISSING
    if change.what in ("weight", "measure", "measure_weight", "card_weight", "min_coverage"):
        return display.percent(value, 1)
    if change.what == "curve":
        return curve_words(change.key, value)
    if isinstance(value, OwnCard):
        return ", ".join(f"{dimension_name(d.key)} {display.percent(d.weight, 0)}" for d in value.dimensions)
    if isinstance(value, tuple):
        return ", ".join(name_of(str(one)) for one in value) or display.MISSING
    return str(value) if isinstance(value, str) else display.number(value)


def curve_words(key: str, corners: Iterable[tuple[Any, Any]]) -> str:
    """The corners of a curve: "0% 0, 50% 40, 80% 75"."""
    return ", ".join(f"{value_words(key, value)} {display.number(points)}" for value, points in corners)
