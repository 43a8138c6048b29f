"""The installed base, to be read; contact moments and events, to be written down as well."""

from installed_base.api.accounts import Accounts
from installed_base.api.assets import Assets
from installed_base.api.contracts import Contracts
from installed_base.api.events import AccountEvents
from installed_base.api.moments import Moments
from installed_base.api.options import UpgradeOptions
from installed_base.api.parts import PartsStatements
from installed_base.api.promises import Promises
from installed_base.api.results import ResultCalculator, Results
from installed_base.api.service import Tickets, Visits
from installed_base.api.training import Trainings
from installed_base.api.usage import Readings

__all__ = [
    "AccountEvents",
    "Accounts",
    "Assets",
    "Contracts",
    "Moments",
    "PartsStatements",
    "Promises",
    "Readings",
    "ResultCalculator",
    "Results",
    "Tickets",
    "Trainings",
    "UpgradeOptions",
    "Visits",
]
