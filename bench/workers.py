"""Two web workers and what they hold, in a process of its own: a master that has served nothing else, as gunicorn's.

`python -m bench.workers DATABASE` answers with one line of JSON: the megabytes of the larger worker, and how many kinds
of pages it served.
"""

import gc
import json
import os
import sys
from pathlib import Path

REQUESTS = 1000
WORKERS = 2


def main(database: str) -> None:
    """Serve 1,000 mixed requests of this base in two workers forked from a loaded master, and tell their memory."""
    os.environ.update(DJANGO_SETTINGS_MODULE="bowtie.settings", DEBUG="0", BOWTIE_SANDBOX="1")
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    from bench import base
    from bench.run import log_to_nobody
    from bench.setting import Setting
    from core import clock

    setting = Setting(clock.today(), 0, base.DATABASE, database, get_wsgi_application(), lambda _text: None)
    log_to_nobody()
    program, person = setting.program(database), setting.person(database)
    addresses = _addresses()

    def get(address: str) -> bytes:
        return (program if address.startswith("/api/") else person).get(address)

    for address in addresses:
        get(address)
    connections.close_all()
    gc.collect()
    gc.freeze()
    # One request in a hundred is the heavy one, the others take turns.
    light, heavy = addresses[:-1], addresses[-1]
    wanted = [heavy if n % 100 == 0 else light[n % len(light)] for n in range(REQUESTS)]
    found = _forked(lambda: [get(address) for address in wanted])
    print(json.dumps({"megabytes": max(found), "kinds": len(addresses)}))


def _addresses() -> list[str]:
    from bench.setting import page

    pages = ("dashboards:machines", "dashboards:accounts", "renewals:queue", "dashboards:today", "dashboards:bowtie")
    kinds = ("assets", "accounts", "contracts", "renewals")
    return [f"/api/v1/{kind}/" for kind in kinds] + [a for a in map(page, pages) if a]


def _forked(work: object) -> list[float]:
    """Run the work in each of the workers and ask for their memory while all are alive."""
    pipes = [(os.pipe(), os.pipe()) for _ in range(WORKERS)]
    children = [_worker(work, done[1], leave[0]) for done, leave in pipes]
    answers = [os.read(done[0], 1) for done, _leave in pipes]
    found = [_pss(pid) for pid in children]
    for _done, leave in pipes:
        os.write(leave[1], b"x")
    for pid in children:
        os.waitpid(pid, 0)
    if answers != [b"k"] * WORKERS:
        raise RuntimeError("A worker failed.")
    return found


def _worker(work: object, done: int, leave: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()  # type: ignore[operator]
        os.write(done, b"k")
        os.read(leave, 1)
    except BaseException:
        os.write(done, b"e")
        raise
    finally:
        os._exit(0)


def _pss(pid: int) -> float:
    """Proportional set size in megabytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("This system does not tell the memory of a process.")


if __name__ == "__main__":
    main(sys.argv[1])
