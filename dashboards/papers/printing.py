"""A paper as PDF."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import get_language

from core import opening
from core.paper import as_pdf
from dashboards.papers.content import Block, Paper


def pdf_of(paper: Paper) -> bytes:
    """In the language that is active: head with day and filters, figures, drawings, tables, addresses of receipts."""
    notes = {href: number for number, _name, href in paper.links()}
    context = {
        "paper": paper,
        "organisation": opening.ours().name,
        "language": get_language() or settings.LANGUAGE_CODE,
        "site": settings.BOWTIE_URL,
        "home": settings.BOWTIE_URL.partition("://")[2],
        "blocks": [(block, _lines(block, notes)) for block in paper.blocks],
        "figures": [(figure, notes.get(figure.href, "")) for figure in paper.figures],
        "links": paper.links(),
    }
    return as_pdf(render_to_string("dashboards/page_paper.html", context), sheet="css/page_paper.css")


def _lines(block: Block, notes: dict[str, int]) -> list[tuple[bool, list[tuple[Any, int | str]]]]:
    """Rows with the number of the note of each cell."""
    return [(row.is_head, [(cell, notes.get(cell.href, "")) for cell in row.cells]) for row in block.rows]


def file_name(paper: Paper) -> str:
    """What the file is called: the page and the day."""
    return f"{slugify(paper.title) or 'bowtie'}-{paper.on.isoformat()}.pdf"
