"""One command, or a shell's worth of commands, with the servers up."""

import signal
import sys
import time
from collections.abc import Sequence

from bowtie.embedded.place import ROOT, Fault, Place
from bowtie.embedded.processes import Popen, Stop, born, ended, heed, run
from bowtie.embedded.servers import Running, servers


def execute(place: Place, command: Sequence[str], *, bare: bool = False) -> int:
    """Run the command and return its exit code (128 + n when signal n ended it).

    A new database gets its tables first, unless `bare`. What we say goes to stderr: stdout is the command's.
    """
    with servers(place, purpose="exec", patient=True) as running:
        env = running.environment(place)
        if running.database_created and not bare:
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
            pass
    return 0


def _watch(running: Running) -> None:
    while True:
        heed()
        for child in running.children:
            if child.gone:
                raise child.failed()
        time.sleep(0.5)


def _migrate(env: dict[str, str]) -> None:
    code, _ = run(
        [sys.executable, ROOT / "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
        env=env,
        cwd=ROOT,
        stdout=sys.stderr,
    )
    if code:
        print("The new database has no tables: `manage.py migrate` failed.", file=sys.stderr)


def _run(command: Sequence[str], env: dict[str, str]) -> int:
    """The command stays in our session: it may read the terminal, and Ctrl-C there reaches it."""
    try:
        process = born(command, env=env)
    except OSError as error:
        raise Fault(f"{command[0]}: {error.strerror}", code=127) from error
    try:
        heed()
        code = process.wait()
    except Stop as stop:
        code = _end(process, stop.number)
    return code if code >= 0 else 128 - code


def _end(process: Popen, number: signal.Signals) -> int:
    """Pass the wish to end on. Ctrl-C at a terminal reached the command already, which may make of it what it likes."""
    if number == signal.SIGINT and sys.stdin.isatty():
        return process.wait()
    return ended(process, number, 30)
