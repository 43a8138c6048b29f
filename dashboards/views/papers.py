"""Pages of the bowtie as PDF: the same day, filters and scope as the page itself."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.metrics import WrongFilter
from dashboards.bowtie.places import BY_SLUG
from dashboards.papers import bowtie as papers
from dashboards.papers.content import Asked, Paper
from dashboards.papers.plan import plan as plan_paper
from dashboards.papers.printing import file_name, pdf_of
from dashboards.papers.review import review as review_paper
from dashboards.plans.views import door
from playbooks.models import Review


@login_required
@require_safe
def bowtie_pdf(request: PersonRequest) -> HttpResponse:
    return _narrowed(request, papers.bowtie, reverse("dashboards:bowtie"))


@login_required
@require_safe
def stage_pdf(request: PersonRequest, slug: str) -> HttpResponse:
    if slug not in BY_SLUG:
        raise Http404(_("There is no stage of that name."))
    return _narrowed(request, papers.stage, reverse("dashboards:stage", args=[slug]), slug)


@login_required
@require_safe
def cohorts_pdf(request: PersonRequest) -> HttpResponse:
    return _narrowed(request, papers.cohorts, reverse("dashboards:cohorts"))


@login_required
@require_safe
def review_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    rows = Review.objects.visible_to(request.user).select_related("team")
    return _answer(review_paper(get_object_or_404(rows, pk=pk), Asked(request.user, clock.today())))


@login_required
@require_safe
def plan_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    return _answer(plan_paper(door.visible(request, pk), Asked(request.user, clock.today())))


def _narrowed(request: PersonRequest, made: Callable[[Asked], Paper], page: str, subject: str = "") -> HttpResponse:
    """The page of the address on paper. Where a filter cannot be understood, the page itself says so."""
    query = {name: request.GET[name] for name in request.GET if name != "as_of"}
    try:
        return _answer(made(Asked(request.user, as_of(request), query, subject)))
    except WrongFilter:
        return redirect(f"{page}?{request.GET.urlencode()}")


def _answer(paper: Paper) -> HttpResponse:
    answer = HttpResponse(pdf_of(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{file_name(paper)}"'
    return answer
