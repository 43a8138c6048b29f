"""What is on record of a customer over a year, for the statement of value (RN-07). Five questions."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from core.calendar import add_months
from installed_base.metrics.service import day_begins
from installed_base.models import Account, Asset, PartsOrder, Ticket, Visit
from renewals.rules.value import MachineFact, OrderFact, TicketFact, VisitFact, YearFacts


def year_of(account: int, user: Any, on: date) -> YearFacts:
    """The twelve months to `on` of this account, as far as the user may see it."""
    return facts_between(account, user, add_months(on, -12) + timedelta(days=1), on)


def facts_between(account: int, user: Any, first: date, on: date) -> YearFacts:
    """The same of any stretch of days, both included."""
    kept = _kept(account, user, on)
    return YearFacts(
        first=first,
        on=on,
        tickets=_tickets(account, user, first, on),
        visits=_visits(account, user, first, on),
        orders=_orders(account, user, first, on),
        machines=_machines(account, user, first, on),
        keeps_tickets=bool(kept and kept.tickets_kept),
        keeps_visits=bool(kept and kept.visits_kept),
        keeps_orders=bool(kept and kept.orders_kept),
    )


def _kept(account: int, user: Any, on: date) -> Any:
    """Whether anything of each kind was ever recorded of this customer by the date."""
    mine = {"account": OuterRef("pk")}
    ended = day_begins(on + timedelta(days=1))
    found = Account.objects.visible_to(user).filter(pk=account)
    return found.annotate(
        tickets_kept=Exists(Ticket._base_manager.filter(opened_at__lt=ended, **mine)),
        visits_kept=Exists(Visit._base_manager.filter(on__lte=on, **mine)),
        orders_kept=Exists(PartsOrder._base_manager.filter(ordered_on__lte=on, **mine)),
    ).first()


def _tickets(account: int, user: Any, first: date, on: date) -> tuple[TicketFact, ...]:
    begin, end = day_begins(first), day_begins(on + timedelta(days=1))
    rows = Ticket.objects.visible_to(user).filter(
        Q(opened_at__gte=begin) | Q(resolved_at__gte=begin), account=account, opened_at__lt=end
    )
    return tuple(_ticket(t, begin, end) for t in rows.select_related("asset").order_by("opened_at", "pk"))


def _ticket(row: Ticket, begin: datetime, end: datetime) -> TicketFact:
    """A ticket as it stood at the end of the date: an answer or a resolution after it is not seen."""
    resolved = row.resolved_at if row.resolved_at and row.resolved_at < end else None
    again = resolved is not None and row.reopened_at is not None and resolved <= row.reopened_at < end
    return TicketFact(
        id=row.pk,
        title=" ".join(part for part in (row.number, row.title) if part) or str(row),
        kind=str(row.get_kind_display()),
        breakdown=row.kind == Ticket.Kind.BREAKDOWN,
        opened_at=row.opened_at,
        answered_at=row.first_answer_at if row.first_answer_at and row.first_answer_at < end else None,
        resolved_at=None if again else resolved,
        down=row.downtime_hours,
        opened_in_year=row.opened_at >= begin,
        resolved_in_year=resolved is not None and not again and resolved >= begin,
        machine=str(row.asset or ""),
        asset=row.asset_id,
    )


def _visits(account: int, user: Any, first: date, on: date) -> tuple[VisitFact, ...]:
    rows = Visit.objects.visible_to(user).filter(account=account, on__range=(first, on)).select_related("asset")
    return tuple(
        VisitFact(v.pk, v.on, str(v.get_kind_display()), v.hours, str(v.asset or "")) for v in rows.order_by("on", "pk")
    )


def _orders(account: int, user: Any, first: date, on: date) -> tuple[OrderFact, ...]:
    rows = PartsOrder.objects.visible_to(user).filter(account=account, ordered_on__range=(first, on))
    return tuple(
        OrderFact(
            o.pk, o.number, o.ordered_on, o.pieces or Decimal(0), o.amount_reporting, o.included_in_id is not None
        )
        for o in rows.annotate(pieces=Sum("lines__quantity")).order_by("ordered_on", "pk")
    )


def _machines(account: int, user: Any, first: date, on: date) -> tuple[MachineFact, ...]:
    """Machines in service on some day of the year, each from its first day in it to its last."""
    here = Asset.objects.visible_to(user).counted().filter(
        Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=first),
        Q(first_evidence_on__isnull=True) | Q(first_evidence_on__lte=on),
        account=account,
    )  # fmt: skip
    return tuple(_machine(a, first, on) for a in here.select_related("product").order_by("pk"))


def _machine(row: Asset, first: date, on: date) -> MachineFact:
    last = min(on, row.taken_out_on - timedelta(days=1)) if row.taken_out_on else on
    name = " ".join(part for part in (str(row.product or ""), str(row)) if part)
    return MachineFact(row.pk, name, max(first, row.first_evidence_on or first), last)
