"""Renewals over REST."""

from renewals.api.renewals import OUTCOMES, Renewals

__all__ = ["OUTCOMES", "Renewals"]
