"""What the tests of the pages share."""

import re
from typing import Any

from core.clock import today
from tests import cast
from tests.renewals.book import ending, renewal

QUEUE = "/renewals/"


def standing(of: Any, name: str = "Van Houten Bakkerijen", days: int = 58, **values: Any) -> Any:
    """An open renewal that is decided so many days from today; values of its term, its account or itself."""
    on = today()
    term_values = {k: values.pop(k) for k in ("annual", "tacit_months", "notice_days", "level") if k in values}
    at_values = {k: values.pop(k) for k in ("country", "segment") if k in values}
    at = cast.account(name, of, city="Veghel", **({"country": "NL"} | at_values))
    return renewal(ending(at, days, on=on, **term_values), **values)


def text_of(answer: Any) -> str:
    """The page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def file_of(answer: Any) -> bytes:
    """What was sent, whether at once or in parts."""
    return b"".join(answer)
