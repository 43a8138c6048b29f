"""What an installation in production refuses to start with, a sentence each. Values come in; nothing is read here."""

from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST_KEY = 50
FEWEST_LETTERS = 5


@dataclass(frozen=True)
class Chosen:
    """The settings that decide whether it is safe to serve."""

    secret_key: str
    default_key: str
    debug: bool
    hosts: Sequence[str]
    sandbox: bool
    mails_to: str


def refusals(chosen: Chosen) -> list[str]:
    """Why production must not start; empty when it may."""
    troubles = {
        "DEBUG is on: it shows settings and source to everybody. Take DEBUG away.": chosen.debug,
        "BOWTIE_SANDBOX is on: anybody may sign in as a demo person and move the clock. Take it away.": chosen.sandbox,
        "ALLOWED_HOSTS contains *: any name would be believed. List the names of this installation.": (
            "*" in chosen.hosts
        ),
        "ALLOWED_HOSTS is empty: list the names under which this installation is reached.": not chosen.hosts,
        "EMAIL_URL is not set: mails would go into the log. smtp+tls://user:password@host:587 sends them, "
        "dummymail:// says that none shall be sent.": chosen.mails_to.endswith("console.EmailBackend"),
    }
    return _of_key(chosen) + [sentence for sentence, found in troubles.items() if found]


def _of_key(chosen: Chosen) -> list[str]:
    key = chosen.secret_key
    if key == chosen.default_key:
        return ["SECRET_KEY is the public default: whoever knows it can sign in as anybody. Set one of your own."]
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS:
        return [f"SECRET_KEY can be guessed: it needs {SHORTEST_KEY} characters, as many different ones as possible."]
    return []


def in_words(troubles: Sequence[str]) -> str:
    """What an operator reads instead of a running installation."""
    return "\n".join(["Bowtie does not start:", *(f"- {sentence}" for sentence in troubles)])
