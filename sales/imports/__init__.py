"""What sales takes from files: deals, their people and targets, and the left of the bowtie."""

from core.importing.entities import Kind, register, register_resolver
from installed_base.imports.machines import PRODUCT
from installed_base.imports.parties import ACCOUNT
from sales.imports.inflow import LEAD, LEAD_SOURCE, SPEND, TOUCH, sources_named
from sales.imports.opportunity import OPPORTUNITY
from sales.imports.stakeholder import STAKEHOLDER
from sales.imports.target import TARGET


def register_kinds() -> None:
    """Make the kinds known to the import engine. Called from apps.py."""
    register_resolver("lead_source", sources_named)
    register(Kind("opportunities", chain=(OPPORTUNITY,), sides=(ACCOUNT, PRODUCT)))
    register(Kind("stakeholders", chain=(STAKEHOLDER,)))
    register(Kind("lead_sources", chain=(LEAD_SOURCE,), sides=(ACCOUNT,)))
    register(Kind("leads", chain=(LEAD,), sides=(ACCOUNT, PRODUCT)))
    register(Kind("touches", chain=(TOUCH,)))
    register(Kind("spend", chain=(SPEND,)))
    register(Kind("targets", chain=(TARGET,)))
