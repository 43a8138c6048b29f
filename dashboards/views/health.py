"""Health: customers by tier, the receipt of one account's score, and a task for a step to green."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.exporting import FORMATS, file_of
from core.menus import menu
from core.policies import policy_on
from core.reach import Level, reach_of
from core.returning import back, place_of
from dashboards.filters import AccountFilter
from dashboards.health import measures, panel, tables, words
from dashboards.queries import accounts as listing
from dashboards.queries import health as query
from dashboards.queries.choices import choices
from dashboards.tabs import account_tabs
from dashboards.views.accounts import survivor_page
from health import words as health_words
from health.models import Score, Spell
from health.queries import panel as read_panel
from health.queries import tiers_of
from health.queries.judgements import judgements_of, standing
from health.queries.rescues import rescue_of
from health.queries.steps import STEP
from health.rules import Tier
from health.rules.policy import HealthPolicy
from health.tabs import customer_tabs
from installed_base.models import Account
from installed_base.models.accounts import Segment
from playbooks.actions.tasks import add_task
from playbooks.forms import TaskForm

DAYS_FOR_A_STEP = 14


def _reader(request: PersonRequest) -> None:
    """Health is for those who work with customers or read figures, not for those who see single machines."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404


@login_required
@require_GET
def customers(request: PersonRequest) -> HttpResponse:
    """Customers by health: those with bad health and most money first (HS-13)."""
    _reader(request)
    on, user = as_of(request), request.user
    rows, everyone, sort = _asked(request, on)
    found = query.page(rows, user, on, sort=sort, cursor=request.GET.get("cursor", ""))
    spread, sees_prices = query.distribution(everyone), reach_of(user).sees_prices
    filtered = any(request.GET.get(key) for key in ("q", "segment", "owner", "country", "tier", "was"))
    context = {
        "page": found,
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "sees_prices": sees_prices,
        "tabs": customer_tabs(user, "health"),
        "menus": _menus(request),
        "columns": tables.columns(spread, sees_prices),
        "tier": request.GET.get("tier", ""),
        "standfirst": words.listing_standfirst(
            {tier: count for tier, (count, _euros) in spread.items()},
            _worst(found.rows, sort),
            sees_prices,
            filtered=filtered,
        ),
        "filtered": filtered,
        "lines": [tables.shown(line, on) for line in found.rows],
        "moves": tables.moves(query.moves(everyone)),
        "was": request.GET.get("was", ""),
        "moves_open": bool(request.GET.get("was")),
        "mine": _mine(request, [line.account.pk for line in found.rows]),
    }
    return render(request, "dashboards/customers_health.html", context)


def _mine(request: PersonRequest, ids: list[int]) -> set[int]:
    """The accounts of a page for which this user may begin a rescue; none on a past day."""
    if request.is_past or not reach_of(request.user).works:
        return set()
    return set(Account.objects.changeable_by(request.user).filter(pk__in=ids).values_list("pk", flat=True))


def _asked(request: PersonRequest, on: Any) -> tuple[Any, Any, str]:
    """The rows the address asks for, the same without the tier, and their order."""
    green = policy_on(HealthPolicy, on).values.green
    filtered = AccountFilter(request.GET, queryset=listing.accounts(request.user), request=request).qs
    everyone = query.customers(filtered, on, green)
    rows = everyone
    for key in ("tier", "was"):
        if request.GET.get(key, "") in {t.value for t in Tier}:
            rows = rows.filter(**{key: request.GET[key]})
    return rows, everyone, _sort(request)


def _sort(request: PersonRequest) -> str:
    """Euros at risk by default; the score for whoever sees no prices."""
    asked, sees_prices = request.GET.get("sort", ""), reach_of(request.user).sees_prices
    if asked in query.ORDERS and (sees_prices or asked not in query.NEEDS_PRICES):
        return asked
    return "-risk" if sees_prices else "score"


def _menus(request: PersonRequest) -> list[Any]:
    offered = choices(request.user)
    tiers = [(tier.value, health_words.tier_word(tier.value)) for tier in Tier]
    return [
        menu(request, "tier", _("Health"), tiers, _("all")),
        menu(request, "owner", _("Owner"), offered["owner"], _("everyone")),
        menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        menu(request, "country", _("Country"), offered["country"], _("all")),
    ]


def _worst(lines: list[query.Line], sort: str) -> query.Line | None:
    """With whom to begin: the first line, where the list is sorted by what is at risk and it stands badly."""
    first = lines[0] if lines and sort in ("-risk", "score") else None
    return first if first and first.tier in (Tier.RED.value, Tier.YELLOW.value) else None


