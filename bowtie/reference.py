"""The browsable reference of the API, from files of our own server."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


@method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}), name="dispatch")
class Reference(SpectacularSwaggerSplitView):
    """Swagger UI sets styles in its markup: the one page with an exception for styles, and for nothing else."""

    url_name = "api:schema"
