"""Segments, ownership and load in words."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import display
from health.queries.load import Load, Loads
from health.rules.segments import Model, SegmentPolicy, Why
from installed_base.models.accounts import segment_name

REASONS = {
    Why.RED: gettext_lazy("red: needs a person, whatever its size"),
    Why.STRATEGIC: gettext_lazy("strategic: needs a person"),
    Why.TOP: gettext_lazy("among the most valuable"),
    Why.SEGMENT: gettext_lazy("its segment has a person each"),
    Why.POOL: gettext_lazy("fits the pool"),
}
MODELS = {
    Model.DEDICATED: gettext_lazy("Dedicated: enterprise and mid-market have a person each, the long tail a pool."),
    Model.POOLED: gettext_lazy("Pooled: all accounts lie with a pool, but those that are red or strategic."),
    Model.HYBRID: gettext_lazy("Hybrid: the most valuable %(percent)s%% have a person each, the rest a pool."),
}


def segment_word(key: str) -> str:
    """A segment; an account without one says so."""
    return segment_name(key) if key else _("no segment")


def cuts_words(policy: SegmentPolicy, currency: str) -> str:
    """Where the rule cuts."""
    return _(
        "Enterprise from %(enterprise)s a year, mid-market from %(mid)s; within %(margin)s%% of a cut it stays."
    ) % {
        "enterprise": display.money(policy.enterprise_from, currency),
        "mid": display.money(policy.mid_market_from, currency),
        "margin": policy.margin_percent,
    }


def whole_load_words(policy: SegmentPolicy) -> str:
    """What a whole load is: 20 enterprise, or 50 mid-market, or 200 small accounts, or a mix of them."""
    said = {ratio.segment: ratio.most for ratio in policy.ratios}
    return _(
        "A whole load is %(enterprise)s enterprise, %(mid)s mid-market or %(small)s small accounts, or a mix of them."
    ) % {"enterprise": said.get("enterprise"), "mid": said.get("mid_market"), "small": said.get("small")}


def model_words(loads: Loads) -> str:
    model = Model(loads.ownership.model)
    return (
        str(MODELS[model]) % {"percent": loads.ownership.top_percent} if model is Model.HYBRID else str(MODELS[model])
    )


def load_words(loads: Loads) -> str:
    """Who has too much, in a sentence."""
    names = [row.owner.name for row in loads.over]
    if not names:
        return _("Nobody has more accounts than one person can look after.")
    if len(names) > 3:
        said = _("%(count)s people have more accounts than they can look after.")
        return said % {"count": display.number(len(names))}
    said = ngettext(
        "%(names)s has more accounts than one person can look after.",
        "%(names)s have more accounts than they can look after.",
        len(names),
    )
    return said % {"names": ", ".join(names)}


def percent_full(full: Decimal) -> int:
    """How full, in whole percents, rounded up: 100.2 is too much and reads 101."""
    return int((full * 100).to_integral_value("ROUND_CEILING"))


def shown_load(load: Load) -> dict[str, Any]:
    """One row of the page: counts by segment and how full."""
    percent = percent_full(load.full)
    return {
        "load": load,
        "percent": percent,
        "status": "risk" if load.over else ("watch" if percent > 90 else "good"),
        "segments": [load.segments[key] for key in ("enterprise", "mid_market", "small")],
        "others": load.count - sum(load.segments[key] for key in ("enterprise", "mid_market", "small")),
    }
