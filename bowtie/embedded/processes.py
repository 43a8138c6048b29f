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
from typing import Any

from bowtie.embedded.place import Fault

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 5_000_000


Popen = subprocess.Popen[Any]


class Stop(BaseException):
    """Somebody asked us to end, with signal `number`. Not an Exception: no retry loop may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = signal.Signals(number)


class _Asked:
    """Who asked us to end, and whether we may hear it now."""

    stop: Stop | None = None
    told = False
    deaf = 0


def heed() -> None:
    """Raise the `Stop` that was asked for, once, unless a child is being born."""
    if _Asked.stop and not _Asked.told and not _Asked.deaf:
        _Asked.told = True
        raise _Asked.stop


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stop`; later ones do not disturb the cleaning up."""

    def ask(number: int, frame: FrameType | None) -> None:
        _Asked.stop = _Asked.stop or Stop(number)
        heed()

    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deaf() -> Iterator[None]:
    """Hold `Stop` back while a child is born: one that nobody holds yet could not be ended."""
    _Asked.deaf += 1
    try:
        yield
    finally:
        _Asked.deaf -= 1


def born(command: Sequence[str | Path], *, stop_signal: signal.Signals = signal.SIGTERM, **options: Any) -> Popen:
    """A new process whose life is tied to ours. Call from the main thread: the kernel ties it to that."""
    with deaf():
        return subprocess.Popen([str(part) for part in command], preexec_fn=dies_with_us(stop_signal), **options)


def gone(process: Popen) -> bool:
    """Whether it has ended. `Stop` waits meanwhile: in the midst of asking it would leave the process locked, and then
    nobody could wait for its end."""
    with deaf():
        return process.poll() is not None


def ended(process: Popen, stop_signal: signal.Signals, grace: float) -> int:
    """Ask a process to end, wait `grace` seconds, then kill it; its exit code."""
    if not gone(process):
        _signal(process, stop_signal)
        try:
            return process.wait(grace)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
    return process.wait()


def _signal(process: Popen, number: signal.Signals) -> None:
    """It is asked once more whether it has ended: see `gone`."""
    with deaf():
        process.send_signal(number)


def run(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, **options: Any) -> tuple[int, str]:
    """Run a command of ours to its end in a session of its own: its exit code, and its output where that is piped."""
    process = born(command, env=dict(env), cwd=cwd, start_new_session=True, text=True, **options)
    try:
        heed()
        output, _ = process.communicate()
    finally:
        ended(process, signal.SIGTERM, 10)
    return process.returncode, output or ""


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


def as_user(uid: int | None) -> dict[str, Any]:
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
    process: Popen
    log: Path
    stop_signal: signal.Signals

    @property
    def gone(self) -> bool:
        return gone(self.process)

    def stop(self, grace: float = 20.0) -> None:
        """Ask it to end, wait `grace` seconds, then kill it and whatever it started."""
        ended(self.process, self.stop_signal, grace)
        _kill_group(self.process.pid)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for the person who has to find out."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def failed(self) -> Fault:
        code = self.process.returncode
        return Fault(f"{self.name} ended by itself (exit code {code}); {self.log} ends with:\n{self.last_words()}")


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
    """Start a program in its own session, with its output in `log`."""
    _rotate(log)
    with log.open("ab") as output:
        process = born(
            command,
            stop_signal=stop_signal,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            **as_user(uid),
        )
    return Child(name, process, log, stop_signal)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def wait_until(ready: Callable[[], bool], child: Child, seconds: float) -> None:
    """Wait for `ready`; `Fault` when the child ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        heed()
        if child.gone:
            raise child.failed()
        if time.monotonic() > deadline:
            raise Fault(f"{child.name} did not answer within {seconds:.0f} seconds; see {child.log}.")
        time.sleep(0.05)
