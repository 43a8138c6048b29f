"""Where an installation keeps its data and its sockets."""

import hashlib
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The path of a Unix socket must stay below 108 bytes, whatever the path of the data.
LONGEST_RUN = 80


class Fault(Exception):
    """Something a person can mend; the text is the sentence they read, `code` the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Place:
    """`var` holds data, logs and locks; `run` the sockets; `spare` what must not stay in a closed home directory."""

    var: Path
    run: Path
    spare: Path

    @classmethod
    def at(cls, var: str | Path | None = None) -> "Place":
        """The place that BOWTIE_VAR names, by default `var` in the project."""
        chosen = Path(var or os.environ.get("BOWTIE_VAR") or ROOT / "var").expanduser().resolve()
        name = "bowtie-" + hashlib.sha256(str(chosen).encode()).hexdigest()[:10]
        return cls(chosen, _short_temp() / name, Path("/var/tmp") / name)

    def prepare(self) -> None:
        """Make the folders; `Fault` where this user may not."""
        try:
            for folder in (self.var, self.logs, self.locks):
                folder.mkdir(parents=True, exist_ok=True)
            (self.locks / "probe").touch()
        except OSError as error:
            raise Fault(
                f"{self.var} cannot be written by this user ({error.strerror}). BOWTIE_VAR names another folder."
            ) from error

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def locks(self) -> Path:
        return self.var / "locks"

    def secret_key(self) -> str:
        """The key that signs sessions of this place, drawn once."""
        path = self.var / "secret_key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()


def _short_temp() -> Path:
    """The temp directory, or /tmp where that is long, odd in an address, or perhaps closed to the servers' user."""
    chosen = tempfile.gettempdir()
    plain = re.fullmatch(r"[\w./-]+", chosen) and len(chosen) <= LONGEST_RUN
    return Path(chosen if plain and os.geteuid() != 0 else "/tmp")


def own_folder(path: Path, *, uid: int, mode: int) -> Path:
    """Make a folder in a directory that everybody may write to, and refuse one that somebody else put there."""
    path.mkdir(mode=mode, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in (os.geteuid(), uid):
        raise Fault(f"{path} belongs to somebody else. Remove it, or name another folder with BOWTIE_VAR.")
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, uid, -1)
    return path
