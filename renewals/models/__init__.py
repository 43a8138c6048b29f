"""What a renewal is made of."""

from renewals.models.quote import Quote, QuoteKind, QuoteLine, QuoteQuerySet, QuoteState, UpliftBasis
from renewals.models.renewal import Outcome, Renewal, RenewalQuerySet, Stage

__all__ = [
    "Outcome",
    "Quote",
    "QuoteKind",
    "QuoteLine",
    "QuoteQuerySet",
    "QuoteState",
    "Renewal",
    "RenewalQuerySet",
    "Stage",
    "UpliftBasis",
]
