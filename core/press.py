"""The press behind core.paper: WeasyPrint, which is told to fetch nothing."""

from typing import Any

from weasyprint import CSS, HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from core.charts.printed import inked, text_of
from core.paper import FetchRefused


class _Refused(FetchRefused, FatalURLFetchingError):
    """Ours, in the form that ends the making of a document."""


class Nothing(URLFetcher):
    """Refuses every address, also those of files: a name that a customer typed can never open one."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise _Refused(f"A document may not fetch anything; it asked for {url[:200]}")


def pressed(html: str, *, sheet: str) -> bytes:
    document = HTML(string=html, url_fetcher=Nothing(), base_url=None)
    pdf: bytes = document.write_pdf(stylesheets=[CSS(string=inked(text_of(sheet)), url_fetcher=Nothing())])
    return pdf
