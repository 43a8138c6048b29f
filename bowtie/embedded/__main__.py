"""The command line: `python -m bowtie.embedded demo | exec -- COMMAND | up`."""

import argparse
import sys

from bowtie.embedded.command import execute, keep_up
from bowtie.embedded.demo import demo
from bowtie.embedded.place import Fault, Place
from bowtie.embedded.processes import Stop, stoppable


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bowtie.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="action", required=True)
    shown = commands.add_parser("demo", help="serve the demo until Ctrl-C")
    shown.add_argument("--reset", action="store_true", help="start over with an empty database")
    commands.add_parser("up", help="keep the servers up until Ctrl-C and print their addresses")
    single = commands.add_parser("exec", help="run one command with the servers up and pass its exit code on")
    single.add_argument("--bare", action="store_true", help="leave a new database without tables")
    single.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


def _command(parser: argparse.ArgumentParser, words: list[str]) -> list[str]:
    rest = words[1:] if words[:1] == ["--"] else words
    if not rest:
        parser.error("exec needs a command: exec -- COMMAND")
    return rest


def _perform(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> int:
    place = Place.at()
    if chosen.action == "demo":
        return demo(place, reset=chosen.reset)
    if chosen.action == "up":
        return keep_up(place)
    return execute(place, _command(parser, chosen.command), bare=chosen.bare)


def main() -> int:
    """Run one action; a fault is a sentence on stderr and its exit code."""
    parser = _parser()
    chosen = parser.parse_args()
    with stoppable():
        try:
            return _perform(parser, chosen)
        except Fault as fault:
            print(fault, file=sys.stderr)
            return fault.code
        except Stop:
            return 130


if __name__ == "__main__":
    sys.exit(main())
