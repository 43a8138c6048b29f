"""Pages as PDF. Nothing is fetched: what a document shows stands in the document."""


class FetchRefused(BaseException):
    """A document asked for something outside itself. No Exception, on which the press would go on regardless."""


def as_pdf(html: str, *, sheet: str) -> bytes:
    """The document as PDF, in the look of a style sheet among the static files. Raises FetchRefused.

    The press is loaded with the first document: it takes a second that no command should wait for. Servers load it
    before they serve (bowtie.loading).
    """
    from core.press import pressed

    return pressed(html, sheet=sheet)
