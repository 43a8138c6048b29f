"""What the installed base takes in from files, and the kinds of files that hold it."""

from core.importing.entities import Kind, register, register_resolver
from installed_base.imports.contracts import CONTRACT, COVERAGE, TERM, levels_named
from installed_base.imports.deliveries import DELIVERY, MACHINE_ORDER
from installed_base.imports.machines import ASSET, EVENT, PRODUCT, UPGRADE_OPTION, families_named, lines_named
from installed_base.imports.onboarding import GO_LIVE, PROMISE, TRAINING
from installed_base.imports.orders import LEDGER, LINE, ORDER
from installed_base.imports.parties import ACCOUNT, CONTACT, SITE
from installed_base.imports.relations import ACCOUNT_EVENT, MOMENT, PARTS_STATEMENT, ROI
from installed_base.imports.service import TICKET, VISIT
from installed_base.imports.usage import READING


def register_kinds() -> None:
    """Make the kinds known to the import engine. Called from apps.py."""
    register_resolver("level", levels_named)
    register_resolver("family", families_named)
    register_resolver("product_line", lines_named)
    register(Kind("accounts", chain=(ACCOUNT,), attached=(SITE, CONTACT)))
    register(Kind("sites", chain=(SITE,), attached=(CONTACT,), sides=(ACCOUNT,)))
    register(Kind("products", chain=(PRODUCT,)))
    register(Kind("upgrade_options", chain=(UPGRADE_OPTION,), sides=(PRODUCT,)))
    register(Kind("assets", chain=(ASSET,), attached=(EVENT,), sides=(ACCOUNT, SITE, PRODUCT)))
    register(Kind("contracts", chain=(CONTRACT, TERM, COVERAGE), sides=(ACCOUNT, SITE, PRODUCT, ASSET)))
    register(Kind("orders", chain=(ORDER, LINE), attached=(LEDGER,), sides=(ACCOUNT, PRODUCT)))
    register(Kind("ledger", chain=(LEDGER,), sides=(ACCOUNT, PRODUCT)))
    register(Kind("contacts", chain=(CONTACT,), sides=(ACCOUNT, SITE)))
    register(Kind("tickets", chain=(TICKET,), sides=(ACCOUNT, SITE)))
    register(Kind("visits", chain=(VISIT,), sides=(ACCOUNT, SITE)))
    register(Kind("usage", chain=(READING,)))
    register(Kind("moments", chain=(MOMENT,), sides=(ACCOUNT,)))
    register(Kind("account_events", chain=(ACCOUNT_EVENT,), sides=(ACCOUNT,)))
    register(Kind("roi", chain=(ROI,), sides=(ACCOUNT,)))
    register(Kind("parts_statements", chain=(PARTS_STATEMENT,), sides=(ACCOUNT,)))
    register(Kind("promises", chain=(PROMISE,), sides=(ACCOUNT,)))
    register(Kind("trainings", chain=(TRAINING,), sides=(ACCOUNT,)))
    register(Kind("go_lives", chain=(GO_LIVE,)))
    register(Kind("machine_orders", chain=(MACHINE_ORDER,), sides=(ASSET,)))
    register(Kind("deliveries", chain=(MACHINE_ORDER, DELIVERY)))
