from installed_base.models.accounts import (
    Account,
    AccountExternalId,
    AccountMember,
    AccountPeriod,
    Contact,
    ContactPeriod,
    Site,
)
from installed_base.models.assets import Asset, AssetEvent, AssetPeriod, AssetSuccession
from installed_base.models.contracts import (
    Contract,
    Coverage,
    CoveragePeriod,
    Level,
    Term,
    TermPeriod,
    TermSuccession,
)
from installed_base.models.deliveries import DeliveryStep, DeliveryStepKind, MachineOrder, Replanning
from installed_base.models.events import AccountEvent
from installed_base.models.orders import LedgerEntry, PartsOrder, PartsOrderLine
from installed_base.models.parts import PartsStatement
from installed_base.models.products import Product, ProductFamily, ProductLine, UpgradeOption
from installed_base.models.promises import Promise
from installed_base.models.relations import ContactMoment, RoiRecord
from installed_base.models.segments import SegmentChoice, StrategicMark
from installed_base.models.service import Severity, Ticket, TicketPeriod, Visit
from installed_base.models.training import Training
from installed_base.models.usage import UsageReading

__all__ = [
    "Account",
    "AccountEvent",
    "AccountExternalId",
    "AccountMember",
    "AccountPeriod",
    "Asset",
    "AssetEvent",
    "AssetPeriod",
    "AssetSuccession",
    "Contact",
    "ContactMoment",
    "ContactPeriod",
    "Contract",
    "Coverage",
    "CoveragePeriod",
    "DeliveryStep",
    "DeliveryStepKind",
    "LedgerEntry",
    "Level",
    "MachineOrder",
    "PartsOrder",
    "PartsOrderLine",
    "PartsStatement",
    "Product",
    "ProductFamily",
    "ProductLine",
    "Promise",
    "Replanning",
    "RoiRecord",
    "SegmentChoice",
    "Severity",
    "Site",
    "StrategicMark",
    "Term",
    "TermPeriod",
    "TermSuccession",
    "Ticket",
    "TicketPeriod",
    "Training",
    "UpgradeOption",
    "UsageReading",
    "Visit",
]
