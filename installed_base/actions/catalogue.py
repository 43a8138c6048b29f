"""The catalogue of upgrade options, by those who set policy (EX-31)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Organisation, User
from installed_base.models import Asset, Product, ProductFamily, UpgradeOption

MOST_WORDS = 20


def save_option(
    *,
    name: str,
    kind: str,
    by: User,
    on: date,
    option: UpgradeOption | None = None,
    product: Product | None = None,
    family: ProductFamily | None = None,
    offered_from: date | None = None,
    price: Decimal | None = None,
    prevents: Iterable[str] = (),
) -> UpgradeOption:
    """Add an option, or change the one given. The price is in the reporting currency.

    Raises ValidationError unless exactly one of product and family is given, and for a name that is taken.
    """
    if (product is None) == (family is None):
        raise ValidationError(_("Choose either a product or a whole family."))
    if kind not in UpgradeOption.Kind.values:
        raise ValidationError(_("Choose which kind of option it is."))
    words = list(dict.fromkeys(word.strip() for word in prevents if word.strip()))[:MOST_WORDS]
    with audited(by=by, why="installed_base.save_option"):
        row = option or UpgradeOption(known_on=on)
        row.product, row.family, row.name, row.kind = product, family, name.strip(), kind
        row.offered_from, row.prevents, row.price = offered_from, words, price
        row.currency = Organisation.objects.ours().reporting_currency if price is not None else ""
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as taken:
            raise ValidationError(_("There is an option of this name for these machines already.")) from taken
        _touch(row, on)
    return row


def _touch(row: UpgradeOption, on: date) -> None:
    """What rules say of its machines may change."""
    here = Asset._base_manager.filter(product=row.product_id) if row.product_id else Asset._base_manager.filter(
        product__family=row.family_id
    )  # fmt: skip
    found = dict(here.values_list("pk", "account_id"))
    touch("asset", found, since=on, account_of=found)
