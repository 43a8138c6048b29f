"""Pages as PDF. Nothing is fetched: what a document shows stands in the document."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher


class FetchRefused(FatalURLFetchingError):
    """A document asked for something outside itself."""


class Nothing(URLFetcher):
    """Refuses every address, also those of files: a name that a customer typed can never open one."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise FetchRefused(f"A document may not fetch anything; it asked for {url[:200]}")


def as_pdf(html: str, *, sheet: str) -> bytes:
    """The document as PDF, in the look of a style sheet among the static files. Raises FetchRefused."""
    document = HTML(string=html, url_fetcher=Nothing(), base_url=None)
    pdf: bytes = document.write_pdf(stylesheets=[CSS(string=_text_of(sheet), url_fetcher=Nothing())])
    return pdf


@lru_cache
def _text_of(sheet: str) -> str:
    found = finders.find(sheet)
    if not isinstance(found, str):
        raise FileNotFoundError(f"There is no style sheet {sheet} among the static files.")
    return Path(found).read_text()
