"""Child processes that end with us, however we end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bowtie.embedded.place import Fault

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 5_000_000


class Stop(BaseException):
    """Somebody asked us to end, with signal `number`. Not an Exception: no retry loop may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = signal.Signals(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stop`; later ones do not disturb the cleaning up."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Stop(number)

    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def dies_with_us(number: signal.Signals) -> Callable[[], None] | None:
    """What a child does before it becomes its program, so that the kernel ends it when we are killed (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def as_user(uid: int | None) -> dict[str, object]:
    """The arguments that make subprocess run a program as another user."""
    return {} if uid is None else {"user": uid, "group": _group(uid), "extra_groups": []}


def _group(uid: int) -> int:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid


@dataclass
class Child:
    """One program of ours, in a session of its own: Ctrl-C at the terminal does not reach it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    @property
    def gone(self) -> bool:
        return self.process.poll() is not None

    def stop(self, grace: float = 20.0) -> None:
        """Ask it to end, wait `grace` seconds, then kill it and whatever it started."""
        if not self.gone:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                pass
        _kill_group(self.process.pid)
        self.process.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for the person who has to find out."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def failed(self) -> Fault:
        return Fault(f"{self.name} ended by itself (exit code {self.process.returncode}); {self.log} ends with:\n{self.last_words()}")


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
    uid: int | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start a program in its own session, with its output in `log`. Call from the main thread: its life is tied to it."""
    _rotate(log)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=dies_with_us(stop_signal),
            **as_user(uid),  # type: ignore[arg-type]
        )
    return Child(name, process, log, stop_signal)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def wait_until(ready: Callable[[], bool], child: Child, seconds: float) -> None:
    """Wait for `ready`; `Fault` when the child ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.gone:
            raise child.failed()
        if time.monotonic() > deadline:
            raise Fault(f"{child.name} did not answer within {seconds:.0f} seconds; see {child.log}.")
        time.sleep(0.05)
