"""python -m bench --accounts 10000: build the base, time the goals, print them, write bench/last.json."""

import argparse
import os
import sys
import time
from pathlib import Path

LAST = Path(__file__).parent / "last.json"


def main() -> int:
    """0 when no fail line was crossed."""
    chosen = _arguments()
    # A figure is of the product as it is served: no debugging; its log is written, and read by nobody.
    os.environ.update(DJANGO_SETTINGS_MODULE="bowtie.settings", DEBUG="0", BOWTIE_SANDBOX="1")
    import django

    django.setup()
    from bench.run import run

    began = time.perf_counter()
    goals = run(chosen.accounts, only=set(chosen.only), keep=chosen.keep, reuse=chosen.reuse, path=LAST)
    print(f"{chosen.accounts:,} accounts, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 0 if all(goal.ok for goal in goals) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--accounts", type=_size, default=_size(os.environ.get("ACCOUNTS", "10000")))
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        metavar="PART",
        help="rest, health, day, pages, whitespace, importing, chances, memory",
    )
    parser.add_argument("--keep", action="store_true", help="leave the databases for a look")
    parser.add_argument("--reuse", action="store_true", help="measure the databases that --keep left, if any")
    return parser.parse_args()


def _size(text: str) -> int:
    size = int(text)
    if not 50 <= size <= 1_000_000:
        raise argparse.ArgumentTypeError("from 50 to 1,000,000 accounts")
    return size


if __name__ == "__main__":
    sys.exit(main())
