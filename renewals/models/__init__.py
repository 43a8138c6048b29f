"""What a renewal is made of."""

from renewals.models.forecast import ForecastCategory, ForecastDay, RenewalForecast
from renewals.models.quote import Quote, QuoteKind, QuoteLine, QuoteQuerySet, QuoteState, UpliftBasis
from renewals.models.renewal import Outcome, Renewal, RenewalQuerySet, Stage

__all__ = [
    "ForecastCategory",
    "ForecastDay",
    "Outcome",
    "Quote",
    "QuoteKind",
    "QuoteLine",
    "QuoteQuerySet",
    "QuoteState",
    "Renewal",
    "RenewalForecast",
    "RenewalQuerySet",
    "Stage",
    "UpliftBasis",
]
