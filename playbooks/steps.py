"""What a playbook is made of."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

# The role of who leads the owner's team.
LEAD = "lead"


@dataclass(frozen=True)
class Step:
    """One thing to do. `milestone` releases it; `due_days` count from that milestone; `owner` is the role that does it.
    What is the lead's goes to the lead of the owner's team, where who releases it names one.

    `requirement` names the row of the articles it comes from.
    """

    key: str
    milestone: str
    title: str
    guide: str = ""
    owner: str = "cs"
    due_days: int = 0
    requirement: str = ""


@dataclass(frozen=True)
class Playbook:
    key: str
    number: int
    name: str
    trigger: str
    owner: str
    target_percent: int
    steps: tuple[Step, ...]

    def released_by(self, milestone: str) -> tuple[Step, ...]:
        """The steps of one milestone; one general step for a milestone that only the policy knows."""
        chosen = tuple(step for step in self.steps if step.milestone == milestone)
        return chosen or (Step(f"general-{milestone}", milestone, _("Take the next step"), owner=self.owner),)
