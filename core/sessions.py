"""Sessions in the database, read together with their person (core.opening)."""

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from core import opening
from core.models import Session


class SessionStore(db.SessionStore):
    """Django's own store on a table that knows whose session it is."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY)
        return row

    def _get_session_from_db(self) -> Session | None:
        found = opening.session(self.session_key or "")
        if found is None:
            self._session_key = None
        return found
