"""Goals 1, 2 and 13: REST lists against a bare application, against a small base, and their tail."""

import gc
from collections.abc import Callable, Iterator

from bench import base
from bench.client import Client
from bench.floors.rest import ASSET_NAMES, ASSETS, ListFloor
from bench.measure import Cost, backend_pid, compared, spread
from bench.report import Goal
from bench.setting import Setting
from core.api.paging import BY_ID, Order
from installed_base.models import Asset

LIST = "/api/v1/assets/"


def measure(setting: Setting) -> Iterator[Goal]:
    """With token and scope, called in this process; the floor likewise. CPU of the application and of PostgreSQL."""
    caller = setting.program(setting.large)
    yield from (_against_floor(caller, size) for size in (50, 100))
    yield _deep(setting, caller)
    yield _large_against_small(setting)
    yield _tail(setting)


def _against_floor(caller: Client, size: int) -> Goal:
    address = f"{LIST}?page_size={size}"
    rows = caller.rows(address)
    bare = ListFloor(ASSETS, ASSET_NAMES, [row["id"] for row in rows])
    floor = Client(bare)
    _demand_same(floor.rows("/"), rows)
    calls = {"floor": (lambda: floor.get("/"), bare.pid), "list": (lambda: caller.get(address), backend_pid())}
    cost = compared(calls, times=30, rounds=5)
    bare.close()
    note = (
        f"{cost['list'].cpu:.2f} CPU ms, {cost['list'].per_second:.0f} req/s;"
        f" floor {cost['floor'].cpu:.2f} ms, {cost['floor'].per_second:.0f} req/s"
    )
    ratio = cost["floor"].cpu / cost["list"].cpu
    return Goal(1, f"REST list of {size} against bare WSGI", ratio, 0.30, 0.15, more=True, note=note)


def _demand_same(bare: list[dict[str, object]], rows: list[dict[str, object]]) -> None:
    """The floor must do the same work, or the ratio says nothing."""
    for theirs, ours in zip(bare, rows, strict=True):
        different = {k for k in theirs.keys() - {"recorded_at"} if theirs[k] != ours[k]}
        if different:
            raise RuntimeError(f"Floor and list differ in {', '.join(sorted(different))}: {theirs} {ours}")


def _deep(setting: Setting, caller: Client) -> Goal:
    """The list far inside against its first page; at 100,000 rows and more that is page 1,800 and beyond."""
    last = Asset.objects.order_by("-pk").values_list("pk", flat=True)[0]
    deep = f"{LIST}?cursor={Order(BY_ID).cursor(None, last * 9 // 10)}"
    pid = backend_pid()
    cost = compared({"first": (_get(caller, LIST), pid), "deep": (_get(caller, deep), pid)}, times=20, rounds=5)
    ratio = cost["deep"].cpu / cost["first"].cpu
    return Goal(2, f"REST list from row {last * 9 // 10:,} against page 1", ratio, 1.15, 1.5)


def _get(caller: Client, address: str) -> Callable[[], bytes]:
    return lambda: caller.get(address)


def _large_against_small(setting: Setting) -> Goal:
    cost: dict[str, Cost] = {}
    for name in (setting.small, setting.large, setting.small, setting.large):
        caller = setting.program(name)
        found = compared({name: (_get(caller, LIST), backend_pid())}, times=20, rounds=5)[name]
        cost[name] = min(found, cost.get(name, found), key=lambda c: c.cpu)
    ratio = cost[setting.large].cpu / cost[setting.small].cpu
    return Goal(2, f"REST list at {_rows(setting.accounts)} against 10k machines", ratio, 1.15, 1.5)


def _rows(accounts: int) -> str:
    return f"{accounts * base.ASSETS // 1000}k"


def _tail(setting: Setting) -> Goal:
    """One client, one request after the other; what was loaded at the start is left to no garbage collection."""
    caller = setting.program(setting.large)
    spread(_get(caller, LIST), 30)
    gc.collect()
    gc.freeze()
    middle, tail = spread(_get(caller, LIST), 300)
    return Goal(13, "p95 / p50 of one client", tail / middle, 1.5, 2.5, note=f"p50 {middle:.1f} ms, p95 {tail:.1f} ms")
