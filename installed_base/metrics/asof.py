"""Reading the installed base as it stood on a date, and narrowed as a metric was asked."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce

from core.metrics import Ask, Filters, settled
from core.models import Team
from core.reach import with_parts
from installed_base.models import Account, AccountPeriod, AssetPeriod, Coverage, Term, TermSuccession

CUSTOMER = Coalesce("merged_into_id", "id")
# The touched subjects on which figures of the base rest.
FACTS = ("account", "asset", "contract", "term", "coverage", "ledger", "order")


def stood(on: date, path: str = "") -> Q:
    """Periods that stood on that day, where `path` leads to the period."""
    begun, open_, later = f"{path}valid_from__lte", f"{path}valid_to__isnull", f"{path}valid_to__gt"
    return Q(**{begun: on}) & (Q(**{open_: True}) | Q(**{later: on}))


def then(on: date, relation: str = "periods") -> FilteredRelation:
    """The period of a subject on that day, to be annotated under a name of its own."""
    return FilteredRelation(relation, condition=stood(on, f"{relation}__"))


def known_by(filters: Filters, path: str = "") -> Q:
    """Facts that were known by the day that was asked for; all of them without one."""
    return Q(**{f"{path}known_on__lte": filters.known_at}) if filters.known_at else Q()


def narrows_accounts(filters: Filters) -> bool:
    return any((filters.account, filters.group, filters.owner, filters.team, filters.segment, filters.country))


def accounts_asked(ask: Ask) -> QuerySet[Any]:
    """Ids of the accounts that the filters name, as they stood on the date. A merged account is its survivor."""
    filters = ask.filters
    periods = AccountPeriod.objects.filter(stood(ask.on))
    if filters.account:
        periods = periods.filter(account=filters.account)
    if filters.group:
        periods = periods.filter(Q(group=filters.group) | Q(account=filters.group))
    if filters.owner:
        periods = periods.filter(owner=filters.owner)
    if filters.segment:
        periods = periods.filter(segment=filters.segment)
    if filters.country:
        periods = periods.filter(account__country=filters.country)
    if filters.team:
        periods = periods.filter(_of_team(filters.team))
    accounts = Account._base_manager.annotate(customer=CUSTOMER)
    return accounts.filter(customer__in=periods.values("account_id")).values("pk")


def _of_team(team: int) -> Q:
    """Owned by the team, a team under it, or a person in either. Membership is that of today."""
    teams = with_parts(set(Team.objects.filter(pk=team).values_list("pk", flat=True)))
    return Q(owner__team__in=teams) | Q(owner__user__memberships__team__in=teams)


def places(on: date) -> Any:
    """Where every account stood on the date: its owner, segment and country. A merged account stands with its survivor.

    The same that `accounts_asked` finds member by member.
    """
    alone = Q(merged_into__isnull=True)
    accounts = Account._base_manager.alias(own=then(on), over=then(on, "merged_into__periods"))

    def either(own: str, over: str) -> Case:
        return Case(When(alone, then=F(own)), default=F(over))

    found = accounts.filter(alone & Q(own__isnull=False) | Q(over__isnull=False))
    return found.values(
        place_of=F("pk"),
        place_owner=either("own__owner_id", "over__owner_id"),
        place_segment=either("own__segment", "over__segment"),
        place_country=either("country", "merged_into__country"),
    )


def held() -> Any:
    """Who holds every account today: its owner, or nobody where accounts that were merged have several."""
    split = Account._base_manager.filter(merged_into__isnull=False).exclude(owner=F("merged_into__owner"))
    whole = ~Q(holder_root__in=split.values("merged_into_id"))
    rows = Account._base_manager.annotate(holder_root=CUSTOMER)
    return rows.values("holder_root", holder_of=F("pk"), holder=Case(When(whole, then=F("owner_id"))))


def assets_at(ask: Ask, accounts: QuerySet[Any]) -> Q:
    """Assets that stood at one of these accounts on the date."""
    return Q(pk__in=AssetPeriod.objects.filter(stood(ask.on), account__in=accounts).values("asset_id"))


def account_then(on: date) -> Any:
    """The name of the account at which an asset stood on that day."""
    return AssetPeriod.objects.filter(stood(on), asset=OuterRef("pk")).values("account__name")[:1]


def terms_in_force(on: date, terms: Any = None) -> Any:
    """Terms that run on that day by the dates that stood then, with `held` for the values of that day.

    A term that continues by itself runs on past its end until notice, termination, or a later term of the same
    contract.
    """
    rows = Term._base_manager.all() if terms is None else terms
    return rows.alias(held=then(on)).filter(
        Q(signed_on__lte=on) | (Q(signed_on__isnull=True) & ~Q(source="")),
        Q(terminated_on__isnull=True) | Q(terminated_on__gt=on),
        Q(held__ends_on__isnull=True) | Q(held__ends_on__gte=on) | continues(on),
        held__starts_on__lte=on,
    )


def continues(on: date) -> Q:
    """Past its end, and running on because nobody cancelled."""
    return (
        Q(held__tacit_months__isnull=False)
        & (Q(notice_received_on__isnull=True) | Q(notice_received_on__gt=on))
        & ~Exists(TermSuccession.objects.filter(term=OuterRef("pk"), successor__starts_on__lte=on))
        & ~Exists(
            Term._base_manager.filter(contract=OuterRef("contract"), number__gt=OuterRef("number"), starts_on__lte=on)
        )
    )


@lru_cache(maxsize=256)
def ids_in_force(on: date, column: str = "pk") -> RawSQL:
    """The terms in force that day, by `column`, to be looked into with `__in`. It is SQL alone, so it is kept."""
    return settled(terms_in_force(on).values(column))


@lru_cache(maxsize=256)
def ids_covered(on: date) -> RawSQL:
    """`covered_assets`, to be looked into with `__in`."""
    return settled(covered_assets(on))


def covered_assets(on: date) -> QuerySet[Any]:
    """Ids of the assets with a line of coverage that day, of a term in force (metrics.md, Covered)."""
    lines = Coverage._base_manager.alias(held=then(on)).filter(
        Q(held__ends_on__isnull=True) | Q(held__ends_on__gte=on),
        held__starts_on__lte=on,
        term__in=ids_in_force(on),
    )
    return lines.values("asset_id")


def flag(condition: Q | Combinable) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def one_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def unplaced(ask: Ask, path: str) -> Case | Value:
    """1 for a row whose product line is not known, when a product line was asked for."""
    return one_if(Q(**{f"{path}__isnull": True})) if ask.filters.product_line else Value(0)
