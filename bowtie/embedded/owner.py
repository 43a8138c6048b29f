"""As whom the servers run, and whether that user can reach programs and data.

PostgreSQL refuses to run as root; then it runs as the owner of its data, by default `nobody`. No user is created and no
permission of an existing folder is changed: what `nobody` cannot reach is copied to a folder that it can.
"""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from bowtie.embedded.place import Fault, Place, own_folder
from bowtie.embedded.processes import as_user

NOBODY = 65534


def server_uid(data: Path) -> int | None:
    """The user to change to, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        owner = data.stat().st_uid
    except OSError:
        owner = 0
    return owner or _nobody()


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY


def reaches(path: Path, uid: int | None) -> bool:
    """Whether that user may run the file or enter the folder."""
    if uid is None:
        return os.access(path, os.X_OK)
    try:
        asked = subprocess.run(["test", "-x", str(path)], cwd="/", check=False, **as_user(uid))
    except PermissionError as error:
        raise Fault(
            "PostgreSQL does not run as root, and this machine does not let root become another user. "
            "Run as an ordinary user, or name servers with DATABASE_URL and REDIS_URL."
        ) from error
    return bool(asked.returncode == 0)


def data_home(place: Place) -> Path:
    """The folder that holds the database: `var`, or a spare one when the servers' user cannot enter `var`."""
    kept = place.spare / "pg"
    if os.geteuid() == 0 and kept.exists() and place.spare.stat().st_uid == 0:
        return place.spare
    if reaches(place.var, server_uid(place.var / "pg")):
        return place.var
    return own_folder(place.spare, uid=os.geteuid(), mode=0o755)


def package_folder(name: str, variable: str) -> Path:
    """The folder of an installed package with programs in it; the package itself is not imported."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise Fault(f"{name} is not installed (`make setup` does that). Or name a running server with {variable}.")
    return Path(found.origin).resolve().parent


def reachable(program: Path, place: Place, uid: int | None, *, package: Path, version: str) -> Path:
    """The program itself, or its copy when the servers' user cannot reach it."""
    if reaches(program, uid):
        return program
    folder = own_folder(place.spare, uid=os.geteuid(), mode=0o755)
    copy = folder / f"{package.name}-{version}"
    if not copy.exists():
        _copy(package, copy)
    return copy / program.relative_to(package.parent)


def _copy(package: Path, target: Path) -> None:
    half = target.with_name(target.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    for source in (package, package.with_name(package.name + ".libs")):
        if source.exists():
            shutil.copytree(
                source, half / source.name, ignore=shutil.ignore_patterns("*.a", "pginstall", "include", "__pycache__")
            )
    for folder, _, _ in os.walk(half):
        Path(folder).chmod(0o755)
    half.rename(target)
