"""The installed base, to be read."""

from installed_base.api.accounts import Accounts
from installed_base.api.assets import Assets
from installed_base.api.contracts import Contracts

__all__ = ["Accounts", "Assets", "Contracts"]
