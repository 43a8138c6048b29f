"""What a machine's age says: upgrade, replacement conversation, end of life (EX-01..03, CT-01). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.calendar import add_months
from expansion.rules.episodes import Episode, earlier
from installed_base.rules import AgePolicy
from playbooks.rules import Occurrence, Recorded, Rung, climb

UPGRADE, REPLACEMENT, END_OF_LIFE = "upgrade", "replacement", "end_of_life"
KINDS = (UPGRADE, REPLACEMENT, END_OF_LIFE)
AGE = "age."


@dataclass(slots=True)
class AssetFacts:
    """What the ladder knows of a machine. `life_years` is that of its family; estimates are in reporting currency."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    installed_on: date | None
    taken_out_on: date | None = None
    counted: bool = True
    life_years: Decimal | None = None
    replacement_value: Decimal | None = None
    upgrade_value: Decimal | None = None
    # Whether the value of a replacement is what this machine cost, or else the list price of its product.
    paid: bool = False

    def worth(self, kind: str) -> str:
        """Where an estimate comes from."""
        return "upgrade_option" if kind == UPGRADE else "paid_price" if self.paid else "list_price"

    def estimate(self, kind: str) -> Decimal | None:
        return self.upgrade_value if kind == UPGRADE else self.replacement_value

    def in_service(self, on: date) -> bool:
        return self.counted and (self.taken_out_on is None or self.taken_out_on > on)


def rung_months(policy: AgePolicy, life_years: Decimal | None = None) -> dict[str, int]:
    """After how many months each rung is reached; twelve years of life: 60, 120, 144 (W-13)."""
    life = int((life_years or policy.expected_life_years) * 12)
    return {
        UPGRADE: policy.upgrade_years * 12,
        REPLACEMENT: max(life - policy.conversation_months_before_end, 0),
        END_OF_LIFE: life,
    }


def replacement_steps(installed_on: date, months_before: Iterable[int], policy: AgePolicy) -> dict[int, date]:
    """The dates of the replacement play, in months before the end of life (EX-45)."""
    life = int(policy.expected_life_years * 12)
    return {months: add_months(installed_on, life - months) for months in months_before}


def ladder(asset: AssetFacts, policy: AgePolicy) -> list[Rung]:
    """The rungs of a machine, lowest first. Keys hold the age: AGE.R10. Empty without an installation date."""
    since = asset.installed_on
    if since is None:
        return []
    return [
        Rung(f"{AGE}{kind}", f"AGE.R{_years(months)}", add_months(since, months), since, kind, asset.id)
        for kind, months in rung_months(policy, asset.life_years).items()
    ]


def _years(months: int) -> str:
    return f"{months // 12}" if months % 12 == 0 else f"{months / 12:.2f}".rstrip("0")


def occurrences(
    asset: AssetFacts, recorded: Recorded, policy: AgePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What the age of a machine says on a day, beyond what is on record.

    A machine that left had the rungs of its time in service; those that never fired are withdrawn.
    """
    if not asset.counted or not policy.active:
        return []
    left_on = asset.taken_out_on
    rungs = ladder(asset, policy)
    if left_on is not None and left_on <= on:
        rungs = [rung for rung in rungs if rung.due_on < left_on]
    return climb(rungs, recorded, on, counts_from=counts_from, withdrawn=not asset.in_service(on))


def stands(asset: AssetFacts, kind: str, policy: AgePolicy, on: date) -> bool:
    """Whether a signal of this kind is the one that counts: in service, and this rung the highest reached."""
    reached = [rung.milestone for rung in ladder(asset, policy) if rung.due_on <= on]
    return asset.in_service(on) and bool(reached) and reached[-1] == kind


def installed_windows(
    policy: AgePolicy, lives: Iterable[Decimal | None], after: date, until: date
) -> list[tuple[date, date]]:
    """Stretches of installation dates, both ends included, of which a rung falls due in (after, until].

    From the 28th on three days wider, because the ends of months differ: the rule decides, this finds candidates.
    """
    months = {months for life in lives for months in rung_months(policy, life).values()}
    slack = timedelta(days=3 if until.day >= 28 else 0)
    return [(add_months(after, -m), add_months(until, -m) + slack) for m in sorted(months)]


def age_episodes(asset: AssetFacts, policy: AgePolicy) -> list[Episode]:
    """The ladder as episodes, for looking at what a policy would say: each rung until the next one, or the end."""
    if not asset.counted:
        return []
    rungs = ladder(asset, policy)
    following = [*(rung.due_on for rung in rungs[1:]), None]
    found = []
    for rung, next_on in zip(rungs, following, strict=True):
        over_on = earlier(next_on, asset.taken_out_on)
        if over_on is None or over_on > rung.due_on:
            value = asset.estimate(rung.milestone)
            found.append(Episode(rung.key, rung.due_on, rung.anchor_on, over_on, value=value, asset_id=asset.id))
    return found
