"""Referrals at Voss Robotics, one in each state, from asked to told that it was won (RF-01..05)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bowtie.demo.people import Staff
from expansion.actions import referring
from expansion.models import Referral
from expansion.queries.referrals import Advocate, advocates
from expansion.tasks import REFERRALS
from playbooks import day
from sales.actions import close


@dataclass(frozen=True)
class Story:
    """Asked so many days ago. `deal` is (value, days ago decided, won); None: none, or not decided."""

    kind: str
    asked: int
    intro: str = ""
    approved: bool = False
    declined: str = ""
    given: int | None = None
    company: str = ""
    person: str = ""
    thanked: bool = False
    deal: tuple[int, int | None, bool] | None = None
    told: bool = False
    recognition: str = ""


POINTS = (
    "The line ran 98 % of the past quarter.\n"
    "A technician stood there within four hours, twice.\n"
    "The night shift runs it alone."
)
INTRO = (
    "We have worked with Voss Robotics for years and I would choose them again. They look at what you want to make"
    " before they talk about machines. May I bring you together?"
)
STORIES = (
    Story("introduction", 4, INTRO),
    Story("introduction", 12, INTRO, approved=True),
    Story("case_study", 40, declined="Their group does not allow its name in public"),
    Story("introduction", 30, INTRO, True, given=8, company="Bakkerij Van Dam", person="The plant manager"),
    Story("introduction", 70, INTRO, True, "", 55, "Kessler Verpackung", "Their technical director", True,
          (140_000, None, False)),
    Story("introduction", 170, INTRO, True, "", 160, "Drukkerij De Meer", "The owner", True, (95_000, 20, True)),
    Story("introduction", 240, INTRO, True, "", 228, "Nordfisk", "Their head of production", True,
          (210_000, 75, True), True, "event"),
    Story("introduction", 260, "", False, "", 250, "Holm & Sønner", "", True, (60_000, 100, False)),
    Story("reference_call", 50, given=44, thanked=True, recognition="gift"),
)  # fmt: skip


def refer(staff: Staff, on: date) -> list[Referral]:
    """Ask the happiest; the day then says what a won deal asks for."""
    found = advocates(staff.users["hanna"], on)
    # Every second one, so that others are still suggested.
    chosen = [a for n, a in enumerate(found) if n % 2] or found
    rows = [_told(story, advocate, staff, on) for story, advocate in zip(STORIES, chosen, strict=False)]
    day.run([REFERRALS], on=on)
    return rows


def _told(story: Story, advocate: Advocate, staff: Staff, on: date) -> Referral:
    by = advocate.account.owner.user or staff.users["daniel"]
    asked_on = on - timedelta(days=story.asked)
    row = referring.ask_referral(
        account=advocate.account, contact=advocate.contact, kind=story.kind, by=by, on=asked_on,
        talking_points=POINTS if story.intro else "", intro=story.intro,
    )  # fmt: skip
    if story.approved:
        referring.approve_intro(referral=row, by=by, on=asked_on + timedelta(days=2))
    if story.declined:
        referring.decline(referral=row, reason=story.declined, by=by, on=asked_on + timedelta(days=3))
    if story.given is not None:
        _given(row, story, staff, on)
    return row


def _given(row: Referral, story: Story, staff: Staff, on: date) -> None:
    by, given_on = row.asked_by or staff.users["daniel"], on - timedelta(days=story.given or 0)
    referring.give(referral=row, company=story.company, person=story.person, by=by, on=given_on)
    if story.thanked:
        referring.thank(referral=row, by=by, on=given_on + timedelta(days=1))
    if story.deal:
        value, decided, won = story.deal
        deal = referring.pursue(
            referral=row, by=by, on=given_on + timedelta(days=6), value=Decimal(value), owner=staff.owners["daniel"]
        )
        if decided is not None:
            decided_on = on - timedelta(days=decided)
            close(opportunity=deal, won=won, by=staff.users["daniel"], on=decided_on, reason="" if won else "No budget")
            row = Referral.objects.select_related("opportunity", "account").get(pk=row.pk)
            if story.told:
                referring.tell_won(referral=row, by=by, on=decided_on + timedelta(days=2))
    if story.recognition:
        referring.recognise(referral=row, how=story.recognition, by=by, on=on - timedelta(days=30))
