"""The first week with a new product (RL-06 to RL-09): each step ticks itself off from facts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.context import find_url
from core.doors import opens
from core.models import User
from core.scope import System
from expansion.models import Signal
from installed_base.models import Account, Asset, Contract, LedgerEntry, PartsOrder
from renewals.models import Renewal
from sales.models import Opportunity

ALL = System("has this been done yet")
TALKS = 5


@dataclass(frozen=True)
class Step:
    """One thing to do, when, how (a command or a page), and whether the facts say that it is done."""

    when: Any
    title: Any
    why: Any
    done: bool
    command: str = ""
    url: str = ""
    link: Any = ""


def is_empty() -> bool:
    """Whether this installation knows no account yet."""
    return not Account.objects.visible_to(ALL).exists()


def steps(on: date, reader: Any) -> list[Step]:
    """The list in its order, with links to what the reader may open. One query for all the ticks."""
    done = _facts(on)
    queue = find_url("renewals:queue") if opens("renewals:queue", reader) else ""
    machines = reverse("dashboards:machines")
    return [
        Step(
            _("Today"), _("Import who your customers are"),
            _("Accounts with their sites; out of the ERP or the address book, as it is."),
            done["accounts"], "python manage.py import_file accounts accounts.csv --mapping accounts.toml --dry-run",
        ),
        Step(
            _("Today"), _("Import which machines stand there"),
            _("Serial, product, installation date: what was sold when, from the delivery history."),
            done["assets"], "python manage.py import_file assets assets.csv --mapping assets.toml --dry-run",
        ),
        Step(
            _("This week"), _("Import the service contracts"),
            _("With start, end, notice and yearly price. Then every renewal has its day."),
            done["contracts"],
            "python manage.py import_file contracts contracts.csv --mapping contracts.toml --dry-run",
        ),
        Step(
            _("This week"), _("Look at the machines without contract"),
            _(
                "At the twenty customers with most revenue first: each of them is an opportunity."
                " Done when one stands in the pipeline."
            ),
            done["deals"], "", f"{machines}?covered=no", _("Machines without contract"),
        ),
        Step(
            _("This week"), _("Let the calendar run"),
            _(
                "90, 60 and 30 days before a contract decides, somebody gets work."
                " The worker does this every day; once by hand is enough to begin."
            ),
            done["renewals"], "python manage.py run_day",
        ),
        Step(
            _("This month"), _("Give every contract that decides within 90 days a next step"),
            _("The renewal calendar is only as good as the next conversation."),
            done["next_steps"], "", queue, _("Renewals"),
        ),
        Step(
            _("This month"), _("Call the first five of the expansion list"),
            _("Decide five signals: accept, dismiss with the reason, or put off."),
            done["signals"], "", reverse("expansion:signals"), _("Signals"),
        ),
        Step(
            _("This month"), _("Import what was invoiced, and see what the base is worth"),
            _("With two years of it the net revenue retention is there."),
            done["ledger"], "python manage.py import_file ledger ledger.csv --mapping ledger.toml --dry-run",
        ),
        Step(
            _("This quarter"), _("Import the parts orders"),
            _("Who buys fewer parts than last year, and who has gone quiet?"),
            done["orders"], "python manage.py import_file orders orders.csv --mapping orders.toml --dry-run",
        ),
        Step(
            _("Within six months"), _("Fill in the missing installation dates"),
            _("Then the machines past ten years are the replacements of the coming years. Done when none is missing."),
            done["ages"], "", f"{machines}?age=unknown", _("Machines of unknown age"),
        ),
    ]  # fmt: skip


def _facts(on: date) -> dict[str, bool]:
    """Every tick out of one row of existence questions."""
    soon = Q(decides_on__lte=on + timedelta(days=90))
    open_soon = Renewal.objects.visible_to(ALL).open().filter(soon)
    machines = Asset.objects.visible_to(ALL).in_service(on)
    asked: dict[str, Any] = {
        "accounts": Account.objects.visible_to(ALL),
        "assets": Asset.objects.visible_to(ALL),
        "contracts": Contract.objects.visible_to(ALL),
        "deals": Opportunity.objects.visible_to(ALL),
        "renewals": Renewal.objects.visible_to(ALL),
        "stepless": open_soon.filter(Q(next_step="") | Q(next_step_on__isnull=True)),
        "soon": Renewal.objects.visible_to(ALL).filter(soon),
        "ledger": LedgerEntry.objects.visible_to(ALL),
        "orders": PartsOrder.objects.visible_to(ALL),
        "ageless": machines.filter(installed_on__isnull=True),
    }
    # The last that is needed: where it exists, so do those before it.
    decided = Signal.objects.visible_to(ALL).exclude(decision="", snoozed_until__isnull=True).order_by("pk")
    asked["signals"] = decided.filter(pk__in=decided.values("pk")[TALKS - 1 : TALKS])
    row = (
        _one_row()
        .annotate(**{f"has_{key}": Exists(rows) for key, rows in asked.items()})
        .values(*[f"has_{key}" for key in asked])
        .first()
        or {}
    )
    has = {key: bool(row.get(f"has_{key}")) for key in asked}
    return has | {
        "next_steps": has["soon"] and not has["stepless"],
        "ages": has["assets"] and not has["ageless"],
    }


def _one_row() -> Any:
    """A table that always has rows, to hang the questions on."""
    return User.objects.order_by("pk").only("pk")
