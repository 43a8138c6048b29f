"""What the schema says of every answer: pages, problems, parameters."""

from functools import lru_cache
from typing import Any, Literal

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from core.api.paging import LARGEST_PAGE, PAGE

PROBLEM = "application/problem+json"


class Problem(serializers.Serializer[Any]):
    """A problem (RFC 9457)."""

    type = serializers.CharField(help_text="Always about:blank: the status says what kind of problem it is.")
    title = serializers.CharField(help_text="The phrase of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One sentence for a person.")
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Each wrong parameter with its reasons.",
    )


_PROBLEMS = {
    "400": "A parameter or field is wrong or unknown; `errors` names it.",
    "401": "No token, or one that is unknown, expired or of a disabled user.",
    "403": "The caller's role or token does not allow this, or what is seen is not theirs to change.",
    "404": "It does not exist, or the caller may not see it: the answer is the same.",
    "409": "It stands in a way that forbids this; `detail` says why. Nothing was written.",
    "412": "`If-Match` names another version than the one that stands there: read again.",
    "415": "The body is not application/json.",
    "422": "The `Idempotency-Key` stands for another request.",
    "428": "`If-Match` is missing: send the ETag of what was read.",
    "429": "More than 600 writes within a minute; `Retry-After` says how many seconds to wait.",
}
AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATE, description="Answer about this date (YYYY-MM-DD); default today.")


_MATCH = "The ETag of what was read: nothing is written where somebody changed it meanwhile."
_ONCE = "Any text of one's own, a UUID for instance: a request that is repeated is done once. Honoured for a day."
_HEADER: Literal["header"] = "header"
IF_MATCH = OpenApiParameter("If-Match", str, _HEADER, required=True, description=_MATCH)
MAY_MATCH = OpenApiParameter("If-Match", str, _HEADER, description=_MATCH)
ONCE = OpenApiParameter("Idempotency-Key", {"type": "string", "maxLength": 200}, _HEADER, description=_ONCE)


def _etag(code: str) -> OpenApiParameter:
    words = "The version of what is answered, for `If-Match`."
    return OpenApiParameter("ETag", str, _HEADER, description=words, response=[code])


ETAG = _etag("200")


def problems(*codes: str) -> dict[tuple[str, str], Any]:
    """Responses for `extend_schema`: the problems an operation can answer with."""
    return {(code, PROBLEM): OpenApiResponse(Problem, _PROBLEMS[code]) for code in codes}


def or_problem(answer: Any, *codes: str) -> dict[tuple[str, str], Any]:
    """Responses for `extend_schema`: this answer, or one of these problems."""
    return {("200", "application/json"): answer, **problems(*codes)}


@lru_cache
def paged(row: type[serializers.Serializer[Any]]) -> Any:
    """The envelope of a page of these rows."""
    return inline_serializer(
        f"{row.__name__.removesuffix('Row')}Page",
        {
            "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last one."),
            "results": row(many=True),
        },
    )


class ReadSchema(AutoSchema):
    """Lists and details of a `ReadViewSet`, described from what it declares."""

    view: Any

    def get_override_parameters(self) -> list[Any]:
        view = self.view
        if not hasattr(view, "row"):
            return []
        if self._write:
            return self._write_parameters(self._write)
        found = [AS_OF] if view.as_of else []
        etag = [ETAG] if view.versioned else []
        return found + (etag if self._detail else self._page_parameters(view))

    @property
    def _write(self) -> Any:
        """The write that the address offers (core.api.writing); None where it is read."""
        return getattr(getattr(self.view, getattr(self.view, "action", None) or "", None), "write", None)

    def _write_parameters(self, write: Any) -> list[OpenApiParameter]:
        if write.must_match:
            return [IF_MATCH, ETAG]
        return [*([MAY_MATCH] if write.detail else []), ONCE, _etag("201" if write.creates else "200")]

    def get_request_serializer(self) -> Any:
        """What is sent; nothing where the address says it all."""
        return self._write.body if self._write and self._write.body().fields else None

    @property
    def _detail(self) -> bool:
        return bool(getattr(self.view, "action", "") == "retrieve")

    def _page_parameters(self, view: Any) -> list[OpenApiParameter]:
        names = [sign + o.name for o in view.orderings for sign in ("", "-")]
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
        filters = [
            OpenApiParameter(name, found.described, description=str(found.extra.get("help_text") or ""))
            for name, found in view.filters.base_filters.items()
        ]
        return [
            *filters,
            OpenApiParameter("cursor", str, description="Where the page begins: follow `next`, do not make one."),
            OpenApiParameter("page_size", size, description=f"Rows per page, at most {LARGEST_PAGE}."),
            OpenApiParameter("ordering", str, enum=names, description="The id decides between equals."),
        ]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """The envelope of a page is said outright, so nothing is wrapped."""
        return False

    def get_operation_id(self) -> str:
        """`accounts_list`, `accounts_retrieve`: the envelope of a page hides from the generator which is which."""
        if not hasattr(self.view, "row"):
            return str(super().get_operation_id())
        return f"{self.view.__class__.__name__.lower()}_{self.view.action}"

    def get_filter_backends(self) -> list[Any]:
        return []

    def get_response_serializers(self) -> Any:
        if not hasattr(self.view, "row"):
            return super().get_response_serializers()
        if self._write:
            return self._written(self._write)
        if self._detail:
            return {("200", "application/json"): self.view.detail_row, **problems("400", "401", "404")}
        return {("200", "application/json"): paged(self.view.row), **problems("400", "401")}

    def _written(self, write: Any) -> dict[tuple[str, str], Any]:
        row = (write.makes or self.view).detail_row
        codes = ["400", "401", "403", "409", "415", "429"]
        codes += ["404", "412"] if write.detail else []
        codes += ["428"] if write.must_match else ["422"]
        return {("201" if write.creates else "200", "application/json"): row, **problems(*sorted(codes))}


class TokenScheme(KnoxTokenScheme):
    target_class = "core.api.tokens.TokenAuthentication"
    name = "token"
