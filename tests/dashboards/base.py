"""Tasks of one line."""

from core.models import Owner
from playbooks.models import Play, Task


def task(account, owner, due_on, value=None, title="Call them", play=None, **values):
    """A task about its account; with `play`, about the subject of that play."""
    about = {"subject_kind": "account", "subject_id": account.pk}
    if play:
        about = {"subject_kind": play.subject_kind, "subject_id": play.subject_id}
    defaults = {"created_on": due_on, "owner": Owner.objects.of(owner), "value_reporting": value, "play": play}
    return Task.objects.create(account=account, title=title, due_on=due_on, **(about | defaults | values))


def play(account, kind, pk, playbook="renewal", **values):
    defaults = {"owner": account.owner, "opened_on": account.known_on}
    return Play.objects.create(
        account=account, playbook=playbook, subject_kind=kind, subject_id=pk, **(defaults | values)
    )
