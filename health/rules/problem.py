"""What is wrong with a policy before it is published: the place, and what is wrong there. Pure."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """`place` names the field ("weights", "measures.survey.curve", "green"), `code` what is wrong with it, `facts` the
    figures of the sentence."""

    place: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.place}: {self.code}" + (f" ({said})" if said else "")
