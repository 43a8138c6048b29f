"""What the pages of a demo say that serves already while its figures are still being stored."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def figures(request: HttpRequest) -> dict[str, Any]:
    """`figures_coming`: whether they are still being stored. Registered where a file tells."""
    return {"figures_coming": Path(settings.FIGURES_COMING).exists}
