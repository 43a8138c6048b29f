"""The organisation that uses the product, and the rates at which it reads foreign money."""

from django.db import models


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def ours(self) -> "Organisation":
        """The one organisation of this installation; unsaved defaults before it was named."""
        return self.first() or Organisation(pk=1)


class Organisation(models.Model):
    """One row: who we are, and the currency in which every sum is reported."""

    name = models.CharField(max_length=120, default="Bowtie")
    reporting_currency = models.CharField(max_length=3, default="EUR")
    country = models.CharField(max_length=2, default="NL")
    language = models.CharField(max_length=5, default="en")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="organisation_is_one")]

    def __str__(self) -> str:
        return self.name


class ExchangeRate(models.Model):
    """`rate` units of the reporting currency for one unit of `currency`, from `on` until the next rate."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="exchange_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
        ]
