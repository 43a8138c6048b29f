"""Goals 3, 4 and 5: pages against the REST list, the bowtie on a large base, queries a page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.client import Client, Unanswered
from bench.measure import Cost, backend_pid, compared, cost, seconds
from bench.report import Goal
from bench.setting import Setting, page
from core.api.paging import BY_ID, Order
from core.metrics import take_today
from core.scope import System
from installed_base.models import Asset, Contract
from renewals.models import Renewal

EVERYTHING = "executive"
RENEWALS = "/api/v1/renewals/"
LONGEST = 30
# What stands for a figure that could not be had.
NEVER = 999


def measure(setting: Setting) -> Iterator[Goal]:
    yield from _html_against_rest(setting)
    yield from _renewals(setting)
    yield from _bowtie(setting)
    yield from _queries(setting)


def _get(caller: Client, address: str) -> Callable[[], bytes]:
    return lambda: caller.get(address)


def _html_against_rest(setting: Setting) -> Iterator[Goal]:
    machines = page("dashboards:machines")
    if not machines:
        return
    program = setting.program(setting.large)
    person, pid = setting.person(setting.large), backend_pid()
    calls = {"page": (_get(person, machines), pid), "list": (_get(program, "/api/v1/assets/"), pid)}
    found = compared(calls, times=8, rounds=5)
    ratio = found["page"].cpu / found["list"].cpu
    note = f"{found['page'].cpu:.1f} CPU ms ({found['page'].application:.1f} application)"
    yield Goal(3, "HTML list of 50 against REST list of 50", ratio, 4, 8, note=note)


def _renewals(setting: Setting) -> Iterator[Goal]:
    """The renewals that the day opened: their list far inside, and the queue, which is no plain list: over its page it
    counts and sums all that its reader may see."""
    program = setting.program(setting.large)
    pid = backend_pid()
    mine = Renewal.objects.visible_to(System("bench")).open()
    last = mine.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return
    deep = f"{RENEWALS}?cursor={Order(BY_ID).cursor(None, last * 9 // 10)}"
    found = compared({"first": (_get(program, RENEWALS), pid), "deep": (_get(program, deep), pid)}, times=8, rounds=5)
    base = f"{mine.count():,} open renewals, {Contract._base_manager.count():,} contracts"
    note = f"{found['deep'].cpu:.1f} CPU ms against {found['first'].cpu:.1f}; {base}"
    name = "REST renewals, far inside against page 1"
    yield Goal(2, name, found["deep"].cpu / found["first"].cpu, 1.15, 1.5, note=note)
    person, own = setting.person(setting.large), backend_pid()
    queue = page("renewals:queue")
    if queue:
        calls = {"page": (_get(person, queue), own), "list": (_get(program, RENEWALS), own)}
        found = compared(calls, times=2, rounds=3, warm=2)
        whole, rest = found["page"], found["list"]
        setting.say(
            f"No goal: renewal queue of a team lead {whole.cpu:.0f} CPU ms ({whole.application:.0f} application),"
            f" {whole.cpu / rest.cpu:.0f}x the REST list; {base}"
        )


def _bowtie(setting: Setting) -> Iterator[Goal]:
    address = page("dashboards:bowtie")
    if not address:
        return
    name = "bowtie page, large base against 10k machines"
    small, large = (_cost(setting, database, address) for database in (setting.small, setting.large))
    if small is None or large is None:
        yield Goal(4, name, NEVER, 1.2, 2, note=f"no answer within {LONGEST} s")
        return
    note = f"{large.cpu:.0f} CPU ms against {small.cpu:.0f}, stored figures of {setting.accounts:,} accounts"
    yield Goal(4, name, large.cpu / small.cpu, 1.2, 2, note=note)


def _cost(setting: Setting, database: str, address: str) -> Cost | None:
    """The cost of one call, with the figures with which a day ends; None where it takes too long to wait for."""
    caller = setting.person(database, EVERYTHING)
    spent, taken = seconds(lambda: take_today(on=setting.on))
    setting.say(f"{taken.rows:,} figures stored in {spent:.1f} s")
    with _bounded():
        try:
            caller.get(address)
            return cost(_get(caller, address), 1, backend_pid())
        except Unanswered:
            return None


@contextmanager
def _bounded() -> Iterator[None]:
    """A page that nobody would wait for is not waited for here."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{LONGEST}s'")
    try:
        yield
    finally:
        connection.close()


def _queries(setting: Setting) -> Iterator[Goal]:
    """Of a page that was called before, so that nothing is counted that is read once a process."""
    program, person = setting.program(setting.large), setting.person(setting.large)
    asset = Asset.objects.visible_to(System("bench")).filter(account__owner__user__username="manager0-0").first()
    renewal = Renewal.objects.filter(account__owner__user__username="manager0-0").first()
    if asset is None:
        return
    for name, address, most in (
        ("REST list", "/api/v1/assets/", 5),
        ("REST contracts with terms", "/api/v1/contracts/", 5),
        ("REST detail", f"/api/v1/assets/{asset.pk}/", 6),
        ("machines list", page("dashboards:machines"), 5),
        ("accounts list", page("dashboards:accounts"), 5),
        ("renewal queue", page("renewals:queue"), 5),
        ("machine page", page("dashboards:asset", asset.pk), 6),
        ("renewal page", renewal and page("renewals:renewal", renewal.pk), 6),
        ("account page", page("dashboards:account", asset.account_id), 16),
        ("Today", page("dashboards:today"), 8),
        ("bowtie", page("dashboards:bowtie"), 8),
    ):
        if address:
            caller = program if address.startswith("/api/") else person
            yield Goal(5, f"queries: {name}", _count(caller, address), most, most + 2, unit="")


def _count(caller: Client, address: str) -> int:
    with _bounded():
        try:
            caller.get(address)
            with CaptureQueriesContext(connection) as found:
                caller.get(address)
        except Unanswered:
            return NEVER
    return len(found)
