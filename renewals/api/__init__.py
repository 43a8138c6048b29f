"""Renewals over REST."""

from renewals.api.quotes import RenewalQuotes
from renewals.api.renewals import OUTCOMES, Renewals
from renewals.api.value import RenewalValue

__all__ = ["OUTCOMES", "RenewalQuotes", "RenewalValue", "Renewals"]
