"""Machines on order: sold, promised for a day, installed; the old machine goes out on that day (CV-01, EX-45)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import Organisation, User
from installed_base.actions.delivery_plans import begin_deliveries
from installed_base.models import (
    Account,
    Asset,
    AssetEvent,
    AssetPeriod,
    AssetSuccession,
    Coverage,
    CoveragePeriod,
    LedgerEntry,
    MachineOrder,
    Product,
    Site,
    UsageReading,
)
from installed_base.models.assets import ON_ORDER

REPLACED = "replaced"
DAY = timedelta(days=1)


class OrderRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def order_machine(
    *,
    account: Account,
    product: Product,
    ordered_on: date,
    promised_on: date,
    by: User,
    on: date,
    site: Site | None = None,
    price: Decimal | None = None,
    replaces: Asset | None = None,
    number: str = "",
) -> Asset:
    """A machine was sold and is to be installed by `promised_on`. Until it is it is not in service, however late.

    Its delivery is planned; `number` is that of the order.

    `price` is in the reporting currency. `replaces` is the machine whose place it takes: that one goes out on the day
    this one is installed. Raises OrderRefused for days that cannot be, and for machines of another account.
    """
    _refuse_if(ordered_on > on, _("The day of the order has not come yet; choose today or earlier."))
    _refuse_if(promised_on < ordered_on, _("It cannot be promised for a day before it was ordered."))
    _refuse_if(site is not None and site.account_id != account.pk, _("This place belongs to another account."))
    with audited(by=by, why="installed_base.order_machine"):
        if replaces is not None:
            _check_replaced(replaces, account)
        row = Asset.objects.create(
            account=account,
            site=site or (replaces.site if replaces else None),
            product=product,
            name=product.name,
            ordered_on=ordered_on,
            promised_on=promised_on,
            first_evidence_on=ON_ORDER,
            price=price,
            currency=Organisation.objects.ours().reporting_currency if price is not None else "",
            price_reporting=price,
            technician=replaces.technician if replaces else None,
            known_on=on,
        )
        if replaces is not None:
            AssetSuccession.objects.create(asset=replaces, successor=row, known_on=on)
        keep(AssetPeriod, [row.pk], on=on)
        begin_deliveries(assets=[row], number=number, by=by, on=on)
        _touch([row], on)
    return row


def _check_replaced(old: Asset, account: Account) -> None:
    _refuse_if(old.account_id != account.pk, _("%(machine)s does not stand at this account.") % {"machine": old})
    _refuse_if(old.taken_out_on is not None, _("%(machine)s is no longer in service.") % {"machine": old})
    taken = AssetSuccession.objects.filter(asset=old).exists()
    _refuse_if(taken, _("%(machine)s is being replaced by another machine already.") % {"machine": old})


def why_not_withdrawn(asset: Asset) -> str:
    """Why an order can no longer be taken back, as a sentence; empty while nothing has happened to it."""
    words = {"machine": asset.product or asset}
    if asset.delivered_on or asset.installed_on or asset.went_live_on:
        return _("%(machine)s was delivered or installed already.") % words
    if MachineOrder.objects.filter(asset=asset, built_on__isnull=False).exists():
        return _("%(machine)s was built already.") % words
    if asset.serial or asset.source:
        return _("%(machine)s has a serial or came from another system: it is being built.") % words
    if LedgerEntry.objects.filter(asset=asset, state=LedgerEntry.State.POSTED).exists():
        return _("%(machine)s was invoiced already.") % words
    if _is_used(asset):
        return _("Tickets, visits, coverage, promises or other facts stand on %(machine)s.") % words
    return ""


def _is_used(asset: Asset) -> bool:
    names = ("tickets", "visits", "coverages", "parts_order_lines", "trainings", "promises", "events", "parts")
    return any(getattr(asset, name).exists() for name in names) or UsageReading.objects.filter(asset=asset).exists()


def withdraw_order(*, asset: Asset, by: Any, on: date) -> None:
    """The machine was not ordered after all: it goes, with its planned invoices. Refused once something happened."""
    with audited(by=by, why="installed_base.withdraw_order"):
        row = Asset.objects.select_for_update(of=("self",)).select_related("product").get(pk=asset.pk)
        why = why_not_withdrawn(row)
        _refuse_if(bool(why), why)
        LedgerEntry.objects.filter(asset=row, state=LedgerEntry.State.PLANNED).delete()
        _touch([row], row.known_on)
        row.delete()


def promise_installation(*, asset: Asset, promised_on: date, by: Any, on: date) -> None:
    """Another day is promised for a machine that is not there yet."""
    with audited(by=by, why="installed_base.promise_installation"):
        row = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
        _refuse_if(row.installed_on is not None, _("%(machine)s is installed already.") % {"machine": row})
        if row.promised_on == promised_on:
            return
        row.promised_on = promised_on
        row.save(update_fields=["promised_on"])
        _touch([row], min(on, promised_on))


def record_installation(*, asset: int, installed_on: date, by: User, on: date, serial: str = "") -> Asset:
    """The machine stands: it is in service from that day, and the machine it replaces no longer is.

    Raises OrderRefused for a day that cannot be; Asset.DoesNotExist for a machine whose coming `by` may not record.
    """
    _refuse_if(installed_on > on, _("That day has not come yet; choose today or earlier."))
    with audited(by=by, why="installed_base.record_installation"):
        row: Asset = Asset.objects.deliverable_by(by).select_for_update(of=("self",)).get(pk=asset)
        _refuse_if(row.installed_on is not None, _("%(machine)s is installed already.") % {"machine": row})
        early = row.ordered_on is not None and installed_on < row.ordered_on
        _refuse_if(early, _("It cannot be installed before it was ordered."))
        _refuse_if(
            row.delivered_on is not None and installed_on < row.delivered_on,
            _("It cannot be installed before it was delivered, on %(day)s.") % {"day": row.delivered_on},
        )
        row.installed_on = row.first_evidence_on = installed_on
        check_serial(row, serial)
        row.serial = serial.strip() or row.serial
        row.save(update_fields=["installed_on", "first_evidence_on", "serial"])
        AssetEvent.objects.get_or_create(
            asset=row, kind=AssetEvent.Kind.INSTALLED, on=installed_on, defaults={"by": by, "known_on": on}
        )
        _touch([row], min(on, installed_on))
        take_out_replaced(successors=[row.pk], by=by, on=on)
    return row


def check_serial(asset: Asset, serial: str) -> None:
    """Refuse a serial under which another machine of the product is known."""
    known = Asset.objects.filter(product=asset.product_id, serial=serial.strip()).exclude(pk=asset.pk)
    taken = bool(serial.strip()) and known.exists()
    _refuse_if(taken, _("Another machine has the serial number %(serial)s.") % {"serial": serial.strip()})


def take_out_replaced(*, successors: Iterable[int], by: Any, on: date) -> int:
    """Machines whose successor stands go out on the day it was installed; how many. Those that went before stay so.

    Their cover ends the day before they go; the event that tells of it names the contracts (G-02, G-06).
    """
    links = AssetSuccession.objects.select_related("asset", "successor").filter(
        successor__in=list(successors), successor__installed_on__isnull=False, asset__taken_out_on__isnull=True
    )
    old = [_taken_out(link) for link in links]
    if old:
        with audited(by=by, why="installed_base.take_out_replaced"):
            Asset.objects.bulk_update(old, ["taken_out_on", "taken_out_reason"])
            ended = _end_cover(old, on)
            AssetEvent.objects.bulk_create(
                [
                    AssetEvent(
                        asset=row,
                        kind=AssetEvent.Kind.TAKEN_OUT,
                        on=row.taken_out_on or on,
                        by=by if isinstance(by, User) else None,
                        known_on=on,
                        note=ended.get(row.pk, ""),
                    )
                    for row in old
                ],
                ignore_conflicts=True,
            )
            _touch(old, min(row.taken_out_on or on for row in old))
    return len(old)


def _taken_out(link: AssetSuccession) -> Asset:
    row, day = link.asset, link.successor.installed_on
    row.taken_out_on = max(day, row.installed_on) if day and row.installed_on else day
    row.taken_out_reason = REPLACED
    return row


def _end_cover(gone: Sequence[Asset], on: date) -> dict[int, str]:
    """End the lines that cover these machines the day before they go, keeping how they stood; the contracts by machine.

    A line that begins later covers nothing: the machine is not in service, and the next term leaves it out.
    """
    last = {row.pk: row.taken_out_on - DAY for row in gone if row.taken_out_on}
    lines = [
        line
        for line in Coverage.objects.filter(asset__in=last).select_related("term__contract").order_by("pk")
        if line.starts_on <= last[line.asset_id] and (line.ends_on is None or line.ends_on > last[line.asset_id])
    ]
    for line in lines:
        line.ends_on = last[line.asset_id]
    Coverage.objects.bulk_update(lines, ["ends_on"])
    keep(CoveragePeriod, [line.pk for line in lines], on=on)
    if lines:
        accounts = {line.term_id: line.term.contract.account_id for line in lines}
        since, of = min(last.values()), {line.pk: accounts[line.term_id] for line in lines}
        touch("term", list(accounts), since=since, account_of=accounts)
        touch("coverage", list(of), since=since, account_of=of)
    contracts: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        contracts[line.asset_id].append(str(line.term.contract))
    return {pk: _("No longer covered by %(contracts)s.") % {"contracts": ", ".join(n)} for pk, n in contracts.items()}


def _touch(rows: list[Asset], since: date) -> None:
    touch("asset", [r.pk for r in rows], since=since, account_of={r.pk: r.account_id for r in rows})


def _refuse_if(wrong: bool, sentence: str) -> None:
    if wrong:
        raise OrderRefused(sentence)
