"""What the shell of every page needs: words of the masthead, the reader's settings, the organisation, as-of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from core import opening
from core.doors import opens

THEMES = (("system", _("System")), ("light", _("Light")), ("dark", _("Dark")))
DENSITIES = (("comfortable", _("Comfortable")), ("compact", _("Compact")))

# url name, label, further namespaces or names that keep the word lit
WORDS = (
    ("dashboards:today", _("Today"), ()),
    ("renewals:queue", _("Renewals"), ("renewals",)),
    ("dashboards:accounts", _("Accounts"), ("account", "health", "customers", "qbr", "qbrs", "adoption")),
    ("dashboards:machines", _("Machines"), ("machine", "asset")),
    ("expansion:signals", _("Expansion"), ("expansion", "plans", "plan")),
    ("sales:pipeline", _("Pipeline"), ("sales",)),
    (
        "dashboards:bowtie",
        _("The bowtie"),
        ("bowtie", "stage", "cohorts", "reviews", "review", "step_new", "performance"),
    ),
)
PHONE_WORDS = ("dashboards:today", "renewals:queue", "dashboards:accounts", "dashboards:search")
PERSON_WORDS = (
    ("core:imports", _("Imports")),
    ("core:policies", _("Policies")),
    ("dashboards:figure_targets", _("Targets")),
    ("core:team", _("Team")),
    ("core:integrations", _("Integrations")),
    ("core:notifications", _("Notifications")),
    ("dashboards:subscriptions", _("Pages by mail")),
    ("account_change_password", _("Password")),
    ("mfa_index", _("Two-factor sign-in")),
)


@dataclass(frozen=True)
class Word:
    """One word of the navigation with its address; `current` lights it."""

    name: str
    label: Any
    url: str
    current: bool = False


def find_url(name: str, *args: Any) -> str:
    """The address of a named page, or nothing while the page does not exist."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and behind the number in the addresses of a page."""
    before, _zero, behind = reverse(name, args=[0]).rpartition("0")
    return before, behind


def row_url(name: str, pk: int) -> str:
    """The address of one of many rows: Django is asked for the page once, not for each row."""
    before, behind = _around(name)
    return f"{before}{pk}{behind}"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; tolerant of anonymous readers and of settings a user does not have."""
    user = getattr(request, "user", None)
    return {
        "shell": SimpleLazyObject(lambda: _shell(request, user)),
        "as_of": getattr(request, "as_of", None),
        "is_past": getattr(request, "is_past", False),
        "sandbox": getattr(settings, "SANDBOX", False),
    }


def _shell(request: HttpRequest, user: Any) -> dict[str, Any]:
    words = _words(request, user)
    return {
        "words": words,
        "phone_words": _phone_words(request, words),
        "more_words": [word for word in words if word.name not in PHONE_WORDS],
        "person_words": [
            Word(name, label, url) for name, label in PERSON_WORDS if (url := find_url(name)) and opens(name, user)
        ],
        "search_url": find_url("dashboards:search"),
        "suggestions_url": find_url("dashboards:suggestions"),
        "home_url": find_url("dashboards:today") or "/",
        "notifications_url": find_url("core:notifications"),
        "unread": opening.unread(),
        "preferences_url": find_url("dashboards:settings"),
        "sign_in_url": find_url("account_login"),
        "sign_out_url": find_url("account_logout"),
        "organisation": str(opening.organisation() or ""),
        "theme": _choice(user, "theme", THEMES),
        "density": _choice(user, "density", DENSITIES),
        "themes": THEMES,
        "densities": DENSITIES,
        "languages": settings.LANGUAGES,
    }


def _choice(user: Any, field: str, choices: tuple[tuple[str, Any], ...]) -> str:
    value = getattr(user, field, "")
    return value if value in dict(choices) else choices[0][0]


def _words(request: HttpRequest, user: Any) -> list[Word]:
    here = getattr(request, "resolver_match", None)
    return [
        Word(name, label, url, _is_current(here, name, more))
        for name, label, more in WORDS
        if (url := find_url(name)) and opens(name, user)
    ]


def _is_current(here: Any, name: str, more: tuple[str, ...]) -> bool:
    """A page lights its own word, the word of its namespace, or the word its name begins with."""
    if here is None:
        return False
    if here.view_name == name:
        return True
    if here.namespace and here.namespace != "dashboards":
        return here.namespace in more
    return any(here.url_name == word or (here.url_name or "").startswith(f"{word}_") for word in more)


def _phone_words(request: HttpRequest, words: list[Word]) -> list[Word]:
    by_name = {word.name: word for word in words}
    if url := find_url("dashboards:search"):
        by_name["dashboards:search"] = Word("dashboards:search", _("Search"), url, request.path == url)
    return [by_name[name] for name in PHONE_WORDS if name in by_name]
