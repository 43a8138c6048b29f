"""The triggers of the room, for the day: ages, chances, steps of replacements, news of tips and referrals."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from expansion.actions import follow_assets, follow_chances, forget_looks, raise_ages, raise_chances
from expansion.actions.closing import Draw
from expansion.actions.referral_news import follow_referrals
from expansion.actions.replacing import release_replacements
from expansion.actions.tip_news import tell_news
from expansion.chances import BY_KIND, Chance
from expansion.models import SignalKind
from expansion.queries.candidates import all_assets, asset_facts, assets_without_age, due_assets, touched_assets
from expansion.queries.candidates.replacing import all_plays, due_plays, replacement_facts
from expansion.queries.referrals import all_referrals, due_referrals, referral_facts, touched_referrals
from expansion.queries.tips import all_tips, due_tips, tip_facts, touched_tips
from expansion.rules import AGE, KINDS, AssetFacts, occurrences
from expansion.rules.episodes import Episode, news
from expansion.rules.referral import ReferralPolicy, referral_news
from expansion.rules.replacing import ReplacementFacts, months_before, releases
from expansion.rules.tip import TipPolicy, tip_news
from installed_base.rules import AgePolicy
from playbooks.library import REPLACEMENT, LibraryPolicy, playbook
from playbooks.rules import Occurrence, Recorded
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
    effect=raise_ages,
    follow=follow_assets,
    seen=seen,
    listed=listed,
    rules=[AGE + kind for kind in KINDS],
)


class Drawing:
    """A rule that draws the episodes of a subject once where the day asks twice: for what stands, and for what is new.

    What a transaction that fell left behind is forgotten with the rest once there is too much of it.
    """

    most = 20_000

    def __init__(self, rule: Draw) -> None:
        self.rule = rule
        self.kept: dict[int, tuple[Any, Any, list[Episode]]] = {}

    def __call__(self, facts: Any, policy: Any) -> list[Episode]:
        before = self.kept.pop(id(facts), None)
        if before is not None and before[0] is facts and before[1] is policy:
            return before[2]
        if len(self.kept) >= self.most:
            self.kept.clear()
        episodes = self.rule(facts, policy)
        self.kept[id(facts)] = (facts, policy, episodes)
        return episodes


def trigger_of(chance: Chance) -> Trigger:
    """A chance as the day runs it."""
    draw = Drawing(chance.rule)

    def due(policy: Any, after: date | None, until: date) -> set[int]:
        return chance.source.due(chance.name, after, until)

    def touched(found: Mapping[str, Sequence[int]]) -> set[int]:
        return chance.source.behind(found, chance.name)

    return Trigger(
        name=f"expansion.{chance.name}",
        kind=chance.subject,
        policy=chance.policy,
        due=due,
        touched=touched,
        everything=chance.source.all_ids,
        facts=chance.source.facts,
        occurrences=partial(_news, chance.name, draw),
        effect=raise_chances(chance.name),
        follow=follow_chances(chance.name, chance.subject, draw),
        prepare=forget_looks(chance.name),
        rules=[chance.name],
    )


def _news(
    name: str, draw: Draw, facts: Any, recorded: Recorded, policy: Any, counts_from: date, on: date
) -> list[Occurrence]:
    return news(name, facts, draw(facts, policy), recorded, policy, counts_from, on)


WARRANTY = trigger_of(BY_KIND[SignalKind.WARRANTY])
UNCOVERED = trigger_of(BY_KIND[SignalKind.UNCOVERED])
WIN_BACK = trigger_of(BY_KIND[SignalKind.WIN_BACK])
PREMIUM = trigger_of(BY_KIND[SignalKind.PREMIUM])
CAPACITY = trigger_of(BY_KIND[SignalKind.CAPACITY])
PARTS_SILENCE = trigger_of(BY_KIND[SignalKind.PARTS_SILENCE])
ORDER_RHYTHM = trigger_of(BY_KIND[SignalKind.ORDER_RHYTHM])
PARTS_DROP = trigger_of(BY_KIND[SignalKind.PARTS_DROP])
PARTS_DUE = trigger_of(BY_KIND[SignalKind.PARTS_DUE])
RECURRING = trigger_of(BY_KIND[SignalKind.RECURRING])
BREAKDOWN = trigger_of(BY_KIND[SignalKind.BREAKDOWN])
COMPETITOR = trigger_of(BY_KIND[SignalKind.COMPETITOR])
ACCOUNT_EVENT = trigger_of(BY_KIND[SignalKind.ACCOUNT_EVENT])
SUCCESSOR = trigger_of(BY_KIND[SignalKind.SUCCESSOR])
UPSELL_TALK = trigger_of(BY_KIND[SignalKind.UPSELL_TALK])


def _steps(policy: LibraryPolicy) -> dict[str, list[str]]:
    """The step keys of each milestone of a replacement, in the library that counts."""
    book = next((found for found in policy.playbooks if found.key == REPLACEMENT), None) or playbook(REPLACEMENT)
    steps: dict[str, list[str]] = {}
    for step in book.steps:
        steps.setdefault(step.milestone, []).append(step.key)
    return steps


def _replacements_due(policy: LibraryPolicy, after: date | None, until: date) -> set[int]:
    months = (months_before(milestone) for milestone in _steps(policy))
    return due_plays([m for m in months if m is not None], after, until)


def _replacement_steps(
    facts: ReplacementFacts, recorded: Recorded, policy: LibraryPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    return releases(facts, recorded, _steps(policy), counts_from, on)


# A replacement takes 24 months: its steps become tasks when they fall due, not when the signal is taken up.
REPLACEMENTS = Trigger(
    name="expansion.replacements",
    kind="play",
    policy=LibraryPolicy,
    due=_replacements_due,
    touched=lambda touched: (),
    everything=all_plays,
    facts=replacement_facts,
    occurrences=_replacement_steps,
    effect=release_replacements,
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

REFERRALS = Trigger(
    name="expansion.referrals",
    kind="referral",
    policy=ReferralPolicy,
    due=due_referrals,
    touched=touched_referrals,
    everything=all_referrals,
    facts=referral_facts,
    occurrences=referral_news,
    effect=follow_referrals,
)
