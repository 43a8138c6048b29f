"""Pages as PDF. Nothing is fetched: what a document shows stands in the document."""

from typing import Any

from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from core.charts.printed import inked, text_of


class FetchRefused(FatalURLFetchingError):
    """A document asked for something outside itself."""


class Nothing(URLFetcher):
    """Refuses every address, also those of files: a name that a customer typed can never open one."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise FetchRefused(f"A document may not fetch anything; it asked for {url[:200]}")


def as_pdf(html: str, *, sheet: str) -> bytes:
    """The document as PDF, in the look of a style sheet among the static files. Raises FetchRefused."""
    document = HTML(string=html, url_fetcher=Nothing(), base_url=None)
    pdf: bytes = document.write_pdf(stylesheets=[CSS(string=inked(text_of(sheet)), url_fetcher=Nothing())])
    return pdf
