"""Which pages come by mail: each with its name, its address, who may open it, and how it is made for one reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import clock
from core.metrics import UnknownMetric, WrongFilter, metric
from core.models import PageSubscription, Role, User
from core.page_mail import MailedPage, PageRefused, register_page
from core.reach import reach_of
from dashboards.bowtie.places import BY_SLUG
from dashboards.papers import bowtie as papers
from dashboards.papers import queue as renewals
from dashboards.papers import told
from dashboards.papers.content import Asked, Paper
from dashboards.papers.receipt import receipt

Make = Callable[[Asked], Paper]


@dataclass(frozen=True)
class Kind:
    """A kind of page: how it is made, called, found, and opened. `kept` are the filters it reads."""

    key: str
    make: Make
    name: Callable[[str], str]
    place: Callable[[str], str]
    may: Callable[[User, str], bool]
    kept: Callable[[Mapping[str, str]], dict[str, str]]
    check: Callable[[Asked], Any]


def _figures(asked: Asked) -> None:
    told.narrowing(asked.query, asked.actor)


def _of_bowtie(query: Mapping[str, str]) -> dict[str, str]:
    against = {papers.AGAINST: "nothing"} if query.get(papers.AGAINST) == "nothing" else {}
    return told.of_filters(query) | against


def _sees_figures(user: User, subject: str) -> bool:
    """Service technicians see no figures (trust.md 5.2)."""
    return Role(user.role) is not Role.TECHNICIAN


def _sees_prices(user: User, subject: str) -> bool:
    return reach_of(user).sees_prices


def _alone(name: Callable[[], str]) -> Callable[[str], str]:
    """The name of a page of which there is one."""

    def named(subject: str) -> str:
        if subject:
            raise LookupError(subject)
        return name()

    return named


def _stage_name(slug: str) -> str:
    return str(BY_SLUG[slug].name)


def _metric_name(key: str) -> str:
    try:
        return str(metric(key).name)
    except UnknownMetric as unknown:
        raise LookupError(key) from unknown


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "bowtie", papers.bowtie, _alone(lambda: _("The bowtie")), lambda _s: reverse("dashboards:bowtie"),
            _sees_figures, _of_bowtie, _figures,
        ),
        Kind(
            "stage", papers.stage, _stage_name, lambda slug: reverse("dashboards:stage", args=[slug]),
            _sees_figures, told.of_filters, _figures,
        ),
        Kind(
            "cohorts", papers.cohorts, _alone(lambda: _("Revenue by cohort")), lambda _s: reverse("dashboards:cohorts"),
            _sees_prices, told.of_filters, _figures,
        ),
        Kind(
            "metric", receipt, _metric_name, lambda key: reverse("dashboards:receipt", args=[key]),
            _sees_figures, told.of_filters, _figures,
        ),
        Kind(
            "renewals", renewals.queue, _alone(lambda: _("Renewals")), lambda _s: reverse("renewals:queue"),
            _sees_prices, renewals.understood, renewals.check,
        ),
    )
}  # fmt: skip


def register_all() -> None:
    """Called from apps.py."""
    for kind in KINDS.values():
        register_page(MailedPage(kind.key, kind.name, _url_of(kind), kind.may, _check_of(kind), kind.kept))


def _url_of(kind: Kind) -> Callable[[str, Mapping[str, str]], str]:
    return lambda subject, query: kind.place(subject) + (f"?{urlencode(query)}" if query else "")


def _check_of(kind: Kind) -> Callable[[User, Mapping[str, str]], None]:
    def check(user: User, query: Mapping[str, str]) -> None:
        try:
            kind.check(Asked(user, clock.today(), query))
        except WrongFilter as wrong:
            raise PageRefused(str(wrong)) from wrong

    return check


def paper_of(subscription: PageSubscription, query: Mapping[str, str], on: date) -> Paper:
    """The page as its receiver may see it on that day. Raises WrongFilter, and LookupError for what is gone."""
    kind = KINDS[subscription.page]
    return kind.make(Asked(subscription.user, on, query, subscription.subject))
