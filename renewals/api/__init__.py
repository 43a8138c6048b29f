"""Renewals over REST."""

from renewals.api.quotes import RenewalQuotes
from renewals.api.renewals import OUTCOMES, Renewals

__all__ = ["OUTCOMES", "RenewalQuotes", "Renewals"]
