"""What the demo knows of its database: whether its tables are up to date, and whether filling it came to an end."""

import hashlib
import json
from typing import Any

import environ
import psycopg2

from bowtie.embedded.place import ROOT


class Database:
    """The database of the demo. `ours` tells our own one, which may carry a note and may be emptied."""

    def __init__(self, url: str, *, ours: bool) -> None:
        named = environ.Env.db_url_config(url)
        keys = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        self.target = {keys[key]: named[key] for key in keys if named.get(key)}
        self.ours = ours

    def has_tables(self) -> bool:
        """Somebody made tables here, perhaps not all of them."""
        return bool(self._ask("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')"))

    def has_people(self) -> bool:
        """Somebody has an account here."""
        return bool(self._ask("SELECT EXISTS (SELECT 1 FROM core_user)"))

    def note(self) -> dict[str, Any]:
        """What an earlier start wrote down; a comment on the database, so that it lives and dies with the data."""
        if not self.ours:
            return {}
        text = self._ask(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        return json.loads(text) if text else {}

    def write_down(self, **values: object) -> None:
        """Add to the note."""
        if self.ours:
            text = json.dumps(self.note() | values)
            name = self.target["dbname"].replace('"', '""')
            self._ask(f'COMMENT ON DATABASE "{name}" IS %s', text)

    def empty(self) -> None:
        """Throw every table away."""
        self._ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def _ask(self, question: str, *values: str) -> Any:
        connection = psycopg2.connect(**self.target)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values or None)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None
        finally:
            connection.close()


def tables_wanted() -> str:
    """A fingerprint of all migrations, ours by content and those of libraries by their pinned versions."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
