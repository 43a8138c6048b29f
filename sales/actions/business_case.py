"""Writing the business case of a deal down (EX-26, EX-45)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import User
from sales.models import BusinessCase, DealKind, Opportunity
from sales.rules.business_case import SOURCES, Inputs, to_json, wrong_in
from sales.words.business_case import INPUT_LABELS

KINDS = (DealKind.REPLACEMENT, DealKind.UPGRADE)


def save_case(
    *,
    opportunity: Opportunity,
    inputs: Inputs,
    sources: Mapping[str, str],
    by: User,
    on: date,
    capex_year: int | None = None,
    note: str = "",
) -> BusinessCase:
    """Keep what was said, each with its source; what was left out becomes unknown. ValidationError names what cannot
    be."""
    if opportunity.kind not in KINDS:
        raise ValidationError(_("Keep or replace is asked of a replacement or an upgrade."))
    if wrong := wrong_in(inputs):
        names = ", ".join(str(INPUT_LABELS[name]) for name in wrong)
        raise ValidationError(_("These figures cannot be: %(names)s. Look at them again.") % {"names": names})
    given = {name for name, value in asdict(inputs).items() if value is not None}
    if any(sources.get(name) not in SOURCES for name in given):
        raise ValidationError(_("Say of each figure where it comes from."))
    with audited(by=by, why="sales.save_case"):
        values = {
            "inputs": to_json(inputs),
            "sources": {name: sources[name] for name in sorted(given)},
            "capex_year": capex_year,
            "note": note.strip(),
            "changed_on": on,
            "changed_by": by,
        }
        row, _made = BusinessCase.objects.update_or_create(
            opportunity=opportunity, defaults=values, create_defaults=values | {"made_on": on}
        )
    return row
