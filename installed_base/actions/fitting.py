"""Upgrade options on machines: fitted on a day, taken off again. History stands in the periods of the machine."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import User
from installed_base.models import Asset, AssetEvent, AssetPeriod, UpgradeOption
from installed_base.rules.options import fitted_names, key_of

Kind = UpgradeOption.Kind
# A new version or another product is an upgrade; what is built on is a retrofit.
_UPGRADES = (Kind.SOFTWARE, Kind.SUCCESSOR)


def fit_option(*, asset: Asset, option: UpgradeOption, fitted_on: date, by: User, on: date) -> Asset:
    """The option is on the machine from that day.

    Raises ValidationError for an option of other machines, one that is there already, and a day that cannot be.
    """
    with audited(by=by, why="installed_base.fit_option"):
        row: Asset = Asset.objects.select_for_update(of=("self",)).select_related("product").get(pk=asset.pk)
        _check(row, option, fitted_on, on)
        names = [*_names(row), option.name]
        _write(row, names, fitted_on)
        kind = AssetEvent.Kind.UPGRADED if option.kind in _UPGRADES else AssetEvent.Kind.RETROFITTED
        event, made = AssetEvent.objects.get_or_create(
            asset=row, kind=kind, on=fitted_on, defaults={"note": option.name, "by": by, "known_on": on}
        )
        if not made:
            event.note = ", ".join(filter(None, [event.note, option.name]))
            event.save(update_fields=["note"])
    return row


def take_off_option(*, asset: Asset, option: UpgradeOption, by: User, on: date) -> Asset:
    """The option is no longer on the machine, from today. Raises ValidationError where it is not."""
    with audited(by=by, why="installed_base.take_off_option"):
        row: Asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
        kept = [name for name in _names(row) if key_of(name) != key_of(option.name)]
        if len(kept) == len(_names(row)):
            raise ValidationError(_("This option is not on the machine."))
        _write(row, kept, on)
    return row


def _check(row: Asset, option: UpgradeOption, fitted_on: date, on: date) -> None:
    product = row.product
    of_product = option.product_id is not None and option.product_id == row.product_id
    of_family = option.family_id is not None and product is not None and option.family_id == product.family_id
    if not (of_product or of_family):
        raise ValidationError(_("This option is made for other machines."))
    if key_of(option.name) in fitted_names(row.configuration.get("options")):
        raise ValidationError(_("This option is on the machine already."))
    if fitted_on > on:
        raise ValidationError(_("That day has not come yet; choose today or earlier."))
    if row.installed_on and fitted_on < row.installed_on:
        raise ValidationError(_("That lies before the machine was installed."))
    began = AssetPeriod.objects.filter(asset=row, valid_to__isnull=True).values_list("valid_from", flat=True).first()
    if began and fitted_on < began:
        raise ValidationError(
            _("Something of the machine changed after that day, on %(day)s; choose that day or a later one.")
            % {"day": began}
        )


def _names(row: Asset) -> list[Any]:
    """The names as they stand, each on its own."""
    options = row.configuration.get("options", [])
    if isinstance(options, str):
        return sorted(fitted_names(options))
    return list(options) if isinstance(options, list) else []


def _write(row: Asset, names: list[Any], since: date) -> None:
    row.configuration = row.configuration | {"options": names}
    row.save(update_fields=["configuration"])
    keep(AssetPeriod, [row.pk], on=since)
    touch("asset", [row.pk], since=since, account_of={row.pk: row.account_id})
