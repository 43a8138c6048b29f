"""Renewals over REST."""

from renewals.api.renewals import OUTCOMES, Renewals
from renewals.api.value import RenewalValue

__all__ = ["OUTCOMES", "RenewalValue", "Renewals"]
