"""What a renewal is made of."""

from renewals.models.renewal import Outcome, Renewal, RenewalQuerySet, Stage

__all__ = ["Outcome", "Renewal", "RenewalQuerySet", "Stage"]