@login_required
@require_GET
def customers_file(request: PersonRequest) -> HttpResponse:
    """The filtered list, all of it, as CSV or XLSX."""
    _reader(request)
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    on = as_of(request)
    rows, _everyone, sort = _asked(request, on)
    sees_prices = reach_of(request.user).sees_prices
    found = query.every_line(rows, request.user, on, sort=sort)
    lines = (tables.file_line(line, sees_prices) for line in found)
    return file_of(tables.file_head(sees_prices), lines, name=f"health-{on:%Y-%m-%d}", kind=kind)


@login_required
@require_GET
def account_health(request: PersonRequest, pk: int) -> HttpResponse:
    """The receipt of a score: every measure, what it counts, and the spells behind it."""
    _reader(request)
    on, user = as_of(request), request.user
    found = get_object_or_404(Account.objects.visible_to(user).select_related("group"), pk=pk)
    if found.merged_into_id:
        return redirect(survivor_page("dashboards:account_health", found, request))
    version = policy_on(HealthPolicy, on)
    read = read_panel(found.pk, on)
    health = read.health if read else None
    view = panel.view(found.pk, user, on, found=read) if read else None
    context = {
        "account": found,
        "on": on,
        "today": clock.today(),
        "trail": [(reverse("dashboards:accounts"), _("Accounts")), (_page(found), found.name)],
        "tabs": account_tabs(found, request.user, "health", on if request.is_past else None),
        "health": view,
        "parts": measures.parts(health, version.values, on),
        "card": words.card_and_stand_ins(health, version.values),
        "policy": version,
        "standfirst": words.page_standfirst(health, version.values),
        "spells": _spells(found, user, on),
        **_judged(found, user, on, past=request.is_past),
        "row": _row(found, user, on),
        "may_task": not request.is_past,
        **_rescue(found, user, on, past=request.is_past),
    }
    return render(request, "dashboards/account_measures.html", context)


def _judged(account: Account, user: Any, on: Any, *, past: bool) -> dict[str, Any]:
    """What was judged by hand, and whether this reader may judge."""
    found = judgements_of(account.pk, user, on)
    may = not past and Account.objects.changeable_by(user).filter(pk=account.pk).exists()
    return {"judgements": found, "judgement": standing(found), "may_judge": may}


def _rescue(account: Account, user: Any, on: Any, *, past: bool) -> dict[str, Any]:
    """The door to the rescue that is open, and whether one may begin: red, and none of it yet."""
    if past:
        return {"rescue": None, "may_rescue": False}
    play = rescue_of(account.pk, user)
    open_ = play if play and not play.closed_on else None
    red = tiers_of([account.pk], on)[account.pk] is Tier.RED
    may = red and open_ is None and Account.objects.changeable_by(user).filter(pk=account.pk).exists()
    return {"rescue": open_, "may_rescue": may}


def _page(account: Account) -> str:
    return reverse("dashboards:account", args=[account.pk])


def _row(account: Account, user: Any, on: Any) -> Score | None:
    """The row behind the score: since when it stands, and by which version of the policy."""
    rows = Score.objects.visible_to(user).filter(account=account, on__lte=on)
    return rows.order_by("-on").first()


def _spells(account: Account, user: Any, on: Any) -> list[dict[str, Any]]:
    rows = Spell.objects.visible_to(user).filter(account=account, began_on__lte=on).order_by("-began_on")
    return [tables.spell(row, on) for row in rows[:50]]


@login_required
@require_http_methods(["GET", "POST"])
def step_task(request: PersonRequest, pk: int, measure: str) -> HttpResponse:
    """A task that stands for one step to green: who does it by when."""
    _reader(request)
    accounts = Account.objects.visible_to(request.user)
    account = get_object_or_404(accounts, pk=pk)
    if measure not in health_words.MEASURES:
        raise Http404
    on = clock.today()
    form = TaskForm(request.POST or None, initial=_initial(account, measure, on), user=request.user, accounts=accounts)
    if form.is_valid():
        add_task(by=request.user, on=on, step=f"{STEP}{measure}", **(form.cleaned_data | {"account": account}))
        return back(request, _page(account))
    about = _("%(account)s: %(step)s") % {"account": account, "step": health_words.step_words(measure)}
    context = {"form": form, "title": _("A task for this step"), "verb": _("Add the task"), "about": about}
    context["next"] = place_of(request, _page(account))
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _initial(account: Account, measure: str, on: Any) -> dict[str, Any]:
    due_on = on + timedelta(days=DAYS_FOR_A_STEP)
    return {"account": f"#{account.pk}", "title": health_words.step_words(measure), "due_on": due_on}
