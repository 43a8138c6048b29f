"""The measures, curves and weights to begin with: the full card, and the quick one (HS-01..06, HS-11). Pure."""

from dataclasses import replace
from decimal import Decimal

from health.rules.measure import LEFT_OUT, Dimension, Measure, curve

DIMENSIONS = (
    Dimension("adoption", Decimal("0.30")),
    Dimension("satisfaction", Decimal("0.25")),
    Dimension("outcomes", Decimal("0.20")),
    Dimension("relationship", Decimal("0.15")),
    Dimension("commercial", Decimal("0.10")),
)

_TELEMETRY = ("machines_running", "utilisation", "quality")
_SHARE = curve((0.5, 0), (0.8, 60), (0.95, 100))
_GROWTH = curve((0.5, 0), (0.9, 60), (1, 80), (1.1, 100))
_LAST_CONTACT = Measure(
    "last_contact", "relationship", "contact_moment", "days", 0, curve((30, 100), (90, 60), (180, 0)),
    Decimal("0.4"), higher_is_better=False, step=15,
)  # fmt: skip

MEASURES = (
    Measure(
        "machines_running", "adoption", "usage_reading", "ratio", 30,
        curve((0, 0), (0.5, 40), (0.8, 75), (0.95, 100)), Decimal("0.4"), fresh_days=30,
    ),
    Measure(
        "utilisation", "adoption", "usage_reading", "ratio", 90, curve((0, 0), (0.3, 40), (0.6, 80), (0.75, 100)),
        Decimal("0.4"), fresh_days=45,
    ),
    Measure(
        "quality", "adoption", "usage_reading", "ratio", 90, curve((0.8, 0), (0.9, 50), (0.98, 100)), Decimal("0.2"),
        fresh_days=45,
    ),
    Measure(
        "parts_rhythm", "adoption", "parts_order", "days", 0, curve((60, 100), (180, 70), (365, 20), (540, 0)),
        Decimal("0.5"), higher_is_better=False, step=30, instead_of=_TELEMETRY,
    ),
    Measure(
        "survey", "satisfaction", "survey_answer", "score", 365,
        curve((0, 0), (5, 30), (7, 65), (8, 80), (9, 100)), Decimal("0.3"), fresh_days=365,
    ),
    Measure(
        "open_critical", "satisfaction", "ticket", "count", 0, curve((0, 100), (1, 40), (3, 0)), Decimal("0.2"),
        higher_is_better=False,
    ),
    Measure("resolution_on_time", "satisfaction", "ticket", "ratio", 90, _SHARE, Decimal("0.2"), fresh_days=90),
    Measure(
        "sentiment", "satisfaction", "ticket", "ratio", 180, curve((0.4, 0), (0.7, 60), (0.95, 100)), Decimal("0.15"),
        fresh_days=180,
    ),
    Measure(
        "executive_contact", "satisfaction", "contact_moment", "days", 0, curve((90, 100), (180, 60), (365, 0)),
        Decimal("0.15"), higher_is_better=False, step=15,
    ),
    Measure(
        "roi_goals", "outcomes", "roi_record", "ratio", 0, curve((0, 0), (0.5, 60), (1, 100)), Decimal("0.6"),
        fresh_days=730,
    ),
    Measure(
        "output_against_before", "outcomes", "usage_reading", "ratio", 90,
        curve((0.6, 0), (0.9, 60), (1, 80), (1.1, 100)), Decimal("0.4"), fresh_days=45,
    ),
    Measure(
        "voices", "relationship", "contact_moment", "count", 180, curve((0, 0), (1, 40), (2, 75), (3, 100)),
        Decimal("0.3"),
    ),
    Measure("champion", "relationship", "contact", "count", 0, curve((0, 30), (1, 100)), Decimal("0.3")),
    _LAST_CONTACT,
    # Its last fact is the last day on which the judgement counts: it is stale the day after.
    Measure(
        "judgement", "relationship", "judgement", "points", 0, curve((0, 0), (100, 100)), Decimal("0.25"),
        fresh_days=0, no_data=LEFT_OUT,
    ),
    Measure("paid_on_time", "commercial", "ledger_entry", "ratio", 365, _SHARE, Decimal("0.4"), fresh_days=365),
    Measure("orders_growth", "commercial", "ledger_entry", "ratio", 365, _GROWTH, Decimal("0.3"), fresh_days=365),
    Measure(
        "has_contract", "commercial", "coverage", "ratio", 0, curve((0, 20), (0.5, 70), (1, 100)), Decimal("0.3")
    ),
)  # fmt: skip

QUICK_DIMENSIONS = (
    Dimension("satisfaction", Decimal("0.34")),
    Dimension("commercial", Decimal("0.33")),
    Dimension("relationship", Decimal("0.33")),
)
QUICK_MEASURES = (
    Measure(
        "support_tickets", "satisfaction", "ticket", "count", 90, curve((0, 100), (2, 80), (5, 40), (10, 0)),
        Decimal(1), higher_is_better=False,
    ),
    Measure(
        "recent_orders", "commercial", "parts_order", "days", 0, curve((90, 100), (180, 70), (365, 20), (540, 0)),
        Decimal(1), higher_is_better=False, step=30,
    ),
    replace(_LAST_CONTACT, weight=Decimal(1)),
)  # fmt: skip
