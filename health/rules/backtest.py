"""How well tiers warned of what was lost: first warnings, false alarms, and the work they made. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from health.rules.spells import fell
from health.rules.tier import Tier

# The tiers of one account as they were seen: the first day of each, oldest first.
Seen = Sequence[tuple[date, Tier]]
# A fall that nothing lost followed within a year was a false alarm.
FOLLOWS_WITHIN = timedelta(days=365)
# Whether anything was known of a customer is asked of so many days before the loss.
KNOWN_WITHIN = timedelta(days=180)
RENEWAL, CUSTOMER = "renewal", "customer"
_BELOW = (Tier.YELLOW, Tier.RED)


@dataclass(frozen=True, slots=True)
class Loss:
    """A renewal or a customer that was lost on that day; `value` a year, in the reporting currency."""

    account: int
    kind: str
    on: date
    value: Decimal | None = None
    subject: int = 0


@dataclass(frozen=True, slots=True)
class Warning:
    """What the tiers said before a loss. `first_on` begins the stretch below green in which it fell, `days` before it;
    both None where it came out of green. `tier` is that of the day; `enough` is whether a tier was known at all."""

    loss: Loss
    first_on: date | None
    days: int | None
    tier: Tier
    enough: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a version would have said and cost. `right` falls were followed by a loss within a year, `wrong` ones were
    not, of `open` ones that year is not over. `plays` are new tiers, with their `tasks`."""

    warnings: tuple[Warning, ...]
    right: int
    wrong: int
    open: int
    plays: int
    tasks: int

    @property
    def judged(self) -> int:
        """Losses of which enough was known to be warned of."""
        return sum(w.enough for w in self.warnings)

    @property
    def warned(self) -> int:
        return sum(w.first_on is not None for w in self.warnings)

    @property
    def days(self) -> int | None:
        """Half of the warnings came at least so many days before."""
        found = [w.days for w in self.warnings if w.days is not None]
        return int(median(found)) if found else None


def verdict(seen: Mapping[int, Seen], losses: Iterable[Loss], until: date, steps: Mapping[Tier, int]) -> Verdict:
    """Hold the tiers of all accounts against what was lost up to `until`; `steps` are the tasks of each tier's play."""
    losses = sorted(losses, key=lambda loss: (loss.on, loss.account, loss.kind))
    lost: dict[int, list[date]] = {}
    for loss in losses:
        lost.setdefault(loss.account, []).append(loss.on)
    falls: Counter[str] = Counter()
    plays: Counter[Tier] = Counter()
    for account, tiers in seen.items():
        before: Tier | None = None
        for on, tier in tiers:
            if fell(tier, before):
                falls[_came_true(on, lost.get(account, ()), until)] += 1
            if tier is not Tier.UNKNOWN:
                plays[tier] += before is not None and tier is not before
                before = tier
    return Verdict(
        warnings=tuple(warning(seen.get(loss.account, ()), loss) for loss in losses),
        right=falls["right"],
        wrong=falls["wrong"],
        open=falls["open"],
        plays=sum(plays.values()),
        tasks=sum(count * steps.get(tier, 0) for tier, count in plays.items()),
    )


def _came_true(on: date, lost: Sequence[date], until: date) -> str:
    if any(on <= day <= on + FOLLOWS_WITHIN for day in lost):
        return "right"
    return "wrong" if on + FOLLOWS_WITHIN <= until else "open"


def warning(seen: Seen, loss: Loss) -> Warning:
    """What the tiers of an account said before it was lost, on the day before it at the latest."""
    past = [(on, tier) for on, tier in seen if on < loss.on]
    tier = past[-1][1] if past else Tier.UNKNOWN
    first_on = None
    for on, below in reversed(past):
        if below not in _BELOW:
            break
        first_on = on
    days = None if first_on is None else (loss.on - first_on).days
    return Warning(loss, first_on, days, tier, _known(past, loss.on - KNOWN_WITHIN))


def _known(past: Seen, since: date) -> bool:
    """Whether any tier but the unknown one stood from `since` on."""
    standing = [tier for on, tier in past if on <= since][-1:]
    return any(tier is not Tier.UNKNOWN for tier in (*standing, *(tier for on, tier in past if on > since)))
