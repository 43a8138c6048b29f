"""What people write in their own words may name people: those to whom people have no name do not read it.

Notes, what was said, comments, titles of tickets, next steps, reasons. Text of the product itself is no free text.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import User
from core.reach import reach_of

HIDDEN = _("Not shown to your role: it may name people.")
# In a cell of a list.
NOTED = _("noted, not shown")


def free_text(text: str, reader: User, instead: Any = HIDDEN) -> str:
    """The text for those to whom people have a name; for others that there is one."""
    return text if not text or reach_of(reader).sees_names else str(instead)
