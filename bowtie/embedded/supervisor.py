"""Web and worker of the demo, watched and ended together."""

import http.client
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bowtie.embedded.place import ROOT, Fault, Place
from bowtie.embedded.processes import Child, heed, spawn, wait_until
from bowtie.embedded.servers import Running

HOST = "127.0.0.1"
# A program that ends by itself is started again, but not for ever.
RESTARTS, WITHIN_SECONDS = 3, 60.0


@dataclass
class Supervisor:
    """Starts the programs of the product on running servers, starts a fallen one again, stops all."""

    place: Place
    running: Running
    env: dict[str, str]
    port: int
    programs: dict[str, Child] = field(default_factory=dict)
    falls: list[float] = field(default_factory=list)

    def start_web(self) -> None:
        """Start the web and wait until it answers. Before the worker: so the first page comes soonest."""
        self._start("web")
        wait_until(self.ready, self.programs["web"], 120)

    def start_worker(self) -> None:
        self._start("worker")

    def watch(self) -> None:
        """Keep the programs up until `Stop`; `Fault` when a server ends or a program keeps ending."""
        while True:
            heed()
            for child in self.running.children:
                if child.gone:
                    raise child.failed()
            for name, child in self.programs.items():
                if child.gone:
                    self._raise_again(name, child)
            time.sleep(0.5)

    def stop(self) -> None:
        """Web first, so that nobody sees an error page; then the worker."""
        for name in list(self.programs):
            self.programs.pop(name).stop()

    def ready(self) -> bool:
        """Whether /readyz answers 200."""
        asking = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            asking.request("GET", "/readyz")
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    @property
    def _starters(self) -> dict[str, Callable[[], list[str]]]:
        return {"web": self._web, "worker": self._worker}

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", *self._starters[name]()]
        self.programs[name] = spawn(name, command, log=self.place.logs / f"{name}.log", env=self.env, cwd=ROOT)

    def _raise_again(self, name: str, child: Child) -> None:
        now = time.monotonic()
        self.falls = [fall for fall in self.falls if now - fall < WITHIN_SECONDS] + [now]
        if len(self.falls) > RESTARTS:
            raise child.failed()
        print(f"The {name} ended by itself; it is started again. See {child.log}.", file=sys.stderr, flush=True)
        child.stop()
        self._start(name)

    def _worker(self) -> list[str]:
        schedule = str(self.place.var / "celerybeat-schedule")
        quiet = ["--without-mingle", "--without-gossip", "--loglevel", "INFO"]
        return ["celery", "-A", "bowtie", "worker", "-B", "-s", schedule, "-P", "threads", "-c", "4", *quiet]

    def _web(self) -> list[str]:
        size = ["--workers", "2", "--threads", "4", "--bind", f"{HOST}:{self.port}"]
        return ["gunicorn", "bowtie.wsgi", *size, "--preload", "--graceful-timeout", "5", "--no-control-socket"]


def wanted_port() -> int:
    """The number in PORT, by default 8000."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Fault(f"PORT={text} is not a port number (1 to 65535).", code=2)
    return int(text)
