"""One command, or a shell's worth of commands, with the servers up."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from bowtie.embedded.place import ROOT, Fault, Place
from bowtie.embedded.processes import Stop, dies_with_us
from bowtie.embedded.servers import Running, servers


def execute(place: Place, command: Sequence[str]) -> int:
    """Run the command and return its exit code (128 + n when signal n ended it). A new database gets its tables first."""
    with servers(place, purpose="exec", patient=True) as running:
        env = running.environment(place)
        if running.database_created:
            _migrate(env)
        return _run(command, env)


def keep_up(place: Place) -> int:
    """Hold the servers up until Ctrl-C and print their addresses as lines for a shell."""
    with servers(place, purpose="up") as running:
        for name, url in running.urls.items():
            print(f"export {name}='{url}'", flush=True)
        print("Servers are up until Ctrl-C.", file=sys.stderr)
        try:
            _watch(running)
        except Stop:
            return 0


def _watch(running: Running) -> None:
    while True:
        for child in running.children:
            if child.gone:
                raise child.failed()
        time.sleep(0.5)


def _migrate(env: dict[str, str]) -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"],
        cwd=ROOT, env=env, stdout=sys.stderr, check=False, preexec_fn=dies_with_us(signal.SIGTERM),
    )  # fmt: skip
    if made.returncode:
        print("The new database has no tables: `manage.py migrate` failed.", file=sys.stderr)


def _run(command: Sequence[str], env: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=env, preexec_fn=dies_with_us(signal.SIGTERM))
    except OSError as error:
        raise Fault(f"{command[0]}: {error.strerror}", code=127) from error
    try:
        code = process.wait()
    except Stop as stop:
        code = _end(process, stop.number)
    return code if code >= 0 else 128 - code


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    """Pass the wish to end on. Ctrl-C at a terminal has reached the command already, which may make of it what it likes."""
    if number == signal.SIGINT and sys.stdin.isatty():
        return process.wait()
    process.send_signal(number)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
