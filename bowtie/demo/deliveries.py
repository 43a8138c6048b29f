"""Machines on order in every step of their delivery: some late, one moved with a reason, one promise in danger."""

from dataclasses import dataclass
from datetime import date, timedelta

from bowtie.demo.people import Staff
from core.models import Owner
from installed_base.actions.delivering import finish_step
from installed_base.actions.delivery_plans import assign_step, describe_order, move_step
from installed_base.actions.ordering import order_machine
from installed_base.models import Asset, MachineOrder, Product
from installed_base.rules.delivery import COMMISSIONING, INSTALLATION, PRODUCTION, SHIPPING
from sales.models import DealKind, Delivery, Opportunity, Stage


@dataclass(frozen=True)
class Story:
    """A delivery in days: ordered so many back, promised in so many; `done` are steps with the days back on which they
    were done; `moved` a step, the days back, by how many days, and why; `note` what is known of the next step."""

    ordered: int
    promised: int
    number: str
    done: tuple[tuple[str, int], ...] = ()
    moved: tuple[str, int, int, str] | None = None
    note: tuple[str, str] | None = None


STORIES = (
    # Should have been built nine days ago, and will not stand on the promised day.
    Story(65, 4, "SO-41207", note=(PRODUCTION, "Gripper from the supplier is announced for next week.")),
    # On plan.
    Story(30, 62, "SO-41316"),
    # Built late: the plan was moved, and the promise is in danger.
    Story(78, 1, "SO-41188", ((PRODUCTION, 4),),
          (PRODUCTION, 25, 18, "The control cabinets come three weeks late.")),
    # Delivered, and the customer's floor is not ready: late by days.
    Story(80, -3, "SO-41175", ((PRODUCTION, 26), (SHIPPING, 18)),
          note=(INSTALLATION, "The floor under line 2 is levelled this week; the crew waits.")),
    # Stands since last week; the acceptance is planned.
    Story(82, 2, "SO-41162", ((PRODUCTION, 27), (SHIPPING, 19), (INSTALLATION, 8))),
)  # fmt: skip
_BRING = (DealKind.ADDITIONAL_MACHINE, DealKind.REPLACEMENT, DealKind.UPGRADE)


def deliver(staff: Staff, on: date) -> None:
    """Put a machine on order for the deals won last, and bring each as far as its story goes."""
    won = Opportunity.objects.filter(
        stage=Stage.WON, kind__in=_BRING, deliveries=None, closed_on__lt=on - timedelta(days=STORIES[-1].ordered)
    )
    deals = won.select_related("account__owner").order_by("-closed_on", "pk")[: 3 * len(STORIES)]
    stories = iter(STORIES)
    for deal in deals:
        product = _product(deal, on)
        if product is not None and (story := next(stories, None)) is not None:
            _tell(story, deal, product, staff, on)


def _product(deal: Opportunity, on: date) -> Product | None:
    """The machine that they have most lately, or the one that is sold in its place."""
    assert deal.account is not None
    rows = deal.account.assets.in_service(on).filter(product__isnull=False).select_related("product__successor")
    machine = rows.order_by("-installed_on", "pk").first()
    if machine is None:
        return None
    product: Product = machine.product.successor or machine.product
    return product


def _tell(story: Story, deal: Opportunity, product: Product, staff: Staff, on: date) -> None:
    day, seller, ilse = on - timedelta(days=story.ordered), staff.users["daniel"], staff.users["ilse"]
    assert deal.account is not None
    machine = order_machine(
        account=deal.account, product=product, ordered_on=day, promised_on=on + timedelta(days=story.promised),
        price=deal.value_reporting or product.list_price, site=deal.account.sites.order_by("pk").first(), by=seller,
        on=day, number=story.number,
    )  # fmt: skip
    Delivery.objects.create(opportunity=deal, asset=machine, written_on=day, written_by=seller)
    order = MachineOrder.objects.get(asset=machine)
    describe_order(order=order, number=story.number, owner=Owner.objects.of(ilse), by=ilse, on=day)
    if story.moved:
        step, ago, days, why = story.moved
        planned = order.steps.get(step=step).planned_on
        moved_on = on - timedelta(days=ago)
        assert planned is not None
        move_step(order=order, step=step, planned_on=planned + timedelta(days=days), reason=why, by=ilse, on=moved_on)
    for step, ago in story.done:
        serial = f"{product.code or 'VR'}-{story.number[-4:]}" if step == PRODUCTION else ""
        done_on = on - timedelta(days=ago)
        finish_step(order=order, step=step, done_on=done_on, serial=serial, by=ilse, on=done_on)
    if story.note:
        ruud = Owner.objects.of(staff.users["ruud"]) if story.note[0] in (INSTALLATION, COMMISSIONING) else None
        assign_step(order=order, step=story.note[0], owner=ruud, note=story.note[1], by=ilse, on=on)
    if len(story.done) > 1:
        _for_service(machine, staff)


def _for_service(machine: Asset, staff: Staff) -> None:
    """Who installs it follows it on their phone."""
    machine.refresh_from_db()
    machine.technician = staff.users["ruud"]
    machine.save(update_fields=["technician"])
