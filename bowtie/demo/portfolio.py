"""What customers have of the portfolio, and what was said of the rest: options on machines, and cells of the whitespace
matrix with a story."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bowtie.demo.people import Staff
from core.calendar import BEGINNING, add_months
from core.scope import System
from expansion.actions.cells import open_from_cell, say_of_cell
from expansion.models import CellAnswer
from expansion.queries.whitespace import listing
from expansion.queries.whitespace.bought import columns
from expansion.queries.whitespace.matrix import Cell, Line, lines_of
from expansion.rules.whitespace import State, WhitespacePolicy
from installed_base.models import Asset, AssetEvent, AssetPeriod, ProductFamily, UpgradeOption
from sales.models import DealKind

SAID = CellAnswer.State
# What an option would have prevented, in words as they stand in tickets.
PREVENTS = {"Vision kit": ["jams at the outfeed", "tray jams"], "Remote monitoring": ["offline", "no alarm"]}
WATCHED_SINCE = date(2019, 1, 1)


@dataclass(frozen=True)
class Told:
    """What somebody heard of an empty cell so many days ago; `months` until a refusal may be asked again."""

    state: str
    by: str
    days: int
    note: str
    competitor: str = ""
    months: int = 0
    machines: bool = True


STORY = (
    Told(SAID.COMPETITOR, "daniel", 23, "A Rotex cell stands on line 2 since the autumn.", "Rotex"),
    Told(SAID.DECLINED, "daniel", 60, "No budget this year; the new director decides in spring.", months=9),
    Told(SAID.ITSELF, "marloes", 44, "Their own fitters train the operators.", machines=False),
    Told(SAID.NOT_APPLICABLE, "marloes", 90, "Bulk goods: nothing is picked here."),
    Told(SAID.NEVER_OFFERED, "sanne", 12, "Asked at the QBR: nobody ever showed them.", machines=False),
    Told(SAID.COMPETITOR, "tomasz", 130, "A three-year contract with Kelmar, ends next year.", "Kelmar"),
    Told(SAID.DECLINED, "daniel", 400, "Too dear then.", months=12),
    Told(SAID.ITSELF, "jonas", 200, "They make wear parts in their own workshop.", machines=False),
)


def equip(machines: list[Asset], on: date) -> None:
    """Options on machines: the kit where one was upgraded with it, remote watch on most that came since 2019."""
    for name, words in PREVENTS.items():
        UpgradeOption.objects.filter(name=name).update(prevents=words)
    for family in ProductFamily.objects.filter(name__in=("Palletisers", "Pickers")):
        UpgradeOption.objects.create(
            family=family, name="Controller software 6", kind=UpgradeOption.Kind.SOFTWARE, price=Decimal(3800),
            currency="EUR", offered_from=add_months(on, -8), prevents=["controller", "lost position"],
        )  # fmt: skip
    upgraded = dict(
        AssetEvent.objects.filter(kind=AssetEvent.Kind.UPGRADED, note="Vision kit").values_list("asset_id", "on")
    )
    periods = []
    for number, machine in enumerate(machines):
        came = machine.installed_on is not None and machine.installed_on >= WATCHED_SINCE
        names = ["Remote monitoring"] if came and number % 5 else []
        names += ["Vision kit"] if came and number % 3 else []
        machine.configuration = machine.configuration | {"options": names}
        if since := upgraded.get(machine.pk):
            periods.append(_before(machine, since))
            machine.configuration = machine.configuration | {"options": sorted({*names, "Vision kit"})}
    Asset.objects.bulk_update(machines, ["configuration"], batch_size=500)
    _follow(machines, upgraded)
    AssetPeriod.objects.bulk_create(periods)


def _before(machine: Asset, since: date) -> AssetPeriod:
    return AssetPeriod(
        asset=machine, account_id=machine.account_id, site_id=machine.site_id, configuration=machine.configuration,
        valid_from=BEGINNING, valid_to=since,
    )  # fmt: skip


def _follow(machines: list[Asset], upgraded: dict[int, date]) -> None:
    """The open period says what is on the machine, since the day of its upgrade where it had one."""
    configured = {machine.pk: machine.configuration for machine in machines}
    rows = list(AssetPeriod.objects.filter(asset__in=configured, valid_to__isnull=True))
    for row in rows:
        row.configuration = configured[row.asset_id]
        row.valid_from = upgraded.get(row.asset_id, row.valid_from)
    AssetPeriod.objects.bulk_update(rows, ["configuration", "valid_from"], batch_size=500)


def answer(staff: Staff, on: date) -> None:
    """Say why some cells of the largest customers are empty, and open a deal from one."""
    lines = _lines(on)
    used: set[int] = set()
    for told in STORY:
        found = _first(lines, told.machines, used)
        if found is None:
            continue
        line, cell = found
        used.add(line.account.pk)
        day = on - timedelta(days=told.days)
        say_of_cell(
            account=line.account, column=cell.column.key, state=told.state, by=staff.users[told.by], on=day,
            competitor=told.competitor, note=told.note,
            again_on=add_months(day, told.months) if told.months else None,
        )  # fmt: skip
    found = _first(lines, False, used)
    if found is None:
        return
    line, cell = found
    open_from_cell(
        account=line.account, column=cell.column.key, kind=DealKind.CROSS_SELL, name="Operator training, two shifts",
        owner=line.account.owner, by=staff.users["daniel"], on=on - timedelta(days=9), value=Decimal(14_500),
    )  # fmt: skip


def _first(lines: list[Line], machines: bool, used: set[int]) -> tuple[Line, Cell] | None:
    """The first empty cell of a customer of whom nothing was said yet."""
    return next(((line, cell) for line, cell in _empty(lines, machines) if line.account.pk not in used), None)


def _lines(on: date) -> list[Line]:
    policy = WhitespacePolicy()
    rows = listing.accounts(_everything())
    accounts = listing.largest(rows, _everything(), on, 400)
    return lines_of(accounts, columns(policy), on, policy)


def _everything() -> System:
    return System("demo")


def _empty(lines: list[Line], machines: bool) -> Iterator[tuple[Line, Cell]]:
    for line in lines:
        for cell in line.cells:
            if cell.state is State.UNKNOWN and cell.column.is_machine == machines:
                yield line, cell
