"""Goal 17: the whitespace page of 2,000 accounts and some twenty columns against a bare page of the same cells."""

from collections.abc import Iterator

from django.db.models import F

from bench.client import Client
from bench.floors.whitespace import PageFloor
from bench.measure import backend_pid, compared
from bench.report import Goal
from bench.setting import Setting, page
from core.policies import policy_on
from core.scope import System
from expansion.queries.whitespace import listing
from expansion.queries.whitespace.bought import columns
from expansion.queries.whitespace.matrix import facts_of
from expansion.rules.whitespace import WhitespacePolicy
from installed_base.models import Product

ROWS = 2000
# A larger base says nothing more of this page: its peers are counted once in some minutes.
LARGEST = 2000


def measure(setting: Setting) -> Iterator[Goal]:
    """Signed in, with scope, answers, deals and peers. Peers are warm, as they are for all but the first of some
    minutes."""
    address = page("expansion:whitespace")
    if not address or setting.accounts > LARGEST:
        setting.say(f"No whitespace goal above {LARGEST:,} accounts")
        return
    caller = setting.person(setting.large, "executive")
    address += "?rows=all"
    Product.objects.update(portfolio_column=F("name"))
    policy = policy_on(WhitespacePolicy, setting.on).values
    accounts = listing.largest(listing.accounts(System("bench")), System("bench"), setting.on, ROWS)
    keys = [column.key for column in columns(policy)]
    bare = PageFloor([account.pk for account in accounts], keys, setting.on)
    floor = Client(bare)
    _demand_same(floor, accounts, setting, policy)
    calls = {
        "floor": (lambda: floor.get("/"), bare.pid),
        "page": (lambda: caller.get(address), backend_pid()),
    }
    cost = compared(calls, times=2, rounds=3)
    bare.close()
    note = (
        f"{cost['page'].cpu:.1f} CPU ms ({cost['page'].application:.1f} application), floor"
        f" {cost['floor'].cpu:.1f} ms; {len(accounts)} accounts by {len(keys)} columns of {setting.accounts:,} accounts"
    )
    yield Goal(17, "whitespace page against a bare page of the same cells", cost["page"].cpu / cost["floor"].cpu, 4, 8,
               note=note)  # fmt: skip


def _demand_same(floor: Client, accounts: list[object], setting: Setting, policy: WhitespacePolicy) -> None:
    """The floor must show as many bought cells, or the ratio says nothing."""
    ids = [account.pk for account in accounts]  # type: ignore[attr-defined]
    ours = sum(1 for count in facts_of(ids, setting.on, policy).counts.values() if count)
    theirs = len(ids) * len(columns(policy)) - floor.get("/").count(b">?<")
    if ours != theirs:
        raise RuntimeError(f"Floor and page differ: {theirs} bought cells against {ours}.")
