"""The age ladder, and the news of tips, as triggers of the day."""

from datetime import date
from typing import Any

from expansion.actions import follow_assets, raise_signals
from expansion.actions.tip_news import tell_news
from expansion.queries.candidates import all_assets, asset_facts, assets_without_age, due_assets, touched_assets
from expansion.queries.tips import all_tips, due_tips, tip_facts, touched_tips
from expansion.rules import AssetFacts, occurrences
from expansion.rules.tip import TipPolicy, tip_news
from installed_base.rules import AgePolicy
from playbooks.triggers import Trigger


def seen(asset: AssetFacts) -> dict[str, Any]:
    """What of a machine is kept with its firings."""
    life = asset.life_years
    return {"installed_on": str(asset.installed_on), "life_years": life if life is None else str(life)}


def listed(policy: AgePolicy, on: date) -> dict[str, int]:
    return {"cannot_evaluate": assets_without_age(on).count()}


AGE_LADDER = Trigger(
    name="expansion.age",
    kind="asset",
    policy=AgePolicy,
    due=due_assets,
    touched=touched_assets,
    everything=all_assets,
    facts=asset_facts,
    occurrences=occurrences,
    effect=raise_signals,
    follow=follow_assets,
    seen=seen,
    listed=listed,
)

TIPS = Trigger(
    name="expansion.tips",
    kind="tip",
    policy=TipPolicy,
    due=due_tips,
    touched=touched_tips,
    everything=all_tips,
    facts=tip_facts,
    occurrences=tip_news,
    effect=tell_news,
)
