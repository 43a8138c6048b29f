"""What a pack is made of, read for one account and a stretch of days, as far as its reader may see it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from core.calendar import add_months
from core.policies import policy_on
from dashboards.qbr.figures import SHARED, Key, PackFigure, PackRow, figure, of_year, uptime
from expansion.models import Signal
from health.models import Question, SurveyAnswer
from installed_base.metrics.asof import covered_assets
from installed_base.models import Account, Asset, RoiRecord, UsageReading
from playbooks.models import Qbr, QbrAction
from playbooks.qbr.rules import QbrPolicy
from renewals.models import Renewal
from renewals.queries.value import facts_between
from renewals.rules.value import Key as OfYear
from renewals.rules.value import YearFacts, figures
from renewals.views.value_words import records

# A renewal this near belongs into the conversation.
RENEWAL_DAYS = 180
MOST = 12
# Fewer days than these are no period to review.
SHORTEST = timedelta(days=28)


@dataclass(frozen=True)
class Span:
    """The days a pack speaks of, both included."""

    first: date
    on: date

    @property
    def before(self) -> "Span":
        """As many days before it."""
        days = (self.on - self.first).days + 1
        return Span(self.first - timedelta(days=days), self.first - timedelta(days=1))


def span_of(qbr: Qbr, account: Account, today: date, held_on: date | None) -> Span:
    """Since the last QBR that was held, or as long as the rhythm of the segment where that was just now or long ago; to
    the day of the meeting or today."""
    on = held_on or min(today, qbr.planned_on)
    months = policy_on(QbrPolicy, on).values.months_of(account.segment)
    earliest = add_months(on, -12) + timedelta(days=1)
    last = Qbr._base_manager.filter(account=account, held_at__isnull=False, planned_on__lt=qbr.planned_on)
    before = last.exclude(pk=qbr.pk).order_by("-planned_on").first()
    if before is not None and earliest <= before.planned_on <= on - SHORTEST:
        return Span(before.planned_on + timedelta(days=1), on)
    return Span(add_months(on, -months) + timedelta(days=1), on)


def service(account: int, user: Any, span: Span) -> tuple[dict[Key, PackFigure], YearFacts]:
    """How the machines ran and how we helped, from tickets, visits and machines."""
    facts = facts_between(account, user, span.first, span.on)
    made = figures(facts)
    found = {key: of_year(key, made[of], _rows(facts, made[of], of)) for key, of in SHARED.items()}
    opened = [t for t in facts.tickets if t.opened_in_year]
    rows = [_row(record, Decimal(1)) for record in records(OfYear.SOLVED, facts) if record[0] in {t.id for t in opened}]
    found[Key.OPENED] = figure(Key.OPENED, rows, kept=facts.keeps_tickets)
    found[Key.UPTIME] = uptime(facts, made[OfYear.DOWNTIME], _("Stops without a machine"))
    return found, facts


def _rows(facts: YearFacts, found: Any, key: OfYear) -> list[PackRow]:
    amounts = {row.id: row.amount for row in found.rows}
    return [_row(record, amounts[record[0]], key) for record in records(key, facts) if record[0] in amounts]


def _row(record: tuple[int, str, str, Any], amount: Decimal | None, key: OfYear = OfYear.SOLVED) -> PackRow:
    """Titles of tickets are what people wrote; kinds of visits are not."""
    _pk, name, about, on = record
    if key is OfYear.VISITS:
        return PackRow(name, about, on=_day(on), amount=amount)
    return PackRow(about or name, said=name if about else "", on=_day(on), amount=amount)


def _day(on: Any) -> str:
    return on.date().isoformat() if hasattr(on, "hour") else on.isoformat()


def output(account: int, user: Any, span: Span) -> dict[Key, PackFigure]:
    """What the machines made, and how much of it was good, machine by machine. One query."""
    read = UsageReading.objects.visible_to(user).filter(
        asset__account=account, on__range=(span.first, span.on), output__isnull=False
    )
    judged = Q(good_output__isnull=False)
    rows = (
        read.order_by("asset__product__name", "asset__serial")
        .values("asset_id", "asset__serial", "asset__product__name")
        .annotate(made=Sum("output"), judged=Sum("output", filter=judged), good=Sum("good_output", filter=judged))
    )
    names = [(" ".join(p for p in (r["asset__product__name"], r["asset__serial"]) if p), r) for r in rows]
    made = [PackRow(name, amount=r["made"]) for name, r in names]
    good = [PackRow(name, amount=r["good"], of=r["judged"]) for name, r in names]
    return {
        Key.OUTPUT: figure(Key.OUTPUT, made, kept=bool(made)),
        Key.QUALITY: figure(Key.QUALITY, good, kept=any(row.of for row in good)),
    }


def goals(account: int, user: Any, on: date) -> list[RoiRecord]:
    """Results that were agreed, the newest first. One query."""
    rows = RoiRecord.objects.visible_to(user).filter(account=account, agreed_on__lte=on).select_related("asset")
    return list(rows.order_by("-agreed_on", "-pk"))


def value(records: list[RoiRecord], span: Span) -> dict[Key, PackFigure]:
    """How many of the goals are met, and how many of them in these days."""
    rows, wins = [], []
    for record in records:
        met = record.realised_on is not None and record.realised_on <= span.on
        on = (record.realised_on if met else record.agreed_on) or record.agreed_on
        about = str(record.asset or "")
        rows.append(PackRow(about or _("Agreed with you"), said=record.goal, on=on.isoformat(),
                            amount=Decimal(int(met)), of=Decimal(1)))  # fmt: skip
        if met and on >= span.first:
            wins.append(PackRow(about or _("Agreed with you"), said=record.goal, on=on.isoformat(), amount=Decimal(1)))
    return {Key.GOALS: figure(Key.GOALS, rows), Key.WINS: figure(Key.WINS, wins, kept=bool(records))}


def answers(account: int, user: Any, span: Span) -> list[SurveyAnswer]:
    """What their people answered in these days. One query."""
    rows = SurveyAnswer.objects.visible_to(user).filter(account=account, answered_on__range=(span.first, span.on))
    return list(rows.select_related("contact").order_by("-answered_on", "-pk"))


def feedback(given: list[SurveyAnswer]) -> dict[Key, PackFigure]:
    """The mean satisfaction out of ten, and of the answers to the question whether they would recommend us."""
    asked = {Key.SATISFACTION: Question.SATISFACTION, Key.RECOMMEND: Question.RECOMMEND}
    return {key: figure(key, [_answer(a) for a in given if a.question == question]) for key, question in asked.items()}


def _answer(row: SurveyAnswer) -> PackRow:
    of_ten = row.value * 10 / row.scale_to if row.scale_to > 0 else None
    role = str(row.contact.get_role_display()) if row.contact else _("Nobody in particular")
    return PackRow(role, said=row.comment, on=row.answered_on.isoformat(), amount=of_ten)


@dataclass(frozen=True)
class Offer:
    """Something to talk about next: how many machines, and why."""

    kind: str
    count: int
    names: str


def offers(account: int, user: Any, on: date) -> list[Offer]:
    """What growing the base would mean, where it is relevant: machines past their age, and those without a contract.
    Three queries."""
    kinds = Signal.objects.visible_to(user).waiting(on).filter(account=account, raised_on__lte=on)
    found: dict[str, list[str]] = {}
    for signal in kinds.select_related("asset__product").order_by("pk"):
        name = " ".join(p for p in (str(signal.asset.product or ""), str(signal.asset)) if p) if signal.asset else ""
        found.setdefault("replacement" if signal.kind == "end_of_life" else signal.kind, []).append(name)
    machines = Asset.objects.visible_to(user).in_service(on).filter(account=account)
    without = machines.exclude(pk__in=covered_assets(on)).select_related("product")
    names = [" ".join(p for p in (str(a.product or ""), str(a)) if p) for a in without.order_by("pk")]
    if names:
        found["coverage"] = names
    return [Offer(kind, len(held), ", ".join(held[:3])) for kind, held in found.items()]


def renewals(account: int, user: Any, on: date) -> list[Renewal]:
    """Contracts that have to be decided soon. Without their value: that is a talk of its own. One query."""
    rows = Renewal.objects.visible_to(user).open().filter(account=account)
    near = rows.filter(decides_on__lte=on + timedelta(days=RENEWAL_DAYS), decides_on__gte=on - timedelta(days=60))
    return list(near.select_related("term__contract", "term__level").order_by("decides_on", "pk")[:MOST])


def actions_of(qbr: Qbr | None, user: Any) -> list[QbrAction]:
    """What was agreed at a meeting. One query."""
    if qbr is None:
        return []
    rows = QbrAction.objects.visible_to(user).filter(qbr=qbr)
    return list(rows.select_related("task__owner", "contact").order_by("due_on", "pk"))


def last_held(qbr: Qbr, user: Any) -> Qbr | None:
    """The QBR before this one that was held."""
    rows = Qbr.objects.visible_to(user).filter(account=qbr.account_id, held_at__isnull=False)
    found: Qbr | None = rows.filter(planned_on__lt=qbr.planned_on).exclude(pk=qbr.pk).order_by("-planned_on").first()
    return found


def done_of(actions: list[QbrAction], on: date) -> PackFigure:
    """How many of the actions of last time are done."""
    rows = [
        PackRow(
            _("Ours") if a.ours else _("Yours"),
            said=a.title,
            on=a.due_on.isoformat(),
            amount=Decimal(int(a.finished_on is not None and a.finished_on <= on)),
            of=Decimal(1),
        )
        for a in actions
    ]
    return figure(Key.ACTIONS, rows)
