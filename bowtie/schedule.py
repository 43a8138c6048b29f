"""The timetable: which task rings when."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {}
