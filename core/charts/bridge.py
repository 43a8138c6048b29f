"""The bridge of net revenue retention: from a year ago to today, each step where the one before ended."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from core.charts.scale import Scale, broken_floor
from core.charts.svg import drawing, group, line, path, polyline, rect, text


@dataclass(frozen=True)
class Step:
    """One change in euros, with its amount in words and what made it ("26 deals"). Losses are negative."""

    name: str
    amount: float
    value: str
    below: str = ""


@dataclass(frozen=True)
class Bridge:
    """From `start` over the steps to what they add up to. `cut` receives the foot of a cut axis in words."""

    start: Step
    steps: tuple[Step, ...]
    end: Step
    title: str
    desc: str = ""
    target: float | None = None
    target_word: str = ""
    width: float = 600
    height: float = 230


def foot_of(bridge: Bridge) -> float:
    """Where the bars start: 0, or a round number when they would all look alike; the page must then say so."""
    return broken_floor(_levels(bridge))


def _levels(bridge: Bridge) -> list[float]:
    levels = [bridge.start.amount]
    for step in bridge.steps:
        levels.append(levels[-1] + step.amount)
    return [*levels, *([bridge.target] if bridge.target is not None else [])]


def draw_bridge(bridge: Bridge) -> SafeString:
    """Past in mute, gains in blue, losses in red, today in ink; a cut axis shows a slanted gap in both end bars."""
    levels, floor = _levels(bridge), bridge.height - 38
    foot = foot_of(bridge)
    y = Scale(foot, max(levels), floor, 26)
    slot = bridge.width / (len(bridge.steps) + 2)
    shown = [_pillar(bridge.start, 0, slot, y, "past", foot > 0)]
    level = bridge.start.amount
    for index, step in enumerate(bridge.steps, 1):
        shown += [*_step(step, level, index * slot, slot, y), _joint(y(level), index * slot, slot)]
        level += step.amount
    shown += [_joint(y(level), (len(bridge.steps) + 1) * slot, slot)]
    shown.append(_pillar(bridge.end, (len(bridge.steps) + 1) * slot, slot, y, "today", foot > 0))
    if bridge.target is not None:
        shown += _target(bridge, y(bridge.target))
    return drawing(bridge.width, bridge.height, shown, title=bridge.title, desc=bridge.desc, cls="bridge")


def _target(bridge: Bridge, y: float) -> list[SafeString]:
    return [line(0, y, bridge.width, y, "target"), text(0, y - 6, bridge.target_word, "strong")]


def _pillar(step: Step, x: float, slot: float, y: Scale, kind: str, cut: bool) -> SafeString:
    left, wide, floor = x + slot * 0.16, slot * 0.68, y.start
    parts = [rect(left, y(step.amount), wide, floor - y(step.amount), f"part {kind}", 2)]
    if cut:
        gap = [
            (left - 1, floor - 8),
            (left + wide + 1, floor - 14),
            (left + wide + 1, floor - 10),
            (left - 1, floor - 4),
        ]
        parts.append(path(polyline(gap) + "Z", "gap"))
    parts += [text(x + slot / 2, y(step.amount) - 7, step.value, "value", "middle"), *_foot(step, x + slot / 2, floor)]
    return group(*parts)


def _step(step: Step, level: float, x: float, slot: float, y: Scale) -> list[SafeString]:
    left, wide = x + slot * 0.16, slot * 0.68
    top, bottom = sorted((y(level), y(level + step.amount)))
    gain = step.amount >= 0
    word = text(
        x + slot / 2, top - 7 if gain else bottom + 16, step.value, "accent-word" if gain else "risk-word", "middle"
    )
    return [
        rect(left, top, wide, max(bottom - top, 1), f"part {'fill' if gain else 'loss'}", 2),
        word,
        *_foot(step, x + slot / 2, y.start),
    ]


def _joint(y: float, x: float, slot: float) -> SafeString:
    return line(x - slot * 0.16, y, x + slot * 0.16, y, "joint")


def _foot(step: Step, x: float, floor: float) -> list[SafeString]:
    return [text(x, floor + 18, step.name, "strong", "middle"), text(x, floor + 33, step.below, "hint", "middle")]
