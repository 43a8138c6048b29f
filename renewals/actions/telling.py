"""What the outbox says of the end of a renewal: renewal.won, renewal.lost, and the quieter ends."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F

from core.actions import post
from core.models import Outbox
from renewals.models import Outcome, Renewal

KINDS = {
    Outcome.RENEWED: "renewal.won",
    Outcome.LOST: "renewal.lost",
    Outcome.LET_GO: "renewal.let_go",
    Outcome.CLOSED: "renewal.closed",
}
REOPENED = "renewal.reopened"
# Nobody is written to: the message is there for whoever listens to the events of the house.
EVENTS = "events"


def tell_outcomes(ids: Iterable[int], *, on: date, by: int | None) -> None:
    """Tell how these renewals ended, in the caller's transaction. The owner is written to unless they decided it.

    What the day closes and opens and closes again on one date is told once.
    """
    post(_message(row, KINDS[Outcome(row["outcome"])], on, by) for row in _rows(ids))


def tell_reopened(renewal: int, *, on: date, by: int) -> None:
    """Tell that a decision was taken back."""
    post(_message(row, REOPENED, on, by) for row in _rows([renewal]))


def _rows(ids: Iterable[int]) -> Any:
    """Bare rows: what the payload says, and whose renewal it is."""
    return (
        Renewal._base_manager.filter(pk__in=list(ids))
        .order_by("pk")
        .values(
            "pk",
            "version",
            "review",
            "account_id",
            "term_id",
            "owner_id",
            "outcome",
            "reason",
            "decides_on",
            contract_id=F("term__contract_id"),
            value=F("annual_value_reporting"),
            person=F("owner__user_id"),
        )
    )


def _message(row: dict[str, Any], kind: str, on: date, by: int | None) -> Outbox:
    value = row["value"]
    payload = {
        "renewal": row["pk"],
        "review": row["review"],
        "term": row["term_id"],
        "contract": row["contract_id"],
        "account": row["account_id"],
        "owner": row["owner_id"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "annual_value_reporting": None if value is None else str(value),
        "decides_on": row["decides_on"].isoformat(),
        "on": on.isoformat(),
        "by": by,
    }
    own = by is not None and by == row["person"]
    return Outbox(
        dedupe_key=f"{kind}:{row['pk']}:{row['version']}:{on.isoformat()}",
        kind=kind,
        subject_kind="renewal",
        subject_id=row["pk"],
        destination=EVENTS if own else f"owner:{row['owner_id']}",
        payload=payload,
    )
