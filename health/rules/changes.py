"""What differs between two versions of the policy, place by place. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from health.rules.measure import Measure
from health.rules.own_card import OwnCard
from health.rules.policy import HealthPolicy

_PLAIN = tuple(f.name for f in fields(HealthPolicy) if f.name not in ("dimensions", "measures", "cards", "preset"))
_OF_MEASURE = ("weight", "curve", "window_days", "fresh_days", "no_data", "step", "instead_of", "dimension")


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is weight, measure_weight, curve, card, or the name of a field; `key` its dimension, measure or card.
    None on one side: it is not there."""

    what: str
    key: str
    was: Any
    becomes: Any


def changes(old: HealthPolicy, new: HealthPolicy) -> tuple[Change, ...]:
    """Everything that differs, from top to bottom of the card."""
    return (*_weights(old, new), *_measures(old, new), *_fields(old, new), *_cards(old, new))


def _weights(old: HealthPolicy, new: HealthPolicy) -> Iterator[Change]:
    was, becomes = ({d.key: d.weight for d in policy.dimensions} for policy in (old, new))
    for key in dict.fromkeys((*was, *becomes)):
        if was.get(key) != becomes.get(key):
            yield Change("weight", key, was.get(key), becomes.get(key))


def _measures(old: HealthPolicy, new: HealthPolicy) -> Iterator[Change]:
    was, becomes = ({m.key: m for m in policy.measures} for policy in (old, new))
    for key in dict.fromkeys((*was, *becomes)):
        before, after = was.get(key), becomes.get(key)
        if before is None or after is None:
            yield Change("measure", key, before and before.weight, after and after.weight)
        else:
            yield from _measure(before, after)


def _measure(old: Measure, new: Measure) -> Iterator[Change]:
    for name in _OF_MEASURE:
        was, becomes = getattr(old, name), getattr(new, name)
        if was != becomes:
            what = "measure_weight" if name == "weight" else name
            yield Change(what, old.key, was, becomes)


def _fields(old: HealthPolicy, new: HealthPolicy) -> Iterator[Change]:
    for name in _PLAIN:
        was, becomes = getattr(old, name), getattr(new, name)
        if was != becomes:
            yield Change(name, "", was, becomes)


def _cards(old: HealthPolicy, new: HealthPolicy) -> Iterator[Change]:
    was, becomes = ({c.key: c for c in policy.cards} for policy in (old, new))
    for key in dict.fromkeys((*was, *becomes)):
        before, after = was.get(key), becomes.get(key)
        if before is None or after is None:
            yield Change("card", key, before, after)
        elif before != after:
            yield from _card(before, after)


def _card(old: OwnCard, new: OwnCard) -> Iterator[Change]:
    was, becomes = ({d.key: d.weight for d in card.dimensions} for card in (old, new))
    for key in dict.fromkeys((*was, *becomes)):
        if was.get(key) != becomes.get(key):
            yield Change("card_weight", f"{old.key}.{key}", was.get(key), becomes.get(key))
    if (old.without, old.asks(), old.least) != (new.without, new.asks(), new.least):
        yield Change("card", old.key, old, new)
