"""What most products do: look each row up, and create it where it is not there."""

from datetime import date, timedelta

from django.db import transaction

from core.models import Outbox
from installed_base.models import Term
from playbooks.models import Firing, Play, Release, Task
from renewals.models import Renewal

STEPS = 3


def fire_one_by_one(terms: list[Term], on: date) -> int:
    """Firing, play, renewal, release, tasks and message of each term by get_or_create; the number of firings."""
    for term in terms:
        with transaction.atomic():
            _fire(term, on)
    return len(terms)


def _fire(term: Term, on: date) -> None:
    account, subject = term.contract.account, {"subject_kind": "term", "subject_id": term.pk}
    due = on - timedelta(days=1)
    firing, _new = Firing.objects.get_or_create(
        rule="bench.loop",
        occurrence_key=f"T{term.pk}.M90",
        **subject,
        defaults={"account": account, "state": "fired", "due_on": due, "on": on},
    )
    play, _new = Play.objects.get_or_create(
        playbook="bench", **subject, defaults={"account": account, "owner": account.owner, "opened_on": on}
    )
    Renewal.objects.get_or_create(
        term=term,
        review=99,
        defaults={"account": account, "play": play, "owner": account.owner, "decides_on": due, "opened_on": on},
    )
    release, _new = Release.objects.get_or_create(
        firing=firing, defaults={"play": play, "milestone": "M90", "released_on": on}
    )
    for step in range(STEPS):
        Task.objects.get_or_create(
            play=play,
            step=f"step{step}",
            defaults={
                **subject,
                "account": account,
                "release": release,
                "title": "Call",
                "owner": account.owner,
                "due_on": on,
                "created_on": on,
            },
        )
    Outbox.objects.get_or_create(dedupe_key=f"bench-{term.pk}", defaults={"kind": "bench"})
