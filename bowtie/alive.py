"""`python -m bowtie.alive web | worker | beat`: what a container engine asks. Exit code 0, or 1 with a sentence.

The web must be ready; worker and beat leave a mark, in the folder that BOWTIE_MARKS names, whenever they have spoken to
the broker. A mark holds the seconds since the machine started, so no change of the clock makes it old or young.
"""

import http.client
import os
import sys
import time
from pathlib import Path

# Seconds. The worker's heart beats every other second; beat sends the relay's bell every minute.
OLDEST = {"worker": 60.0, "beat": 180.0}


def mark(role: str) -> None:
    """Say that this process has just reached the broker."""
    if folder := os.environ.get("BOWTIE_MARKS"):
        path = _path(folder, role)
        path.with_suffix(".new").write_text(str(time.monotonic()))
        path.with_suffix(".new").replace(path)


def trouble(role: str) -> str:
    """Why that process is not well, or nothing."""
    return _web() if role == "web" else _silence(role)


def _path(folder: str, role: str) -> Path:
    return Path(folder) / f"bowtie-{role}.mark"


def _silence(role: str) -> str:
    path = _path(os.environ.get("BOWTIE_MARKS", "/tmp"), role)
    try:
        seconds = time.monotonic() - float(path.read_text())
    except (OSError, ValueError):
        return f"The {role} has not reached the broker yet."
    return f"The {role} reached the broker {seconds:.0f} s ago." if seconds > OLDEST[role] else ""


def _web() -> str:
    host, _, port = os.environ.get("BOWTIE_BIND", "0.0.0.0:8000").rpartition(":")
    asking = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, int(port), timeout=5)
    try:
        asking.request("GET", "/readyz")
        answer = asking.getresponse()
        told = answer.read().decode()
    except OSError as error:
        return f"The web does not answer: {error}"
    finally:
        asking.close()
    return "" if answer.status == 200 else told


def main(words: list[str]) -> int:
    """The command line."""
    if len(words) != 1 or words[0] not in ("web", *OLDEST):
        print("usage: python -m bowtie.alive web | worker | beat", file=sys.stderr)
        return 2
    found = trouble(words[0])
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
