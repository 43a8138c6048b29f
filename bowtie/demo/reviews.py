"""The monthly review of Voss Robotics: what was on the table a month ago, and what was agreed about it."""

from datetime import date, timedelta

from bowtie.demo.people import Staff
from core import opening
from dashboards.bowtie.review import taken
from playbooks.actions.reviews import agree_step, close_review, finish_step, open_review, write_notes
from playbooks.models import AgreedStep, Review

NOTES = (
    "Parts fall at customers whose contract holds no parts: call before the year ends.\n"
    "The infeed line went live late three times; the handoff names no day for the power supply.\n"
    "Renewals are fine. Chances lie too long before anybody decides."
)
# Metric, what, who by their name of sign-in, in how many days from the review.
AGREED = (
    ("leak_parts_decline", "Call list of the ten largest, with what they last ordered", "marloes", 35),
    ("leak_untouched_signals", "Each salesperson decides on their ten oldest signals", "daniel", 28),
    ("leak_late_onboarding", "Handoff checklist asks for the day of the power supply", "ilse", 42),
)
DONE = ("renewals_started_on_time", "Queue of T-90 is read every Monday", "sanne", 7)


def hold(staff: Staff, on: date) -> None:
    """A review four weeks ago, closed with its figures; its steps stand on the leak map of today."""
    day = on - timedelta(days=28)
    chair = staff.users["elke"]
    review = open_review(kind=Review.Kind.MONTHLY, by=chair, on=day)
    write_notes(review=review, notes=NOTES, by=chair)
    steps = [_agreed(staff, review, day, *step) for step in (*AGREED, DONE)]
    finish_step(step=steps[-1], by=staff.users[DONE[2]], on=day + timedelta(days=6))
    figures = taken(review, on=day, actor=chair, currency=opening.ours().reporting_currency)
    close_review(review=review, figures=figures, by=chair, on=day)


def _agreed(staff: Staff, review: Review, day: date, metric: str, title: str, who: str, days: int) -> AgreedStep:
    return agree_step(
        metric=metric,
        title=title,
        due_on=day + timedelta(days=days),
        by=staff.users["elke"],
        on=day,
        owner=staff.owners[who],
        review=review,
    )
