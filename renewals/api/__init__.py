"""Renewals over REST."""

from renewals.api.horizon import RenewalHorizon
from renewals.api.quotes import RenewalQuotes
from renewals.api.renewals import OUTCOMES, Renewals
from renewals.api.value import RenewalValue

__all__ = ["OUTCOMES", "RenewalHorizon", "RenewalQuotes", "RenewalValue", "Renewals"]
