"""What a renewal is made of."""

from renewals.models.forecast import ForecastCategory, ForecastDay, ForecastTable, RenewalForecast
from renewals.models.quote import Quote, QuoteKind, QuoteLine, QuoteQuerySet, QuoteState, UpliftBasis
from renewals.models.renewal import Outcome, Renewal, RenewalQuerySet, Stage

__all__ = [
    "ForecastCategory",
    "ForecastDay",
    "ForecastTable",
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
