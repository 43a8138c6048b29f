"""The columns of the queue in a file."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from renewals.queries.rows import NAMES, Row

HEAD = (
    _("Bucket"),
    _("Account"),
    _("City"),
    _("Country"),
    _("Segment"),
    _("Contract"),
    _("Level"),
    _("Ends on"),
    _("Decides on"),
    _("Days left"),
    _("Annual value"),
    _("Currency"),
    _("Health"),
    _("Score"),
    _("Change in a year"),
    _("Stage"),
    _("Next step"),
    _("On"),
    _("Owner"),
    _("Snoozed until"),
    _("Outcome"),
    _("Reason"),
)


def line_of(row: Row, currency: str) -> tuple[Any, ...]:
    """One renewal as a line under HEAD; health unknown is an empty cell, not a colour."""
    return (
        str(NAMES[row.bucket]),
        row.account,
        row.city,
        row.country,
        row.segment,
        row.number,
        row.level,
        row.ends_on,
        row.decides_on,
        row.days,
        row.value,
        currency,
        "" if row.tier.value == "unknown" else row.tier.value,
        row.score,
        row.change,
        row.stage_label,
        row.next_step,
        row.next_step_on,
        row.owner_name,
        row.snoozed_until if row.snoozed else None,
        row.outcome_label,
        row.reason_label,
    )
